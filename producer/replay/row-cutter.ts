/** Cuts a stream of bytes into rows at LF. Keeps at most one chunk and an unfinished line in memory. */
import { runOfMarker } from "../../pipeline/model/index.js";
import type { RowBlock } from "../source.js";
import { isBlankLine, isHeader } from "../../pipeline/steps/index.js";

/** A longer line is one malformed row and is replaced by {@link tooLong}. */
const longestLineBytes = 256 * 1024;

const text = new TextEncoder();
const tooLong = text.encode(`row longer than ${longestLineBytes} bytes\n`);
const lineFeed = 10;
const byteOrderMark = [0xef, 0xbb, 0xbf];
/**
 * Put before a row that begins like JSON, because a message that begins with such a row would be read as JSON. A header
 * line is never data.
 */
const header = text.encode("HEAD\n");
const nothing = new Uint8Array(0);

export class RowCutter {
  private bytes: Uint8Array = nothing;
  private at = 0;
  private atFileStart = true;
  /** Run of the rows that follow, from markers; null without a marker. */
  private run: number | null = null;
  /** Whether the rest of a line that is too long is being dropped. */
  private dropping = false;

  /** Adds a chunk; all rows of the previous one must have been taken. */
  push(chunk: Uint8Array): void {
    if (this.atFileStart && chunk.length > 0) this.run = null;
    this.bytes = concat([this.bytes.subarray(this.at), chunk]);
    this.at = 0;
    if (this.dropping) this.dropLine();
    else if (this.bytes.length - this.at > longestLineBytes && this.lineEnd() < 0) this.beginToDrop();
  }

  /** Ends a file: its last line may lack the LF, and the next file may begin with a byte-order mark. */
  finish(): void {
    this.push(nothing);
    this.skipByteOrderMark();
    if (this.at < this.bytes.length) this.push(Uint8Array.of(lineFeed));
    this.atFileStart = true;
    this.dropping = false;
  }

  /** Ends a file within a row and drops this row, because a part of a row can look like a valid row. */
  abandon(): void {
    this.bytes = nothing;
    this.at = 0;
    this.atFileStart = true;
    this.dropping = false;
  }

  /** At most `maxRows` complete rows; null if there are none. */
  take(maxRows: number): RowBlock | null {
    const parts: Uint8Array[] = [];
    let rows = 0;
    let end = this.lineEnd();
    if (end >= 0) this.skipByteOrderMark();
    let kept = this.at;
    for (; end >= 0 && rows < maxRows; end = this.lineEnd()) {
      const kind = lineKind(this.bytes, this.at, end);
      const isRow = kind === "row" || kind === "json-like row";
      if (kind === "run") {
        // A block belongs to one run; the next block begins with the marker.
        if (rows > 0) break;
        this.run = runOfMarker(this.bytes, this.at, end);
      }
      if (isRow) rows += 1;
      if (kind !== "row") {
        parts.push(this.bytes.subarray(kept, this.at));
        if (kind === "json-like row") parts.push(header);
        kept = isRow ? this.at : end + 1;
      }
      this.at = end + 1;
    }
    parts.push(this.bytes.subarray(kept, this.at));
    const run = this.run === null ? {} : { run: this.run };
    return rows === 0 ? null : { bytes: concat(parts), rows, spent: rows, ...run };
  }

  /** Position of the LF that ends the next line; -1 if it has not arrived yet. */
  private lineEnd(): number {
    return this.bytes.indexOf(lineFeed, this.at);
  }

  private skipByteOrderMark(): void {
    if (!this.atFileStart) return;
    if (byteOrderMark.every((byte, i) => this.bytes[this.at + i] === byte)) this.at += byteOrderMark.length;
    this.atFileStart = false;
  }

  private beginToDrop(): void {
    this.bytes = tooLong;
    this.at = 0;
    this.dropping = true;
  }

  /** Drops the rest of a line that is too long. */
  private dropLine(): void {
    const end = this.lineEnd();
    this.at = end < 0 ? this.bytes.length : end + 1;
    this.dropping = end < 0;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const filled = parts.filter(({ length }) => length > 0);
  if (filled.length === 1) return filled[0] as Uint8Array;
  const bytes = new Uint8Array(filled.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of filled) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

type LineKind =
  /** A row, well-formed or malformed. */
  | "row"
  /** A malformed row that would be read as JSON at the start of a message. */
  | "json-like row"
  /** A header or a blank line: no data. */
  | "none"
  /** A header with the run of the rows after it. */
  | "run";

const [space, tab, carriageReturn] = [32, 9, 13];
const [zero, nine] = [48, 57];
const [bracket, brace] = [91, 123];

/** The kind of the line bytes[start..end), LF not included. */
function lineKind(bytes: Uint8Array, start: number, end: number): LineKind {
  const byte = bytes[start] as number;
  if (byte >= zero && byte <= nine) return "row";
  if (isBlankLine(bytes, start, end)) return "none";
  if (isHeader(bytes, start, withoutReturn(bytes, start, end)))
    return runOfMarker(bytes, start, end) === null ? "none" : "run";
  let first = start;
  while (isBlank(bytes[first]) || bytes[first] === carriageReturn) first += 1;
  return bytes[first] === brace || bytes[first] === bracket ? "json-like row" : "row";
}

function withoutReturn(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
