/** What a compressed batch becomes: bytes that are added at the end, or repeated from before it. */
import { FormatError } from "../../../pipeline/model/index.js";

/** A batch is at most some MB on the wire; a much larger one is not what a producer made. */
export const maxInflatedBytes = 256 << 20;

const firstBytes = 1 << 16;
/** So many are copied sooner one by one. */
const fewBytes = 64;

export class Inflated {
  length = 0;
  private bytes = Buffer.allocUnsafe(firstBytes);

  constructor(private readonly maxBytes = maxInflatedBytes) {}

  /** Adds input[from, to). @throws FormatError when the input ends before */
  add(input: Uint8Array, from: number, to: number): void {
    if (to > input.length) throw new FormatError("it is cut off");
    this.reserve(to - from);
    const { bytes, length } = this;
    if (to - from > fewBytes) bytes.set(input.subarray(from, to), length);
    else for (let at = from; at < to; at += 1) bytes[length + at - from] = input[at] as number;
    this.length += to - from;
  }

  /** Repeats what lies so many bytes back; it may overlap with what it makes. */
  repeat(distance: number, count: number): void {
    if (distance < 1 || distance > this.length) throw new FormatError("it refers to what is not there");
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
