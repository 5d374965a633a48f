/** Values to publish: numbers, lines, or the elements of a JSON file, streamed, each as written. */
import { FormatError } from "../../pipeline/model/index.js";
import type { ByteStream } from "../input/byte-stream.js";
import { TextStream } from "../input/byte-stream.js";
import { JsonArraySplitter } from "../input/json-array.js";

/** A value and the data from which its key can be taken. */
export interface PublishedValue {
  text: string;
  /** The parsed value, if it is JSON. */
  json?: unknown;
}

const blockBytes = 1 << 16;
/** Maximum size of one value, or of a file that is one JSON object over many lines. */
const maxValueBytes = 64 << 20;
const openBracket = 91;

/** The numbers first..last, ascending or descending. */
export function* numbersBetween(first: number, last: number): Generator<PublishedValue> {
  const step = first <= last ? 1 : -1;
  for (let n = first; n !== last + step; n += step) yield { text: String(n), json: n };
}

/** The lines of a text, without LF or CRLF; blank lines are skipped. */
export async function* linesOf(stream: ByteStream): AsyncGenerator<PublishedValue> {
  for await (const line of textLines(new TextStream(stream))) {
    if (line.trim() !== "") yield { text: line };
  }
}

/**
 * The elements of an array, the lines of JSON Lines, or one object over many lines.
 * @throws FormatError that names the element or line that is not JSON
 */
export async function* jsonValuesOf(stream: ByteStream): AsyncGenerator<PublishedValue> {
  const text = new TextStream(stream);
  if ((await text.firstByte()) === openBracket) yield* arrayElements(text);
  else yield* jsonLines(text);
}

async function* jsonLines(text: ByteStream): AsyncGenerator<PublishedValue> {
  let number = 0;
  let whole: string | null = null;
  for await (const line of textLines(text)) {
    number += 1;
    if (whole !== null) whole += `\n${line}`;
    else if (line.trim() !== "") {
      const json = parsed(line);
      if (json !== undefined) yield { text: line.trim(), json };
      // An object written over many lines begins with a line that is not valid JSON.
      else if (number === 1) whole = line;
      else throw new FormatError(`line ${number} is not JSON: ${shortened(line)}`);
    }
    if (whole !== null && whole.length > maxValueBytes) throw tooLarge();
  }
  if (whole === null) return;
  const json = parsed(whole);
  if (json === undefined) throw new FormatError(`line 1 is not JSON: ${shortened(whole)}`);
  yield { text: whole.trim(), json };
}

async function* arrayElements(text: ByteStream): AsyncGenerator<PublishedValue> {
  let number = 0;
  for await (const line of splitLines(arrayBlocks(text))) {
    number += 1;
    const json = parsed(line);
    if (json === undefined)
      throw new FormatError(`element ${number} of the array is not JSON: ${shortened(line)}`);
    yield { text: line.trim(), json };
  }
}

/** Blocks of text with one array element per line. */
async function* arrayBlocks(text: ByteStream): AsyncGenerator<Uint8Array> {
  const splitter = new JsonArraySplitter();
  const block = new Uint8Array(blockBytes);
  const out = new Uint8Array(2 * blockBytes + 4);
  for (let count = await text.read(block); count > 0; count = await text.read(block)) {
    const { used, written } = splitter.push(block, count, out);
    yield out.subarray(0, written);
    if (splitter.ended) return refuseRest(block.subarray(used, count), text);
  }
  yield out.subarray(0, splitter.finish(out));
}

async function refuseRest(rest: Uint8Array, text: ByteStream): Promise<void> {
  const decoder = new TextDecoder();
  let after = decoder.decode(rest);
  const block = new Uint8Array(blockBytes);
  while (after.trim() === "") {
    const count = await text.read(block);
    if (count === 0) return;
    after = decoder.decode(block.subarray(0, count));
  }
  throw new FormatError(`unexpected text after the array: ${shortened(after)}`);
}

async function* textLines(stream: ByteStream): AsyncGenerator<string> {
  yield* splitLines(blocksOf(stream));
}

async function* blocksOf(stream: ByteStream): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(blockBytes);
  for (let count = await stream.read(block); count > 0; count = await stream.read(block)) {
    yield block.subarray(0, count);
  }
}

async function* splitLines(blocks: AsyncGenerator<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const block of blocks) {
    const lines = (rest + decoder.decode(block, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxValueBytes) throw tooLarge();
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest.replace(/\r$/, "");
}

function tooLarge(): FormatError {
  return new FormatError(`a value is larger than ${maxValueBytes >> 20} MiB`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
