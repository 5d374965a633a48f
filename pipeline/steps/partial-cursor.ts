/** Reads partial results; see partial.ts for their layout. */
import { FormatError } from "../model/index.js";
import { ByteReader } from "./bytes.js";
import { wideRowBytes, type WideTable } from "./hit-word.js";
import { readHeader, type PartialHeader } from "./partial-header.js";
import { createTriggerEntry, maxEntryBytes, readTriggerEntry, type TriggerEntry } from "./trigger-words.js";

/** Random access to bytes that need not be in memory as a whole. */
export interface ByteSource {
  readonly length: number;
  /** The bytes [offset, offset + length), clipped to the source; valid until the next read. */
  read(offset: number, length: number): Uint8Array;
}

/** A byte source over bytes in memory. */
export function bytesInMemory(bytes: Uint8Array): ByteSource {
  return { length: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Reads a table of wide rows in blocks; cheap when indices are requested nearly in order. */
class WideReader implements WideTable {
  private view = new DataView(new ArrayBuffer(0));
  private firstPlace = 0;
  private places = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    private readonly blockBytes: number,
  ) {}

  code(place: number): number {
    const at = this.locate(place);
    return this.view.getUint16(at, true);
  }

  bx(place: number): number {
    const at = this.locate(place);
    return this.view.getUint32(at + 2, true);
  }

  tdc(place: number): number {
    const at = this.locate(place);
    return this.view.getFloat64(at + 6, true);
  }

  /** Loads the row into the view; returns its offset there. */
  private locate(place: number): number {
    if (place < this.firstPlace || place >= this.firstPlace + this.places) {
      const length = Math.max(this.blockBytes, wideRowBytes);
      // Copied to offset 0 of its own memory; on workers, the bytes are Node Buffers, whose slices share memory.
      const bytes = new Uint8Array(this.source.read(this.start + place * wideRowBytes, length));
      if (bytes.length < wideRowBytes) throw new FormatError("a partial result ends too early");
      this.view = new DataView(bytes.buffer);
      this.firstPlace = place;
      this.places = Math.floor(bytes.length / wideRowBytes);
    }
    return (place - this.firstPlace) * wideRowBytes;
  }
}

/** Receives words[from, to), in one or more calls. */
type WordsReceiver = (words: Uint32Array, from: number, to: number) => void;

/** Upper limit of one directory step: an orbit and its numbers, or one trigger-word entry. */
const stepBytes = Math.max(40, maxEntryBytes);

/** Iterates over the orbits of a partial result in ascending order, reading it in blocks. */
export class PartialCursor {
  readonly header: PartialHeader;
  readonly wide: WideTable;
  /** The current orbit; only valid after {@link next} returned true. */
  orbit = 0;
  /** Number of hits in that orbit. */
  hits = 0;
  /** Number of timing signals and trigger-word entries in that orbit. */
  signals = 0;
  triggers = 0;
  private readonly entry = createTriggerEntry();
  private orbitsLeft: number;
  private directoryAt: number;
  private readonly directoryEnd: number;
  private directory = new ByteReader(new Uint8Array(0));
  private directorySafe = 0;
  private hitsAt: number;
  private readonly blockBytes: number;
  private readonly blockHits: number;
  private block = new Uint32Array(0);
  private blockLength = 0;
  private blockAt = 0;

  /** @param blockBytes bytes per read, which bounds the cursor's memory */
  constructor(
    private readonly source: ByteSource,
    blockBytes = 1 << 16,
  ) {
    const { header, reader } = readHead(source);
    this.header = header;
    this.orbitsLeft = reader.varint();
    const directoryLength = reader.varint();
    const hitCount = reader.varint();
    reader.varint();
    this.directoryAt = reader.at;
    this.directoryEnd = reader.at + directoryLength;
    this.hitsAt = this.directoryEnd;
    this.blockHits = Math.max(64, Math.min(blockBytes >> 2, hitCount));
    this.wide = new WideReader(source, this.directoryEnd + hitCount * 4, blockBytes);
    this.blockBytes = Math.max(blockBytes, 4 * stepBytes);
  }

  /**
   * Advances to the next orbit. The signals, trigger words and hits of the current orbit must have been read before.
   * False at the end.
   */
  next(): boolean {
    if (this.orbitsLeft === 0) return false;
    this.orbitsLeft -= 1;
    if (this.directory.at >= this.directorySafe) this.readDirectory();
    const { directory } = this;
    this.orbit += directory.varint();
    const count = directory.varint();
    this.hits = Math.floor(count / 4);
    this.signals = count % 2 === 1 ? directory.varint() : 0;
    this.triggers = count % 4 >= 2 ? directory.varint() : 0;
    return true;
  }

  private readDirectory(): void {
    this.directoryAt += this.directory.at;
    const length = Math.min(this.blockBytes, this.directoryEnd - this.directoryAt);
    this.directory = new ByteReader(new Uint8Array(this.source.read(this.directoryAt, length)));
    const isLast = this.directoryAt + length === this.directoryEnd;
    this.directorySafe = isLast ? length : length - stepBytes;
  }

  /** Calls `take` with each trigger-word entry of the current orbit; the object is reused. */
  takeTriggers(take: (entry: TriggerEntry) => void): void {
    for (; this.triggers > 0; this.triggers -= 1) {
      if (this.directory.at >= this.directorySafe) this.readDirectory();
      readTriggerEntry(this.directory, this.entry);
      take(this.entry);
    }
  }

  /** Calls `take` with the words of the current orbit's timing signals; must precede the hits. */
  takeSignals(take: WordsReceiver): void {
    this.takeWords(this.signals, take);
  }

  /** Calls `take` with the words of the current orbit's hits. */
  takeHits(take: WordsReceiver): void {
    this.takeWords(this.hits, take);
  }

  private takeWords(count: number, take: WordsReceiver): void {
    for (let left = count; left > 0;) {
      if (this.blockAt === this.blockLength) this.readHits();
      const some = Math.min(left, this.blockLength - this.blockAt);
      take(this.block, this.blockAt, this.blockAt + some);
      this.blockAt += some;
      left -= some;
    }
  }

  private readHits(): void {
    if (this.block.length === 0) this.block = new Uint32Array(this.blockHits);
    const bytes = this.source.read(this.hitsAt, this.blockHits * 4);
    const whole = bytes.length - (bytes.length % 4);
    if (whole === 0) throw new FormatError("a partial result ends too early");
    new Uint8Array(this.block.buffer).set(bytes.subarray(0, whole));
    this.blockLength = whole / 4;
    this.blockAt = 0;
    this.hitsAt += whole;
  }
}

/** Reads the header, with a larger read when its sources make it long. */
function readHead(source: ByteSource): { header: PartialHeader; reader: ByteReader } {
  for (let length = 256; ; length *= 16) {
    const reader = new ByteReader(new Uint8Array(source.read(0, length)));
    try {
      const header = readHeader(reader);
      const sizes = reader.at;
      for (let i = 0; i < 4; i += 1) reader.varint();
      reader.at = sizes;
      return { header, reader };
    } catch (error) {
      if (!(error instanceof FormatError) || length >= source.length) throw error;
    }
  }
}
