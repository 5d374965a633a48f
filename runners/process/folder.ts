/** Folders that only this user can read. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { wrapFsError } from "./fs-error.js";

/** Creates a folder and those above it. @throws MuonitorError that names it */
export function makePrivateFolder(folder: string): void {
  wrapFsError(folder, () => make(folder));
}

/** Node's own recursive mkdir never returns where a folder exists but takes no entries, as /proc (ENOENT). */
function make(folder: string): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) make(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!isFolder(folder)) throw error;
  }
}

/** @throws ENOTDIR where a file is in the place of a folder: below a file, Node 26 says that nothing exists */
function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === false) throw new Error(`ENOTDIR: not a directory, mkdir '${path}'`);
  return found !== undefined;
}
