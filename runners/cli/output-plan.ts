/**
 * Resolves the targets of outputs before anything is read. Links are followed, devices and pipes are written directly,
 * and no output may replace an input or another output.
 */
import { fstatSync, type Stats } from "node:fs";
import { lstat, readdir, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";
import type { CliContext } from "./verb.js";

interface WantedOutput {
  /** The option that names the output, such as `--summary`. */
  option: string;
  /** Relative to the caller's folder, or `-` for standard output. */
  path: string;
}

export interface OutputTarget extends WantedOutput {
  /** `whole`: a regular file that appears when it is complete; `direct`: a device or pipe. */
  kind: "stdout" | "stderr" | "whole" | "direct";
  /** The path with all links resolved. */
  file: string;
  /** Permissions of an existing regular file, else null. */
  mode: number | null;
}

const maxLinks = 40;
const standardStreams: Record<string, OutputTarget["kind"]> = { "1": "stdout", "2": "stderr" };

/**
 * @param inputs input files and folders, `-` for standard input
 * @throws UsageError if an output is a folder, an input, or the file of another output
 */
export async function planOutputs(
  wanted: readonly WantedOutput[],
  inputs: readonly string[],
  context: CliContext,
): Promise<OutputTarget[]> {
  const read = await inputFiles(inputs, context);
  const taken = new Map<string, string>();
  const targets: OutputTarget[] = [];
  for (const one of wanted) {
    const target = await targetOf(one, context);
    const identity = await identityOf(target, context);
    const input = identity === null ? undefined : read.files.get(identity);
    const folder = target.kind === "whole" ? read.folders.get(dirname(target.file)) : undefined;
    if (input !== undefined)
      throw new UsageError(
        `${one.option} ${one.path}: would overwrite the input ${input}; choose another file`,
      );
    if (folder !== undefined && !basename(target.file).startsWith("."))
      throw new UsageError(
        `${one.option} ${one.path}: is in the input folder ${folder}; choose another folder`,
      );
    const other = identity === null ? undefined : taken.get(identity);
    if (other !== undefined)
      throw new UsageError(`${other} and ${one.option} name the same file ${one.path}`);
    if (identity !== null) taken.set(identity, one.option);
    targets.push(target);
  }
  return targets;
}

/** The target of a verb with one output and no input files. @throws UsageError for a folder */
export async function planOutput(wanted: WantedOutput, context: CliContext): Promise<OutputTarget> {
  const [target] = await planOutputs([wanted], [], context);
  return target as OutputTarget;
}

async function targetOf(wanted: WantedOutput, { folder }: CliContext): Promise<OutputTarget> {
  if (wanted.path === "-") return { ...wanted, kind: "stdout", file: "-", mode: null };
  const file = await followed(resolve(folder, wanted.path));
  const stream = /^(?:\/dev|\/proc\/(?:self|\d+))\/fd\/(\d+)$/.exec(file)?.[1];
  const kind = stream === undefined ? undefined : standardStreams[stream];
  if (kind !== undefined) return { ...wanted, kind, file, mode: null };
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory() === true)
    throw new UsageError(`${wanted.option} ${wanted.path}: is a directory; name a file`);
  const isRegular = found === null || found.isFile();
  return { ...wanted, kind: isRegular ? "whole" : "direct", file, mode: found?.mode ?? null };
}

/** Resolves the links of a path, even if its target does not exist yet; keeps `/dev/fd` paths of this process. */
async function followed(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < maxLinks; links += 1) {
    const folder = await realpath(dirname(at)).catch(() => dirname(at));
    at = join(folder, basename(at));
    if (/^(\/dev|\/proc\/(self|\d+))\/fd$/.test(folder)) return at;
    const isLink = (await lstat(at).catch(() => null))?.isSymbolicLink() === true;
    if (!isLink) return at;
    at = resolve(folder, await readlink(at));
  }
  return at;
}

interface InputFiles {
  /** Names of input files by file identity. */
  files: Map<string, string>;
  /** Names of input folders by real path. */
  folders: Map<string, string>;
}

async function inputFiles(inputs: readonly string[], context: CliContext): Promise<InputFiles> {
  const found: InputFiles = { files: new Map(), folders: new Map() };
  const add = (state: Stats | null, name: string): void => {
    if (state?.isFile() === true) found.files.set(identityOfFile(state), name);
  };
  for (const name of inputs) {
    if (name === "-") {
      if (context.stdin === process.stdin) add(openFile(0), "standard input");
      continue;
    }
    const path = resolve(context.folder, name);
    const state = await stat(path).catch(() => null);
    add(state, name);
    if (state?.isDirectory() !== true) continue;
    found.folders.set(await realpath(path), name);
    for (const entry of await readdir(path).catch(() => []))
      if (!entry.startsWith(".")) add(await stat(join(path, entry)).catch(() => null), join(name, entry));
  }
  return found;
}

/** A text that identifies the file; null for targets that allow several writers. */
async function identityOf(target: OutputTarget, context: CliContext): Promise<string | null> {
  if (target.kind === "stdout" || target.kind === "stderr") {
    const isOurs = context[target.kind] === process[target.kind];
    const state = isOurs ? openFile(target.kind === "stdout" ? 1 : 2) : null;
    if (state?.isFile() === true) return identityOfFile(state);
    return target.kind === "stdout" ? "standard output" : null;
  }
  const state = await stat(target.file).catch(() => null);
  if (state === null)
    return (await ignoresCase(dirname(target.file))) ? target.file.toLowerCase() : target.file;
  return state.isFile() || state.isFIFO() ? identityOfFile(state) : null;
}

const identityOfFile = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

function openFile(descriptor: number): Stats | null {
  try {
    return fstatSync(descriptor);
  } catch {
    return null;
  }
}

/** Whether the file system of a folder ignores case. */
export async function ignoresCase(folder: string): Promise<boolean> {
  const swapped = folder.replace(/[a-z](?=[^a-z]*$)/i, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  if (swapped === folder) return false;
  const [one, other] = await Promise.all([folder, swapped].map((path) => stat(path).catch(() => null)));
  return one != null && other != null && identityOfFile(one) === identityOfFile(other);
}
