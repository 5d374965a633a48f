/** Folders readable by this user only, and rights of this process. */
import { accessSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { wrapFsError } from "./fs-error.js";

/** Creates a folder and its parents. @throws MuonitorError that names it */
export function makePrivateFolder(folder: string): void {
  wrapFsError(folder, () => make(folder));
}

/** Node's recursive mkdir never returns where a folder exists but accepts no entries, as in /proc (ENOENT). */
function make(folder: string): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) make(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have created it meanwhile.
    if (!isFolder(folder)) throw error;
  }
}

/** @throws ENOTDIR if part of the path is a file; Node 26 itself reports only that nothing exists */
function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === false)
    throw Object.assign(new Error(`${path} is a file`), { code: "ENOTDIR" });
  return found !== undefined;
}

/** @param mode right that this process needs, such as `constants.W_OK` */
export function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
