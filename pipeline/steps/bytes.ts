/** Variable-length integers and strings in byte arrays: seven bits per byte, lowest first, as in Protocol Buffers. */
import { FormatError } from "../model/index.js";

const doubles = new Float64Array(1);
const bytesOfDouble = new Uint8Array(doubles.buffer);

export class ByteWriter {
  private bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Appends a non-negative integer below 2^53. */
  varint(value: number): void {
    if (this.length + 8 > this.bytes.length) this.reserve(8);
    if (value <= 0x7f) {
      this.bytes[this.length++] = value;
      return;
    }
    while (value > 0x7f) {
      this.bytes[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.bytes[this.length++] = value;
  }

  /** Appends a double, little-endian. */
  double(value: number): void {
    doubles[0] = value;
    this.raw(bytesOfDouble);
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The bytes written so far; valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Empties the writer; the memory is kept. */
  clear(): void {
    this.length = 0;
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** @throws FormatError when the bytes end too early */
export class ByteReader {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  varint(): number {
    let value = 0;
    let weight = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new FormatError("a number ends too early");
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 0x80;
    }
  }

  double(): number {
    bytesOfDouble.set(this.raw(8));
    return doubles[0] as number;
  }

  text(): string {
    return new TextDecoder().decode(this.raw(this.varint()));
  }

  raw(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new FormatError("a field ends too early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
