/** Patterns of file names, for those that come quoted past the shell: `run12/data_*.txt.gz`. */
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { InputError } from "../../pipeline/model/index.js";
import { listNames } from "./list-names.js";

/** Whether the last part of a path is a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(basename(path));
}

/**
 * The regular files that a pattern stands for, in byte order of name: `*` any characters, `?` one, `[ab]` one of these;
 * hidden files only where the pattern begins with a dot. A pattern in a folder's name is not seen as one.
 * @param complain gets each file that fits but cannot be opened by its name
 */
export async function expandGlob(path: string, complain: (error: InputError) => void): Promise<string[]> {
  const [folder, pattern] = [dirname(path), basename(path)];
  const matches = globPattern(pattern);
  const { names, unreadable } = await listNames(folder);
  const isMeant = (name: string): boolean =>
    matches.test(name) && (pattern.startsWith(".") || !name.startsWith("."));
  for (const { name, error } of unreadable) if (isMeant(name)) complain(error);
  const found: string[] = [];
  for (const name of names.filter(isMeant)) {
    if ((await stat(join(folder, name)).catch(() => null))?.isFile() === true) found.push(join(folder, name));
  }
  return found;
}

function globPattern(pattern: string): RegExp {
  const source = pattern.replaceAll(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replaceAll(/[\\^\]]/g, "\\$&")}]`;
      if (part === "*") return ".*";
      if (part === "?") return ".";
      return part.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&");
    },
  );
  return new RegExp(`^${source}$`, "su");
}
