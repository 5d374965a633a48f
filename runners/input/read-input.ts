/** Reads one input of any kind, as far as it is readable. */
import type { Readable } from "node:stream";
import { InputError } from "../../pipeline/model/index.js";
import { ContentWatch, GzipFault } from "../../pipeline/steps/index.js";
import { openFile, streamOf, withReadErrors, type ByteStream } from "./byte-stream.js";
import { layoutFault } from "../../producer/layouts/index.js";
import { LayoutStream, PeekStream } from "./layout-stream.js";
import { inputError, standardInput, type Input } from "./inputs.js";

/** Number of leading bytes from which the layout is detected. */
export const lookedBytes = 1 << 16;
/** Further faults are only counted. */
const namedFaults = 5;

/** Consumes the bytes of inputs one after the other. */
interface InputTaker {
  /** Reads an input to its end. On failure, keeps the bytes read before and throws the error. */
  read(stream: ByteStream, format: Input["format"] | "rows"): Promise<void>;
}

interface ReadingPlace {
  stdin: Readable;
  signal?: AbortSignal | undefined;
  /** Receives the cause when the content does not match its format. */
  warn?: ((line: string) => void) | undefined;
}

/** @throws InputError that names the unreadable parts, after everything readable has been read */
export async function readInput(
  reader: InputTaker,
  input: Input,
  { stdin, signal, warn }: ReadingPlace,
): Promise<void> {
  const watch = new ContentWatch(input.format, input.layout !== undefined);
  const source = new PeekStream(watchedBy(watch, await open(input, stdin)));
  const own = input.layout?.begin(nameOf(input));
  const stream = own === undefined ? source : new LayoutStream(source, own);
  // An input may be silent forever: an abort must not wait for it.
  const stop = (): void => void stream.close();
  signal?.addEventListener("abort", stop, { once: true });
  const faults: GzipFault[] = [];
  try {
    const fault = layoutFault(await source.peek(lookedBytes), own?.layout.family ?? null, input.format);
    if (fault !== null) throw new InputError(nameOf(input), fault);
    while (!(await isReadToEnd(reader, stream, own === undefined ? input.format : "rows", faults)));
  } finally {
    signal?.removeEventListener("abort", stop);
    await stream.close();
  }
  if (own?.refusal != null) throw new InputError(nameOf(input), own.refusal);
  if (own?.otherContent.text != null) warn?.(`${nameOf(input)}: ${own.otherContent.text}`);
  const cause = watch.cause();
  if (cause !== null) warn?.(`${nameOf(input)}: ${cause}`);
  if (faults.length > 0) throw new InputError(nameOf(input), reasonOf(faults), faults[0]);
}

function watchedBy(watch: ContentWatch, stream: ByteStream): ByteStream {
  return {
    async read(target) {
      const count = await stream.read(target);
      watch.take(target.subarray(0, count));
      return count;
    },
    close: () => stream.close(),
  };
}

/** Reads up to the next fault, which is appended to the list, or to the end. */
async function isReadToEnd(
  reader: InputTaker,
  stream: ByteStream,
  format: Input["format"] | "rows",
  faults: GzipFault[],
): Promise<boolean> {
  try {
    await reader.read(stream, format);
    return true;
  } catch (error) {
    if (!(error instanceof InputError && error.cause instanceof GzipFault)) throw error;
    faults.push(error.cause);
    return false;
  }
}

function reasonOf(faults: readonly GzipFault[]): string {
  const named = faults.slice(0, namedFaults).map(({ message }) => message);
  const more = faults.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

const nameOf = ({ path }: Input): string => (path === standardInput ? "standard input" : path);

async function open({ path }: Input, stdin: Readable): Promise<ByteStream> {
  const errorOf = (cause: unknown): InputError => inputError(path, cause);
  if (path === standardInput) return withReadErrors(streamOf(stdin), errorOf);
  const stream = await openFile(path).catch((cause: unknown) => {
    throw errorOf(cause);
  });
  return withReadErrors(stream, errorOf);
}
