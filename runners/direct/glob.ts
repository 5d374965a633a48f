/** Patterns of file names, for those that come quoted past the shell: `run12/data_*.txt.gz`. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Whether the last part of a path is a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(basename(path));
}

/**
 * The regular files that a pattern stands for, in byte order of name: `*` any characters, `?` one, `[ab]` one of these;
 * hidden files only where the pattern begins with a dot. A pattern in a folder's name is not seen as one.
 */
export async function expandGlob(path: string): Promise<string[]> {
  const [folder, pattern] = [dirname(path), basename(path)];
  const matches = globPattern(pattern);
  const names = (await readdir(folder)).filter(
    (name) => matches.test(name) && (pattern.startsWith(".") || !name.startsWith(".")),
  );
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const found: string[] = [];
  for (const name of names) {
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
