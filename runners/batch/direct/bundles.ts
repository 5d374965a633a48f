/**
 * Divides inputs into bundles of whole rows. Small inputs share a buffer; an incomplete row at the end of a buffer is
 * moved to the beginning of the next one.
 */
import { InputError } from "../../../pipeline/model/index.js";
import { GzipFault, isBlankLine, type ByteFormat } from "../../../pipeline/steps/index.js";
import { TextStream, type ByteStream } from "../../input/byte-stream.js";
import { JsonArraySplitter } from "../../input/json-array.js";
import type { Input } from "../../input/inputs.js";
import { markerBytes, runAfter } from "../../input/run-pieces.js";

/** Rows of one format: `pieces` are the parts of the buffer with these rows, [from, to). */
export interface Bundle {
  format: ByteFormat;
  buffer: Uint8Array;
  pieces: readonly { from: number; to: number }[];
}

/** Consumes a bundle and returns the buffer to fill next, at least as large; it may be the same buffer. */
type BundleConsumer = (bundle: Bundle) => Promise<Uint8Array>;

const lineFeed = 10;
const nothing = new Uint8Array(0);
const openBracket = 91;
const wordBytes = 8;
const scratchBytes = 1 << 18;
/** Upper limit of the bytes written for one piece of an array and the end of a truncated array. */
const splitBytes = 2 * scratchBytes + 4;

/**
 * Memory shared by all threads. Transferred memory would count as newly allocated in each thread and trigger a garbage
 * collection every few bundles.
 */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

export class BundleReader {
  private buffer: Uint8Array;
  private length = 0;
  private pieces: { from: number; to: number }[] = [];
  private format: ByteFormat = "csv";
  /** For rows with runs: the run at the end of the last piece that was passed on. */
  private run: number | null = null;
  /** Number of bytes read from inputs so far, after decompression. */
  bytesRead = 0;

  /** @param bundleBytes size of a bundle; a longer line is one malformed row */
  constructor(
    private readonly consume: BundleConsumer,
    bundleBytes: number,
  ) {
    this.buffer = sharedBytes(Math.max(bundleBytes, 4 * scratchBytes));
  }

  /** Size of the buffer that is filled. */
  get bufferBytes(): number {
    return this.buffer.length;
  }

  /** Reads an input to its end. On a read error, the rows before the error are kept and the error is thrown. */
  async read(stream: ByteStream, format: Input["format"] | "rows"): Promise<void> {
    this.run = null;
    if (format === "dat" || format === "rows") return this.readRows(stream, format);
    const text = new TextStream(stream);
    if (format === "csv") return this.readRows(text, "csv");
    if ((await text.firstByte()) === openBracket) return this.readArray(text);
    return this.readRows(text, "json-lines");
  }

  /** Passes on the remainder; call it after the last input. */
  async flush(): Promise<void> {
    await this.handOn();
    this.length = 0;
  }

  private async handOn(): Promise<void> {
    const { format, buffer, pieces } = this;
    this.pieces = [];
    if (pieces.length > 0) this.buffer = await this.consume({ format, buffer, pieces });
  }

  private async readRows(stream: ByteStream, format: ByteFormat): Promise<void> {
    await this.begin(format);
    let start = this.length;
    try {
      for (;;) {
        while (this.length === this.buffer.length) start = await this.makeRoom(start, stream);
        const count = await stream.read(this.buffer.subarray(this.length));
        if (count === 0) break;
        this.length += count;
        this.bytesRead += count;
      }
    } catch (error) {
      // A truncated row could look like a complete row.
      this.endPiece(start, endsRow(error) ? this.length : this.lastCut(start, this.length));
      throw error;
    }
    this.endPiece(start, this.length);
  }

  /** A bundle contains only one format. */
  private async begin(format: ByteFormat): Promise<void> {
    if (format !== this.format) await this.flush();
    this.format = format;
  }

  private endPiece(from: number, to: number): void {
    if (to > from) this.pieces.push({ from, to });
  }

  /** Passes on the whole rows and moves the rest to the beginning; returns the start of the rest. */
  private async makeRoom(start: number, stream: ByteStream): Promise<number> {
    const { length } = this;
    const cut = this.lastCut(start, length);
    this.endPiece(start, cut);
    const marker = this.markerAfter(start, cut);
    const rest = this.buffer.slice(cut, length);
    await this.handOn();
    this.buffer.set(marker);
    this.buffer.set(rest, marker.length);
    this.length = marker.length + rest.length;
    if (this.length === this.buffer.length) await this.dropLongLine(stream);
    return 0;
  }

  /** The run marker at the beginning of the next piece. */
  private markerAfter(start: number, cut: number): Uint8Array {
    if (this.format !== "rows") return nothing;
    this.run = runAfter(this.buffer, start, cut, this.run);
    return markerBytes(this.run);
  }

  /** The end of the last whole row. */
  private lastCut(start: number, end: number): number {
    if (this.format === "dat") return end - ((end - start) % wordBytes);
    const found = this.buffer.subarray(start, end).lastIndexOf(lineFeed);
    return found < 0 ? start : start + found + 1;
  }

  /** Replaces a line that fills the whole buffer by one malformed row, or by a blank line if the line is blank. */
  private async dropLongLine(stream: ByteStream): Promise<void> {
    let blank = true;
    let from = 0;
    let end = -1;
    for (;;) {
      end = this.buffer.subarray(0, this.length).indexOf(lineFeed, from);
      blank &&= isBlankLine(this.buffer, from, end < 0 ? this.length : end);
      if (end >= 0) break;
      // The first byte is reserved for the placeholder of the line.
      from = 1;
      const count = await stream.read(this.buffer.subarray(from));
      this.length = from + count;
      this.bytesRead += count;
      if (count === 0) break;
    }
    if (end >= 0) {
      this.buffer.copyWithin(1, end, this.length);
      this.length -= end - 1;
    }
    this.buffer[0] = blank ? 32 : 0;
  }

  private get room(): number {
    return this.buffer.length - this.length;
  }

  /** Drops an element that fills the whole buffer; its remainder counts as one malformed line. */
  private dropLongElement(): void {
    this.buffer[0] = 0;
    this.length = 1;
  }

  /** Reads a file that is one JSON array; text after the array is read as lines. */
  private async readArray(stream: ByteStream): Promise<void> {
    await this.begin("json-elements");
    const splitter = new JsonArraySplitter();
    const scratch = new Uint8Array(scratchBytes);
    let start = this.length;
    let [used, count] = [0, 0];
    try {
      while (!splitter.ended && (count = await stream.read(scratch)) > 0) {
        this.bytesRead += count;
        if (this.room < splitBytes) start = await this.makeRoom(start, stream);
        if (this.room < splitBytes) this.dropLongElement();
        const pushed = splitter.push(scratch, count, this.buffer.subarray(this.length));
        this.length += pushed.written;
        used = pushed.used;
      }
    } finally {
      this.length += splitter.finish(this.buffer.subarray(this.length));
      this.endPiece(start, this.length);
    }
    if (splitter.ended) await this.readRows(afterwards(scratch.subarray(used, count), stream), "json-lines");
  }
}

function endsRow(error: unknown): boolean {
  return error instanceof InputError && error.cause instanceof GzipFault && error.cause.endsRow;
}

/** A stream that first returns bytes that were read but not used. */
function afterwards(bytes: Uint8Array, stream: ByteStream): ByteStream {
  let rest = bytes;
  return {
    async read(target) {
      if (rest.length === 0) return stream.read(target);
      const count = Math.min(target.length, rest.length);
      target.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    close: () => stream.close(),
  };
}
