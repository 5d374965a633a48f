/** Snappy as Kafka's clients write it: raw (format_description.txt), or in the framing of its Java library. */
import { FormatError } from "../../../pipeline/model/index.js";
import { Inflated } from "./inflated.js";

const frameMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** The magic and two version numbers. */
const frameHeadBytes = 16;

/** @throws FormatError when the bytes are not Snappy, or the output is too large */
export function inflateSnappy(input: Buffer, output = new Inflated()): Buffer {
  if (!input.subarray(0, frameMagic.length).equals(frameMagic)) inflateRaw(input, output);
  else {
    for (let at = frameHeadBytes; at < input.length;) {
      const end = at + 4 + part(input, at, at + 4).readUInt32BE(0);
      inflateRaw(part(input, at + 4, end), output);
      at = end;
    }
  }
  return output.view();
}

/** The output size, then literals and copies of earlier output. */
function inflateRaw(input: Buffer, output: Inflated): void {
  const [expected, begin] = varintAt(input);
  const start = output.length;
  for (let at = begin; at < input.length;) at = element(input, at, output, start);
  if (output.length - start !== expected) throw new FormatError("its length differs from its header");
}

/** @returns start of the next element */
function element(input: Buffer, at: number, output: Inflated, start: number): number {
  const tag = input[at] as number;
  const copy = (count: number, distance: number, next: number): number => {
    if (distance > output.length - start) throw new FormatError("it refers to data outside its range");
    output.repeat(distance, count);
    return next;
  };
  switch (tag & 3) {
    case 0:
      return literal(input, at, output);
    case 1:
      return copy(((tag >> 2) & 7) + 4, (tag >> 5) * 256 + littleEndian(input, at + 1, 1), at + 2);
    case 2:
      return copy((tag >> 2) + 1, littleEndian(input, at + 1, 2), at + 3);
    default:
      return copy((tag >> 2) + 1, littleEndian(input, at + 1, 4), at + 5);
  }
}

/** Its length minus one is in the tag, or in the 1 to 4 bytes after it. */
function literal(input: Buffer, at: number, output: Inflated): number {
  const bits = (input[at] as number) >> 2;
  const lengthBytes = bits < 60 ? 0 : bits - 59;
  const count = (lengthBytes === 0 ? bits : littleEndian(input, at + 1, lengthBytes)) + 1;
  const from = at + 1 + lengthBytes;
  output.add(input, from, from + count);
  return from + count;
}

function littleEndian(input: Buffer, at: number, bytes: number): number {
  return part(input, at, at + bytes).readUIntLE(0, bytes);
}

function part(input: Buffer, from: number, to: number): Buffer {
  if (to > input.length) throw new FormatError("it is truncated");
  return input.subarray(from, to);
}

/** @returns the number at the start, and its end */
function varintAt(input: Buffer): [value: number, end: number] {
  let value = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = littleEndian(input, at, 1);
    value += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) return [value, at + 1];
  }
  throw new FormatError("it is not Snappy data");
}
