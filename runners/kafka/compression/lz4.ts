/**
 * LZ4 frames as Kafka's clients write them (lz4_Frame_format.md, lz4_Block_format.md). Checksums are not
 * verified, because the transport has its own.
 */
import { FormatError } from "../../../pipeline/model/index.js";
import { Inflated } from "./inflated.js";

const magic = 0x184d2204;
const storedFlag = 0x80000000;
const shortestMatch = 4;

/** @throws FormatError when the bytes are not LZ4 frames, or the output is too large */
export function inflateLz4(input: Buffer, output = new Inflated()): Buffer {
  for (let at = 0; at < input.length;) at = inflateFrame(input, at, output);
  return output.view();
}

/** @returns end of the frame */
function inflateFrame(input: Buffer, start: number, output: Inflated): number {
  if (wordAt(input, start) !== magic) throw new FormatError("it is not an LZ4 frame");
  const flags = byteAt(input, start + 4);
  const [hasBlockSums, hasSize, hasSum, hasDictionary] = [0x10, 0x08, 0x04, 0x01].map(
    (bit) => (flags & bit) !== 0,
  );
  if (hasDictionary) throw new FormatError("it needs a dictionary");
  let at = start + (hasSize ? 15 : 7);
  for (;;) {
    const head = wordAt(input, at);
    at += 4;
    if (head === 0) return at + (hasSum ? 4 : 0);
    const size = head % storedFlag;
    if (head >= storedFlag) output.add(input, at, at + size);
    else inflateBlock(input, at, at + size, output);
    at += size + (hasBlockSums ? 4 : 0);
  }
}

/** A block is a list of sequences, each some literal bytes and a match; the last has no match. */
function inflateBlock(input: Buffer, start: number, end: number, output: Inflated): void {
  if (end > input.length) throw new FormatError("it is truncated");
  let at = start;
  const length = (bits: number): number => {
    let count = bits;
    for (let more = bits === 15 ? 255 : 0; more === 255; count += more) more = byteAt(input, at++);
    return count;
  };
  while (at < end) {
    const token = byteAt(input, at++);
    const literals = length(token >> 4);
    output.add(input, at, at + literals);
    at += literals;
    if (at >= end) return;
    const distance = byteAt(input, at) + 256 * byteAt(input, at + 1);
    at += 2;
    output.repeat(distance, length(token & 15) + shortestMatch);
  }
}

function byteAt(input: Buffer, at: number): number {
  const byte = input[at];
  if (byte === undefined) throw new FormatError("it is truncated");
  return byte;
}

function wordAt(input: Buffer, at: number): number {
  if (at + 4 > input.length) throw new FormatError("it is truncated");
  return input.readUInt32LE(at);
}
