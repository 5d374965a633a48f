/** What `--input` names, as inputs of rows: files, directories, patterns, objects of a bucket, standard input. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InputError, UsageError } from "../../pipeline/model/index.js";
import {
  isS3Address,
  openFile,
  openStore,
  parseS3Address,
  s3Inputs,
  type StreamInput,
} from "../../producer/index.js";
import { expandGlob, isGlob } from "../input/glob.js";
import { findInputs, formatOfName, standardInput } from "../input/inputs.js";
import { watched } from "../../pipeline/steps/index.js";
import { s3Access, type S3Options } from "./s3-options.js";
import type { CliContext } from "./verb.js";

interface FoundInputs {
  /** In the order in which they are read. */
  inputs: StreamInput[];
  /** In words. */
  description: string;
}

/** @throws UsageError or InputError when there is nothing to read */
export async function findSourceInputs(
  names: readonly string[],
  options: S3Options,
  context: CliContext,
): Promise<FoundInputs> {
  if (names.includes(standardInput)) return readStandardInput(names, context);
  const found: StreamInput[] = [];
  for (const name of names) {
    if (isS3Address(name)) found.push(...(await objectsOf(name, options, context)));
    else found.push(...(await filesOf(resolve(context.folder, name))));
  }
  const inputs = found.map((input) => withCause(input, context.log.warn));
  const [first] = inputs;
  if (first === undefined) throw new InputError(names.join(", "), "there is no file to read");
  const several =
    names.length === 1 && isS3Address(names[0] as string)
      ? `${found.length} objects of ${names[0]}`
      : `${found.length} inputs`;
  return { inputs, description: found.length === 1 ? first.name : several };
}

function readStandardInput(names: readonly string[], { stdin, log }: CliContext): FoundInputs {
  if (names.length > 1) throw new UsageError(`--input ${standardInput} cannot be combined with other inputs`);
  const name = "standard input";
  const input = withCause({ name, open: () => stdin }, log.warn);
  return { inputs: [input], description: name };
}

/** The same input, with one line on what its content is instead of rows. */
function withCause(input: StreamInput, warn: (line: string) => void): StreamInput {
  let isReported = false;
  const report = (cause: string): void => {
    if (!isReported) warn(`${input.name}: ${cause}`);
    isReported = true;
  };
  return {
    ...input,
    open: async () => {
      const bytes = await input.open();
      const chunks = watched(bytes, "csv", report);
      return { [Symbol.asyncIterator]: () => chunks, destroy: () => bytes.destroy() };
    },
  };
}

async function objectsOf(name: string, options: S3Options, context: CliContext): Promise<StreamInput[]> {
  const address = parseS3Address(name);
  const store = await openStore(s3Access(options, context));
  const inputs = await s3Inputs(store, address, { signal: context.signal, log: context.log.warn });
  inputs.forEach((input) => refuseOtherFormats(input.name));
  return inputs;
}

async function filesOf(path: string): Promise<StreamInput[]> {
  const refuse = (error: InputError): never => {
    throw error;
  };
  const literal = (await stat(path).catch(() => null)) !== null;
  const paths = isGlob(path) && !literal ? await expandGlob(path, refuse) : [path];
  if (paths.length === 0) throw new InputError(path, "no file fits this pattern");
  const inputs: StreamInput[] = [];
  for (const one of paths) {
    const files = await findInputs(one, "auto", refuse);
    for (const file of files) inputs.push(await fileInput(file.path));
  }
  return inputs;
}

async function fileInput(path: string): Promise<StreamInput> {
  refuseOtherFormats(path);
  const found = await stat(path);
  // A pipe or a device has no size, and what was read of it does not come again.
  const state = found.isFile() ? { size: found.size, version: String(found.mtimeMs) } : {};
  return { name: path, ...state, open: () => openFile(path) };
}

function refuseOtherFormats(name: string): void {
  if (formatOfName(name) !== "csv") throw new InputError(name, "only CSV files can be replayed");
}
