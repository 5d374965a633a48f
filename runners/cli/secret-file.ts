/** Files with secrets, as options name them. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";

/** What JSON and settings have, and hardly a path. */
const signsOfContent = /[{}="';\n]|: /;

/**
 * The path of a file, from the caller's folder.
 * @param flag option that names it
 * @throws UsageError when the content was given in the place of the path; it is not repeated
 */
export function secretFile(flag: string, text: string, folder: string): string {
  const path = resolve(folder, text);
  if (signsOfContent.test(text) && !existsSync(path))
    throw new UsageError(`${flag} must be the path of a file, not its content`);
  return path;
}
