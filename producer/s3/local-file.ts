/** Incomplete files in the folder of a download. */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, MuonitorError } from "../../pipeline/model/index.js";
import type { S3Object } from "./store.js";

/** Suffix of their names; they are hidden, so that readers do not mistake them for data. */
const partSuffix = ".part";
/** Suffix of the name of an incomplete download. */
const stateAndSuffix = /^[0-9a-zA-Z-]*\.part$/;

/** Path of the incomplete file; its name contains the version of the object. */
export function partPath(path: string, { etag }: S3Object): string {
  return join(dirname(path), `.${basename(path)}.${etag.replaceAll(/[^0-9a-zA-Z-]/g, "")}${partSuffix}`);
}

/** Removes incomplete files of other versions of an object. Those of `x.gz` do not belong to `x`. */
export async function removeOldParts(path: string, object: S3Object): Promise<void> {
  const [folder, start, own] = [dirname(path), `.${basename(path)}.`, basename(partPath(path, object))];
  const isPart = (name: string): boolean =>
    name.startsWith(start) && stateAndSuffix.test(name.slice(start.length));
  const names = await readdir(folder).catch((error: unknown) => cannotWrite(folder, error));
  const old = names.filter((name) => isPart(name) && name !== own);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/** Creates a folder and its parents. @throws MuonitorError */
export async function makeFolder(path: string): Promise<void> {
  await make(path).catch((error: unknown) => cannotWrite(path, error));
}

/** Replaces Node's recursive mkdir, which never returns in folders that refuse new entries, such as /proc (ENOENT). */
async function make(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await make(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    // Another download may have created it first.
    if (!(await isFolder(path))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

/** Size of a file in bytes and its modification time; null if it does not exist. */
export async function stateOf(path: string): Promise<{ size: number; modifiedMs: number } | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? { size: found.size, modifiedMs: found.mtimeMs } : null;
}

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  ENOSPC: "no space left on the disk",
};

/** Errors that concern only this file. */
const ownReasons: Record<string, string> = {
  EEXIST: "a file exists where a folder is needed",
  ENOTDIR: "a file exists where a folder is needed",
  EISDIR: "a folder exists where a file is needed",
  ENAMETOOLONG: "its name is too long",
  EILSEQ: "its name is not allowed here",
};

/** @throws InputError if only this file cannot be written; MuonitorError if no file can be written */
export function cannotWrite(path: string, error: unknown): never {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const own = ownReasons[code];
  if (own !== undefined) throw new InputError(path, `cannot be written: ${own}`, error);
  throw new MuonitorError(`${path}: cannot be written: ${reasons[code] ?? message}`, { cause: error });
}
