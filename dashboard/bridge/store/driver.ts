/**
 * SQLite with real file locks, so that other programs can read the history at the same time. Node 22.13 and later
 * have it built in; older versions use a package with the same interface and file format. Remove the package when
 * Node 22 is the oldest supported version, and the filter of the ExperimentalWarning when it is Node 24.
 */
import { createRequire } from "node:module";
import type * as SqliteModule from "@photostructure/sqlite";
import { UnavailableError } from "../../../pipeline/model/index.js";

const load = createRequire(import.meta.url);

export const { DatabaseSync } = loadFirst("node:sqlite", "@photostructure/sqlite");
export type Sqlite = InstanceType<typeof DatabaseSync>;

function loadFirst(...names: string[]): typeof SqliteModule {
  for (const name of names) {
    try {
      return withoutWarning(() => load(name) as typeof SqliteModule);
    } catch {
      // Not available in this Node version or on this platform.
    }
  }
  const place = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
  throw new UnavailableError(`no SQLite for ${place}: use Node 22.13 or newer`);
}

/** The work is synchronous, so no other warning is lost. */
function withoutWarning<T>(work: () => T): T {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** SQLite's result codes with their messages: the package omits the code when it reads several rows. */
const problems = {
  busy: [5, /^database is locked/],
  corrupt: [11, /^database disk image is malformed/],
  full: [13, /^database or disk is full/],
  notADatabase: [26, /^file is not a database/],
} as const;

function is(error: unknown, problem: keyof typeof problems): boolean {
  const [code, words] = problems[problem];
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? words.test(messageOf(error)) : (errcode & 0xff) === code;
}

/** The content of the file is damaged. */
export class CorruptError extends Error {}

export function isCorrupt(error: unknown): boolean {
  return error instanceof CorruptError || is(error, "corrupt") || is(error, "notADatabase");
}

/** Whether the disk is full or the maximum size of the file is reached. */
export function isFull(error: unknown): boolean {
  return is(error, "full");
}

/** Whether another program has a lock on the file. */
export function isBusy(error: unknown): boolean {
  return is(error, "busy");
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
