/** Collects blocks of rows until they fill a message. */
import type { RowBlock, SourcePosition } from "../source.js";

/** Rows that are sent together, as one message or as the messages of all partitions. */
export interface PackedRows {
  value: Uint8Array;
  rows: number;
  /** Their run number; absent if unknown. */
  run?: number;
}

interface PendingRows {
  bytes: Uint8Array;
  /** Index where its first waiting row begins. */
  at: number;
  rows: number;
  sinceMs: number;
  run: number | undefined;
  start: SourcePosition | null;
}

const lineFeed = 10;
const [letterH, headerLength] = [72, 4];

export class Packer {
  private blocks: PendingRows[] = [];
  private bytes = 0;
  /** Rows waiting for their message. */
  rows = 0;
  /** Position of the source after everything read so far. */
  private end: SourcePosition | null = null;

  /** Arrival time of the oldest of these rows. */
  get sinceMs(): number {
    return this.blocks[0]?.sinceMs ?? 0;
  }

  /** Position in the source of the next row to be taken; null if unknown. */
  get position(): SourcePosition | null {
    return this.blocks[0]?.start ?? this.end;
  }

  /** Sets the start to a position within the source. */
  beginAt(position: SourcePosition): void {
    this.end = position;
  }

  add({ bytes, rows, run, start }: RowBlock, nowMs: number): void {
    if (rows === 0) return;
    this.blocks.push({ bytes, at: 0, rows, sinceMs: nowMs, run, start: start ?? null });
    this.end = start === undefined ? null : { input: start.input, row: start.row + rows };
    this.rows += rows;
    this.bytes += bytes.length;
  }

  isFull(rows: number, bytes: number): boolean {
    return this.rows >= rows || this.bytes >= bytes;
  }

  /** The oldest rows, all of one run: as many as fit in `maxRows` and `maxBytes`, but at least one. */
  take(maxRows: number, maxBytes: number): PackedRows {
    const parts: Uint8Array[] = [];
    let [rows, bytes] = [0, 0];
    const run = this.blocks[0]?.run;
    for (let block = this.blocks[0]; block?.run === run && rows < maxRows; block = this.blocks[0]) {
      if (block === undefined) break;
      const room = rows === 0 ? Math.max(1, maxBytes) : maxBytes - bytes;
      const cut = cutBlock(block, maxRows - rows, room, rows === 0);
      if (cut.rows === 0) break;
      parts.push(block.bytes.subarray(block.at, cut.end));
      rows += cut.rows;
      bytes += cut.end - block.at;
      this.drop(block, cut);
    }
    this.rows -= rows;
    this.bytes -= bytes;
    return { value: joined(parts, bytes), rows, ...(run === undefined ? {} : { run }) };
  }

  private drop(block: PendingRows, { rows, end }: Cut): void {
    if (rows === block.rows) {
      this.blocks.shift();
      return;
    }
    block.rows -= rows;
    block.at = end;
    if (block.start !== null) block.start = { input: block.start.input, row: block.start.row + rows };
  }
}

interface Cut {
  rows: number;
  /** Index in the block where they end. */
  end: number;
}

function cutBlock(block: PendingRows, maxRows: number, maxBytes: number, atLeastOne: boolean): Cut {
  const { bytes, at, rows } = block;
  if (rows <= maxRows && bytes.length - at <= maxBytes) return { rows, end: bytes.length };
  return cutRows(bytes, at, maxRows, maxBytes, atLeastOne);
}

/** The first rows of bytes[start..]; a header line is not a row and belongs to the row that follows. */
function cutRows(
  bytes: Uint8Array,
  start: number,
  maxRows: number,
  maxBytes: number,
  atLeastOne: boolean,
): Cut {
  let [at, rows, end] = [start, 0, start];
  while (rows < maxRows && at < bytes.length) {
    const lineEnd = bytes.indexOf(lineFeed, at);
    const isHeader = bytes[at] === letterH && lineEnd === at + headerLength;
    at = lineEnd + 1;
    if (isHeader) continue;
    if (at - start > maxBytes && !(atLeastOne && rows === 0)) break;
    rows += 1;
    end = at;
  }
  return { rows, end };
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const value = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    value.set(part, at);
    at += part.length;
  }
  return value;
}
