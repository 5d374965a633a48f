/** Inputs of `process --input`: files, the files of a directory, standard input; and the format of each. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../pipeline/model/index.js";
import { withoutGzip } from "../../pipeline/steps/index.js";
import { formatOfLayout, type LayoutInputs } from "../../producer/layouts/index.js";
import { listNames } from "./list-names.js";

export const fileFormats = ["auto", "csv", "json", "dat"] as const;
export type FileFormat = (typeof fileFormats)[number];

/** Name that stands for standard input. */
export const standardInput = "-";

export interface Input {
  /** Path, or {@link standardInput}. */
  path: string;
  format: Exclude<FileFormat, "auto">;
  /** Size in bytes; null when unknown. */
  size: number | null;
  /** Adapter that converts the input to our rows; absent if it already contains them. */
  layout?: LayoutInputs;
}

/** The inputs with this layout, which also determines their format. */
export function inLayout(inputs: readonly Input[], layout: LayoutInputs | null): Input[] {
  if (layout === null) return [...inputs];
  return inputs.map((input) => ({ ...input, format: formatOfLayout(layout.layout), layout }));
}

/** The format by file name, in upper or lower case, without `.gz`; the content is not examined. */
export function formatOfName(name: string): Exclude<FileFormat, "auto"> {
  const plain = withoutGzip(name);
  if (/\.dat$/i.test(plain)) return "dat";
  return /\.(json|jsonl|ndjson)$/i.test(plain) ? "json" : "csv";
}

/**
 * The inputs of a path, in reading order. A directory stands for its regular, non-hidden files in byte order of name.
 * @param complain receives errors of paths that cannot be examined
 */
export async function findInputs(
  path: string,
  format: FileFormat,
  complain: (error: InputError) => void,
): Promise<Input[]> {
  const formatOf = (name: string): Input["format"] => (format === "auto" ? formatOfName(name) : format);
  if (path === standardInput) return [{ path, format: formatOf(""), size: null }];
  try {
    const found = await stat(path);
    if (!found.isDirectory())
      return [{ path, format: formatOf(path), size: found.isFile() ? found.size : null }];
    return await filesOf(path, formatOf, complain);
  } catch (error) {
    complain(inputError(path, error));
    return [];
  }
}

async function filesOf(
  folder: string,
  formatOf: (name: string) => Input["format"],
  complain: (error: InputError) => void,
): Promise<Input[]> {
  const { names, unreadable } = await listNames(folder);
  const isHidden = (name: string): boolean => name.startsWith(".");
  for (const { name, error } of unreadable) if (!isHidden(name)) complain(error);
  const inputs: Input[] = [];
  for (const name of names.filter((one) => !isHidden(one))) {
    const path = join(folder, name);
    try {
      const found = await stat(path);
      if (found.isFile()) inputs.push({ path, format: formatOf(name), size: found.size });
    } catch (error) {
      complain(inputError(path, error));
    }
  }
  return inputs;
}

const reasons: Record<string, string> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "a part of the path is not a directory",
  EIO: "input/output error",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
};

/** An error of an input as a message. */
export function inputError(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  return new InputError(path === standardInput ? "standard input" : path, inputReason(error), error);
}

/** Why an input cannot be read: "is a directory". */
export function inputReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}
