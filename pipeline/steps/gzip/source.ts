/** Bytes of a gzip file in pieces of a requested size, independent of the chunk sizes. */

const blockBytes = 1 << 16;
/** Magic number, the only defined method, and the flags, in which three bits are always zero (RFC 1952). */
const startBytes = 4;
const reservedFlags = 0xe0;
/** The fixed part of a header ends with the compression level and the operating system. */
export const fixedBytes = 10;
const efforts = [0, 2, 4];
const lastSystem = 13;
const unknownSystem = 255;

export class GzipSource {
  /** File offset of the next byte. */
  offset = 0;
  /** Bytes taken since this offset can be taken again. */
  keptFrom = 0;
  private block: Uint8Array = new Uint8Array(0);
  private blockStart = 0;

  constructor(private readonly chunks: AsyncIterator<Uint8Array>) {}

  /** The next `count` bytes; fewer only at the end. */
  async take(count: number): Promise<Uint8Array> {
    while (this.blockStart + this.block.length - this.offset < count) {
      const next = await this.chunks.next();
      if (next.done === true) break;
      const kept = Math.min(this.keptFrom, this.offset);
      this.block = joined(this.block.subarray(kept - this.blockStart), next.value);
      this.blockStart = kept;
    }
    const from = this.offset - this.blockStart;
    const taken = this.block.subarray(from, from + count);
    this.offset += taken.length;
    return taken;
  }

  /** Puts back the last `count` bytes taken. */
  giveBack(count: number): void {
    this.offset -= count;
  }

  /** Skips zero padding of tape or disk blocks. */
  async skipZeros(): Promise<void> {
    for (;;) {
      this.keptFrom = this.offset;
      const block = await this.take(blockBytes);
      if (block.length === 0) return;
      const first = block.findIndex((byte) => byte !== 0);
      if (first < 0) continue;
      return this.giveBack(block.length - first);
    }
  }

  /** Skips to the apparent start of a member, or to the end. */
  async skipToMember(): Promise<void> {
    for (;;) {
      this.keptFrom = this.offset;
      const block = await this.take(blockBytes);
      const found = memberIn(block);
      if (found >= 0) return this.giveBack(block.length - found);
      if (block.length < blockBytes) return;
      this.giveBack(fixedBytes - 1);
    }
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}

/** Whether a member can start with these bytes. */
export function startsMember(bytes: Uint8Array, at = 0): boolean {
  return (
    bytes.length - at >= startBytes &&
    bytes[at] === 0x1f &&
    bytes[at + 1] === 0x8b &&
    bytes[at + 2] === 8 &&
    ((bytes[at + 3] as number) & reservedFlags) === 0
  );
}

/**
 * Index >= `from` of the first bytes that look like the start of a member; -1 when there are none. Stricter than
 * {@link startsMember}, whose four bytes occur by chance in 100 MB of compressed data.
 */
export function memberIn(block: Uint8Array, from = 0): number {
  for (let at = block.indexOf(0x1f, from); at >= 0; at = block.indexOf(0x1f, at + 1)) {
    const [effort, system] = [block[at + 8] ?? -1, block[at + 9] ?? -1];
    const isUsual =
      efforts.includes(effort) && ((system >= 0 && system <= lastSystem) || system === unknownSystem);
    if (startsMember(block, at) && isUsual) return at;
  }
  return -1;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
