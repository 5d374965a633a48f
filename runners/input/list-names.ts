/** File names in a folder. A name that is not UTF-8 has no string form with which to open it, so it is reported. */
import { isUtf8 } from "node:buffer";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../pipeline/model/index.js";

interface FolderNames {
  /** In byte order. */
  names: string[];
  /** Names that are not UTF-8, with U+FFFD for invalid bytes, and the error of each. */
  unreadable: { name: string; error: InputError }[];
}

export async function listNames(folder: string): Promise<FolderNames> {
  const entries = (await readdir(folder, { encoding: "buffer" })).sort((a, b) => Buffer.compare(a, b));
  return {
    names: entries.filter((entry) => isUtf8(entry)).map(String),
    unreadable: entries
      .filter((entry) => !isUtf8(entry))
      .map((entry) => ({
        name: String(entry),
        error: new InputError(join(folder, escaped(entry)), "its name is not UTF-8: rename it"),
      })),
  };
}

/** Non-ASCII bytes as `\xff`. */
function escaped(name: Buffer): string {
  return name
    .toString("latin1")
    .replaceAll(/[^ -~]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
