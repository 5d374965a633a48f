/** Expands patterns of file names that are quoted and therefore not expanded by the shell: `run12/data_*.txt.gz`. */
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { InputError } from "../../pipeline/model/index.js";
import { listNames } from "./list-names.js";

/** Whether the last part of a path is a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(basename(path));
}

/**
 * Regular files that match a pattern, in byte order of name: `*` any characters, `?` one, `[ab]` one of these; hidden
 * files only if the pattern starts with a dot. Only the last part of a path can be a pattern.
 * @param complain receives each matching file that cannot be opened by its name
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
