/** Files that are not complete yet, in the folder of a download. */
import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { S3Object } from "./store.js";

/** End of their names; they are hidden, so that nobody takes them for data. */
const partSuffix = ".part";

/** Where the half of a file is kept until it is whole; named by the state of the object that it is of. */
export function partPath(path: string, { etag }: S3Object): string {
  return join(dirname(path), `.${basename(path)}.${etag.replaceAll(/[^0-9a-zA-Z-]/g, "")}${partSuffix}`);
}

/** Removes halves of a file that are of another state of its object. */
export async function removeOldParts(path: string, object: S3Object): Promise<void> {
  const [folder, start, own] = [dirname(path), `.${basename(path)}.`, basename(partPath(path, object))];
  const names = await readdir(folder);
  const old = names.filter((name) => name.startsWith(start) && name.endsWith(partSuffix) && name !== own);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/** Size of a file in bytes; null when it is not there. */
export async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? found.size : null;
}
