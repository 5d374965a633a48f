// Steps of the bootstrap; the stamp of a step shows whether it is done.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * @typedef {object} Step
 * @property {string} title shown to the user while it runs
 * @property {(root: string) => boolean} isDone cheap, reads only
 * @property {(root: string, signal: AbortSignal) => Promise<void>} run
 */

/**
 * The text of a stamp, "" if there is none.
 * @param {string} path
 */
export function readStamp(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * @param {string} path
 * @param {string} text
 */
export function writeStamp(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * A hash of the paths, sizes and times of all files in these files and folders. No content is read, so the check at a
 * second start takes only milliseconds.
 * @param {string} root
 * @param {string[]} sources relative to the root
 * @param {string[]} [excluded] folders to exclude, relative to the root
 */
export function fingerprint(root, sources, excluded = []) {
  const hash = createHash("sha256");
  for (const path of sources.flatMap((source) => filesIn(root, source, excluded)).sort()) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/**
 * The visible files below a path; the path itself if it is a file; empty if it does not exist.
 * @param {string} root
 * @param {string} path relative to the root
 * @param {string[]} [excluded]
 * @returns {string[]}
 */
export function filesIn(root, path, excluded = []) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found || excluded.includes(path)) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => name !== "node_modules" && !name.startsWith("."))
    .flatMap((name) => filesIn(root, `${path}/${name}`, excluded));
}
