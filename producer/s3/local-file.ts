/** Files that are not complete yet, in the folder of a download. */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, MuonitorError } from "../../pipeline/model/index.js";
import type { S3Object } from "./store.js";

/** End of their names; they are hidden, so that readers do not take them for data. */
const partSuffix = ".part";
/** Suffix of the name of an incomplete download. */
const stateAndSuffix = /^[0-9a-zA-Z-]*\.part$/;

/** Where the half of a file is kept until it is whole; named by the state of the object that it is of. */
export function partPath(path: string, { etag }: S3Object): string {
  return join(dirname(path), `.${basename(path)}.${etag.replaceAll(/[^0-9a-zA-Z-]/g, "")}${partSuffix}`);
}

/** Removes halves of a file that are of another state of its object. Those of `x.gz` are none of `x`. */
export async function removeOldParts(path: string, object: S3Object): Promise<void> {
  const [folder, start, own] = [dirname(path), `.${basename(path)}.`, basename(partPath(path, object))];
  const isPart = (name: string): boolean =>
    name.startsWith(start) && stateAndSuffix.test(name.slice(start.length));
  const names = await readdir(folder).catch((error: unknown) => cannotWrite(folder, error));
  const old = names.filter((name) => isPart(name) && name !== own);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/** Creates a folder and those above it. @throws MuonitorError */
export async function makeFolder(path: string): Promise<void> {
  await make(path).catch((error: unknown) => cannotWrite(path, error));
}

/** Node's own recursive mkdir never returns where a folder exists but takes no entries, as /proc (ENOENT). */
async function make(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await make(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    // Another download may have been quicker.
    if (!(await isFolder(path))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

/** Size of a file in bytes and the time of its content; null when it is not there. */
export async function stateOf(path: string): Promise<{ size: number; modifiedMs: number } | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? { size: found.size, modifiedMs: found.mtimeMs } : null;
}

const reasons: Record<string, string> = {
  EACCES: "it is not permitted",
  ENOSPC: "there is no room left",
};

/** An error of this file only. */
const ownReasons: Record<string, string> = {
  EEXIST: "there is a file in the place of a folder",
  ENOTDIR: "there is a file in the place of a folder",
  EISDIR: "there is a folder in the place of a file",
  ENAMETOOLONG: "its name is too long",
  EILSEQ: "its name is not allowed here",
};

/** @throws InputError where only this file cannot be written; MuonitorError where none can */
export function cannotWrite(path: string, error: unknown): never {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const own = ownReasons[code];
  if (own !== undefined) throw new InputError(path, `cannot be written: ${own}`, error);
  throw new MuonitorError(`${path}: cannot be written: ${reasons[code] ?? message}`, { cause: error });
}
