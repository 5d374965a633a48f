/** Paths of files with secrets, from options. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";

/** Characters typical of JSON and settings, but rare in paths. */
const signsOfContent = /[{}="';\n]|: /;

/**
 * Resolves the path of a file against the caller's folder.
 * @param flag option that names it
 * @throws UsageError if the content was given instead of a path; the message does not repeat it
 */
export function secretFile(flag: string, text: string, folder: string): string {
  const path = resolve(folder, text);
  if (signsOfContent.test(text) && !existsSync(path))
    throw new UsageError(`${flag} must be the path of a file, not its content`);
  return path;
}
