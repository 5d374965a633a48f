/** Encoding of Kafka's protocol, both the plain and the compact ("flexible") form. */

export class WireWriter {
  private readonly parts: Buffer[] = [];

  /** @param compact whether lengths are varints and structures end with tagged fields */
  constructor(private readonly compact: boolean) {}

  int8(value: number): this {
    return this.add(1, (buffer) => buffer.writeInt8(value));
  }

  int32(value: number): this {
    return this.add(4, (buffer) => buffer.writeInt32BE(value));
  }

  int64(value: bigint): this {
    return this.add(8, (buffer) => buffer.writeBigInt64BE(value));
  }

  bytes(value: Buffer): this {
    this.parts.push(value);
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    if (this.compact) return this.varint(bytes.length + 1).bytes(bytes);
    return this.add(2, (buffer) => buffer.writeInt16BE(bytes.length)).bytes(bytes);
  }

  /** Length of an array, whose elements follow. */
  count(length: number): this {
    return this.compact ? this.varint(length + 1) : this.int32(length);
  }

  /** End of a structure in the compact form: no tagged fields. */
  end(): this {
    return this.compact ? this.varint(0) : this;
  }

  private varint(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
    return this.bytes(Buffer.from([...bytes, rest]));
  }

  private add(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size);
    write(buffer);
    return this.bytes(buffer);
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** @throws RangeError when the bytes end too early */
export class WireReader {
  private at = 0;

  constructor(
    private readonly buffer: Buffer,
    private readonly compact: boolean,
  ) {}

  int8(): number {
    return this.buffer.readInt8(this.move(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.move(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.move(4));
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.move(8));
  }

  /** The next `length` bytes, unchanged. */
  raw(length: number): Buffer {
    const from = this.move(length);
    if (this.at > this.buffer.length) throw new RangeError("a response of Kafka ends too early");
    return this.buffer.subarray(from, this.at);
  }

  text(): string | null {
    const length = this.compact ? this.varint() - 1 : this.int16();
    return length < 0 ? null : this.raw(length).toString();
  }

  bytes(): Buffer {
    const length = this.compact ? this.varint() - 1 : this.int32();
    return length < 0 ? Buffer.alloc(0) : this.raw(length);
  }

  array<T>(element: () => T): T[] {
    const length = this.compact ? this.varint() - 1 : this.int32();
    return Array.from({ length: Math.max(0, length) }, element);
  }

  /** End of a structure in the compact form; tagged fields are skipped. */
  end(): void {
    if (!this.compact) return;
    for (let left = this.varint(); left > 0; left -= 1) {
      this.varint();
      this.raw(this.varint());
    }
  }

  private varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.buffer.readUInt8(this.move(1));
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return value;
    }
  }

  private move(length: number): number {
    const from = this.at;
    this.at += length;
    return from;
  }
}
