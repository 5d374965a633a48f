/** Output buffer of a decompressor: bytes are appended, or repeated from earlier output. */
import { FormatError } from "../../../pipeline/model/index.js";

/** A batch has at most a few MB on the wire; a much larger output is not from a regular producer. */
export const maxInflatedBytes = 256 << 20;

const firstBytes = 1 << 16;
/** Up to this number of bytes, a loop is faster than a block copy. */
const fewBytes = 64;

export class Inflated {
  length = 0;
  private bytes = Buffer.allocUnsafe(firstBytes);

  constructor(private readonly maxBytes = maxInflatedBytes) {}

  /** Appends input[from, to). @throws FormatError when the input is too short */
  add(input: Uint8Array, from: number, to: number): void {
    if (to > input.length) throw new FormatError("it is truncated");
    this.reserve(to - from);
    const { bytes, length } = this;
    if (to - from > fewBytes) bytes.set(input.subarray(from, to), length);
    else for (let at = from; at < to; at += 1) bytes[length + at - from] = input[at] as number;
    this.length += to - from;
  }

  /** Repeats `count` bytes that start `distance` bytes back; source and output may overlap. */
  repeat(distance: number, count: number): void {
    if (distance < 1 || distance > this.length) throw new FormatError("it refers to data outside its range");
    this.reserve(count);
    const { bytes, length } = this;
    if (count > fewBytes && distance >= count)
      bytes.copyWithin(length, length - distance, length - distance + count);
    else for (let at = length; at < length + count; at += 1) bytes[at] = bytes[at - distance] as number;
    this.length += count;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.maxBytes) throw new FormatError(`it has more than ${this.maxBytes >> 20} MiB`);
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.maxBytes, Math.max(needed, 2 * this.bytes.length)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
