/** Content of one gzip member, up to its end or its first fault. */
import { crc32 } from "node:zlib";
import { GzipFault } from "./fault.js";
import { Inflater, type Inflated } from "./inflater.js";
import { fixedBytes, memberIn, type GzipSource } from "./source.js";

/** Opens the bytes of a file at an offset. */
export type OpenBytes = (from: number) => AsyncIterable<Uint8Array>;

/**
 * Pieces are aligned to the start of a member's data, independent of the chunks: an error loses the output of its
 * piece. Large pieces are faster, but lost data of a pipe cannot be read again.
 */
const pieceBytes = 1 << 18;
const pipePieceBytes = 1 << 16;
/** A piece with an error is read again in steps of this size, then the faulty step byte by byte. */
const stepBytes = 1 << 12;
const trailerBytes = 8;
/** Inflating a truncated member continues into the next one and fails within this many bytes. */
const suspicionBytes = 2 * pieceBytes;

interface Piece extends Inflated {
  start: number;
  bytes: Uint8Array;
}

export class GzipMember {
  private readonly inflater = new Inflater();
  private readonly dataStart: number;
  private readonly pieceBytes: number;
  private sum = 0;
  private size = 0;
  /** Offset within the data where another member seems to start, and the content since then, possibly none. */
  private suspect: { offset: number; chunks: Uint8Array[] } | null = null;

  /** @param start of the header, which has been consumed from the source */
  constructor(
    private readonly source: GzipSource,
    private readonly start: number,
    private readonly open: OpenBytes | null,
  ) {
    this.dataStart = source.offset;
    this.pieceBytes = open === null ? pipePieceBytes : pieceBytes;
  }

  /** Afterwards the source is positioned after the member, or where the next one seems to start. */
  async *content(): AsyncGenerator<Uint8Array | GzipFault> {
    const { source } = this;
    try {
      for (let next = this.inflateNext(); ;) {
        const piece = await next;
        const { start, bytes, chunks, used, state } = piece;
        yield* this.trusted(start);
        this.watch(piece);
        const isCut = bytes.length === 0 && (state !== "ended" || used > 0);
        if (state === "corrupt" || isCut) {
          yield* this.rest(piece, isCut);
          return;
        }
        if (state === "ended") {
          source.offset = start + used;
          yield* this.end(piece);
          return;
        }
        // Inflates the next piece while the content of this one is consumed.
        next = this.inflateNext();
        if (this.suspect !== null) this.suspect.chunks.push(...chunks);
        else for (const chunk of chunks) yield this.counted(chunk);
      }
    } finally {
      this.inflater.close();
    }
  }

  private inflateNext(): Promise<Piece> {
    const inflated = this.inflatePiece();
    // Only a reader that continues gets this error.
    inflated.catch(() => undefined);
    return inflated;
  }

  /** A piece ends where a member seems to start. */
  private async inflatePiece(): Promise<Piece> {
    const { source } = this;
    const start = source.offset;
    source.keptFrom = this.suspect?.offset ?? start;
    const block = await source.take(this.pieceBytes + fixedBytes);
    const found = memberIn(block, 1);
    const end = Math.min(this.pieceBytes, found < 0 ? block.length : found);
    const bytes = block.subarray(0, end);
    source.giveBack(block.length - bytes.length);
    // At the end of the file, one more byte shows whether the data is complete.
    return { start, bytes, ...(await this.inflater.push(end === 0 ? Uint8Array.of(0) : bytes)) };
  }

  /** Releases held-back content once it has continued long enough to be genuine. */
  private *trusted(at: number): Generator<Uint8Array> {
    if (this.suspect === null || at < this.suspect.offset + suspicionBytes) return;
    for (const chunk of this.suspect.chunks) yield this.counted(chunk);
    this.suspect = null;
  }

  private watch({ start, bytes }: Piece): void {
    if (this.suspect === null && memberIn(bytes.subarray(0, fixedBytes)) === 0)
      this.suspect = { offset: start, chunks: [] };
  }

  private counted(chunk: Uint8Array): Uint8Array {
    this.sum = crc32(chunk, this.sum);
    this.size += chunk.length;
    return chunk;
  }

  /** End of the data: reads the trailer and verifies it. */
  private async *end(piece: Piece): AsyncGenerator<Uint8Array | GzipFault> {
    const { source, start, sum, size, suspect } = this;
    const chunks = [...(suspect?.chunks ?? []), ...piece.chunks].map((chunk) => this.counted(chunk));
    const trailer = Buffer.from(await this.takeTrailer());
    const isWhole = trailer.length === trailerBytes;
    const isRight =
      isWhole && trailer.readUInt32LE(0) === this.sum && trailer.readUInt32LE(4) === this.size % 2 ** 32;
    if (suspect !== null && !isRight) {
      [this.sum, this.size] = [sum, size];
      yield* this.rest(piece, true);
      return;
    }
    yield* chunks;
    if (!isWhole) yield GzipFault.cutOff(start, source.offset, true);
    else if (!isRight) yield new GzipFault(`the gzip member at byte ${start} has a wrong checksum`, true);
  }

  /** Checksum and length; shorter where the file ends or another member seems to start. */
  private async takeTrailer(): Promise<Uint8Array> {
    const block = await this.source.take(trailerBytes + fixedBytes);
    const found = memberIn(block);
    const trailer = block.subarray(0, found < 0 ? trailerBytes : Math.min(found, trailerBytes));
    this.source.giveBack(block.length - trailer.length);
    return trailer;
  }

  /** The data cannot be inflated any further: yields the content before that point. */
  private async *rest(piece: Piece, isCut: boolean): AsyncGenerator<Uint8Array | GzipFault> {
    const { source, start, suspect, open } = this;
    if (suspect !== null || isCut) {
      source.offset = suspect?.offset ?? source.offset;
      yield GzipFault.cutOff(start, source.offset, false);
      return;
    }
    let corruptAt = "";
    if (open !== null) {
      const from = piece.start - this.dataStart;
      const good = yield* this.again(open, from, from + piece.bytes.length, stepBytes);
      const length = yield* this.again(open, good, good + stepBytes, 1);
      corruptAt = ` at byte ${this.dataStart + length}`;
    }
    source.offset = piece.start;
    await source.skipToMember();
    yield new GzipFault(`the gzip member at byte ${start} is corrupt${corruptAt}`, false);
  }

  /**
   * Yields the remaining content of the first `end` bytes of data, which have an error after `from`. From there on
   * the data is inflated in steps.
   * @returns number of bytes before the step with the error
   */
  private async *again(
    open: OpenBytes,
    from: number,
    end: number,
    step: number,
  ): AsyncGenerator<Uint8Array, number> {
    const bytes = open(this.dataStart)[Symbol.asyncIterator]();
    const inflater = new Inflater();
    let at = 0;
    let skip = this.size;
    try {
      for (let rest: Uint8Array = new Uint8Array(0); at < end;) {
        if (rest.length === 0) {
          const next = await bytes.next();
          if (next.done === true) break;
          rest = next.value;
        }
        const piece = rest.subarray(0, at < from ? from - at : Math.min(step, end - at));
        rest = rest.subarray(piece.length);
        const { chunks, state } = await inflater.push(piece);
        if (state !== "more") break;
        at += piece.length;
        for (const chunk of chunks) {
          if (chunk.length > skip) yield this.counted(chunk.subarray(skip));
          skip = Math.max(0, skip - chunk.length);
        }
      }
    } finally {
      inflater.close();
      await bytes.return?.();
    }
    return at;
  }
}
