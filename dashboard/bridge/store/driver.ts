/**
 * SQLite with real file locks, so that other programs can read the history beside us: Node's own, and for Nodes without
 * one (20; 22 before 22.13) a package with the same interface and file format. When Node 22 is the oldest supported
 * Node, the package goes; when Node 24 is, so does the silence about 22's ExperimentalWarning.
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
      // This Node or platform does not have it.
    }
  }
  const place = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
  throw new UnavailableError(`no SQLite for ${place}: use Node 22.13 or newer`);
}

/** The work is synchronous: no warning of anything else is lost. */
function withoutWarning<T>(work: () => T): T {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** SQLite's result codes with their words: the package leaves the code out where it reads several rows. */
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

/** Something is wrong inside the file. */
export class CorruptError extends Error {}

export function isCorrupt(error: unknown): boolean {
  return error instanceof CorruptError || is(error, "corrupt") || is(error, "notADatabase");
}

/** The disk, or the bound of the file. */
export function isFull(error: unknown): boolean {
  return is(error, "full");
}

/** Another program holds a lock. */
export function isBusy(error: unknown): boolean {
  return is(error, "busy");
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
