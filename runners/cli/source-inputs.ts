/** Finds the inputs that `--input` names: files, directories, patterns, objects of a bucket, standard input. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InputError, UsageError } from "../../pipeline/model/index.js";
import {
  followFile,
  formatOfLayout,
  inLayoutBytes,
  isS3Address,
  type LayoutInputs,
  openFile,
  openStore,
  parseS3Address,
  s3Inputs,
  type InputBytes,
  type StreamInput,
} from "../../producer/index.js";
import { expandGlob, isGlob } from "../input/glob.js";
import { findInputs, formatOfName, inputError, standardInput } from "../input/inputs.js";
import { isGzipName, watched, type WatchedFormat } from "../../pipeline/steps/index.js";
import { defaultLayout, layoutInputs, type LayoutOptions } from "./layout-options.js";
import { s3Access, type S3Options } from "./s3-options.js";
import type { CliContext } from "./verb.js";

interface FoundInputs {
  /** Inputs in reading order. */
  inputs: StreamInput[];
  /** Description for people. */
  description: string;
}

/** @throws UsageError or InputError when there is nothing to read */
export async function findSourceInputs(
  names: readonly string[],
  options: S3Options & LayoutOptions & { follow: boolean },
  context: CliContext,
): Promise<FoundInputs> {
  const layout = layoutInputs(options);
  if (options.follow) return followed(names, layout, context);
  if (names.includes(standardInput)) return readStandardInput(names, layout, context);
  const found: StreamInput[] = [];
  for (const name of names) {
    if (isS3Address(name)) found.push(...(await objectsOf(name, options, context)));
    else found.push(...(await filesOf(resolve(context.folder, name), options)));
  }
  const inputs = found.map((input) => ownRows(input, layout, context.log.warn));
  const [first] = inputs;
  if (first === undefined) throw new InputError(names.join(", "), "no file found");
  const [name = "", ...others] = names;
  const several =
    others.length > 0
      ? `${found.length} inputs`
      : `${found.length} ${isS3Address(name) ? "objects" : "files"} of ${name}`;
  return { inputs, description: found.length === 1 ? first.name : several };
}

/** Follows one growing file. */
async function followed(
  names: readonly string[],
  layout: LayoutInputs | null,
  { folder, log }: CliContext,
): Promise<FoundInputs> {
  const [name = standardInput, ...others] = names;
  if (others.length > 0 || name === standardInput || isS3Address(name) || isGzipName(name))
    throw new UsageError("--follow needs exactly one uncompressed file");
  const path = resolve(folder, name);
  const found = await stat(path).catch((error: unknown) => {
    throw inputError(path, error);
  });
  if (!found.isFile()) throw new InputError(path, "is not a regular file and cannot be followed");
  const open = (): InputBytes => followFile(path, log.warn);
  const input = ownRows({ name: path, isFollowed: true, open }, layout, log.warn);
  return { inputs: [input], description: `${path}, followed` };
}

function readStandardInput(
  names: readonly string[],
  layout: LayoutInputs | null,
  { stdin, log }: CliContext,
): FoundInputs {
  if (names.length > 1) throw new UsageError(`--input ${standardInput} cannot be combined with other inputs`);
  const name = "standard input";
  const input = ownRows({ name, open: () => stdin }, layout, log.warn);
  return { inputs: [input], description: name };
}

/** Converts the input to rows with the project's own columns. */
function ownRows(input: StreamInput, layout: LayoutInputs | null, warn: (line: string) => void): StreamInput {
  const format = layout === null ? "csv" : formatOfLayout(layout.layout);
  return inLayoutBytes(withCause(input, format, layout !== null, warn), { layout, warn });
}

/** The same input, with a warning about its content if it contains no rows. */
function withCause(
  input: StreamInput,
  format: WatchedFormat,
  ofLayout: boolean,
  warn: (line: string) => void,
): StreamInput {
  let isReported = false;
  const report = (cause: string): void => {
    if (!isReported) warn(`${input.name}: ${cause}`);
    isReported = true;
  };
  return {
    ...input,
    open: async () => {
      const bytes = await input.open();
      const chunks = watched(bytes, format, report, ofLayout);
      return { [Symbol.asyncIterator]: () => chunks, destroy: () => bytes.destroy() };
    },
  };
}

async function objectsOf(
  name: string,
  options: S3Options & LayoutOptions,
  context: CliContext,
): Promise<StreamInput[]> {
  const address = parseS3Address(name);
  const store = await openStore(s3Access(options, context));
  const inputs = await s3Inputs(store, address, { signal: context.signal, log: context.log.warn });
  inputs.forEach((input) => refuseOtherFormats(input.name, options));
  return inputs;
}

async function filesOf(path: string, options: LayoutOptions): Promise<StreamInput[]> {
  const refuse = (error: InputError): never => {
    throw error;
  };
  const literal = (await stat(path).catch(() => null)) !== null;
  const paths = isGlob(path) && !literal ? await expandGlob(path, refuse) : [path];
  if (paths.length === 0) throw new InputError(path, "no file matches this pattern");
  const inputs: StreamInput[] = [];
  for (const one of paths) {
    const files = await findInputs(one, "auto", refuse);
    for (const file of files) inputs.push(await fileInput(file.path, options));
  }
  return inputs;
}

async function fileInput(path: string, options: LayoutOptions): Promise<StreamInput> {
  refuseOtherFormats(path, options);
  const found = await stat(path);
  // A pipe or a device has no size and cannot be read twice.
  const state = found.isFile() ? { size: found.size, version: String(found.mtimeMs) } : {};
  return { name: path, ...state, open: () => openFile(path) };
}

/** Without a layout, only CSV is accepted. */
function refuseOtherFormats(name: string, { layout }: LayoutOptions): void {
  const format = formatOfName(name);
  if (layout !== defaultLayout || format === "csv") return;
  const hint = format === "dat" ? "; --layout padova-dat reads 64-bit words" : "";
  throw new InputError(name, `only CSV files can be replayed${hint}`);
}
