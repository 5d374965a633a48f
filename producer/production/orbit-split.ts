/** Splits rows by orbit: all rows of an orbit go to the same partition. */
import { maxOrbit } from "../../pipeline/model/index.js";
import { decodeNumber } from "../../pipeline/steps/index.js";
import type { PackedRows } from "./packer.js";

interface PartitionRows extends PackedRows {
  partition: number;
}

const [lineFeed, comma, letterH, headerLength] = [10, 44, 72, 4];
/** Index of ORBIT_CNT in a row. */
const orbitField = 3;

/**
 * Messages for the partitions, in ascending order. A row goes to partition ORBIT_CNT modulo the number of partitions; a row
 * without a valid ORBIT_CNT goes to partition 0. The rows of a partition stay in order.
 * @param value CSV, every row ends with LF
 */
export function splitByOrbit(
  value: Uint8Array,
  partitions: number,
  maxRows: number,
  maxBytes: number,
): PartitionRows[] {
  const parts = Array.from({ length: partitions }, () => new Share(maxRows, maxBytes));
  for (let start = 0; start < value.length;) {
    let end = value.indexOf(lineFeed, start) + 1;
    const rowStart = isHeader(value, start, end) ? end : start;
    if (rowStart === end) end = value.indexOf(lineFeed, rowStart) + 1;
    const orbit = orbitOf(value, rowStart, end - 1);
    parts[orbit % partitions]?.add(value, start, end);
    start = end;
  }
  return parts.flatMap((part, partition) => part.finish().map((packed) => ({ ...packed, partition })));
}

/** Whether there is a header line; it belongs to the row that follows. */
function isHeader(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === letterH && end - 1 === start + headerLength;
}

/** 0 for a row without a valid ORBIT_CNT. */
function orbitOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let field = 0; field < orbitField; field += 1) {
    const next = bytes.indexOf(comma, at);
    if (next < 0 || next >= end) return 0;
    at = next + 1;
  }
  const next = bytes.indexOf(comma, at);
  const orbit = decodeNumber(bytes, at, next < 0 || next > end ? end : next);
  return Number.isInteger(orbit) && orbit >= 0 && orbit <= maxOrbit ? orbit : 0;
}

/** The messages of one partition. */
class Share {
  private readonly messages: PackedRows[] = [];
  private pieces: Uint8Array[] = [];
  private rows = 0;
  private bytes = 0;

  constructor(
    private readonly maxRows: number,
    private readonly maxBytes: number,
  ) {}

  add(value: Uint8Array, start: number, end: number): void {
    if (this.rows >= this.maxRows || (this.rows > 0 && this.bytes + end - start > this.maxBytes))
      this.close();
    this.pieces.push(value.subarray(start, end));
    this.rows += 1;
    this.bytes += end - start;
  }

  finish(): PackedRows[] {
    if (this.rows > 0) this.close();
    return this.messages;
  }

  private close(): void {
    const value = new Uint8Array(this.bytes);
    let at = 0;
    for (const piece of this.pieces) {
      value.set(piece, at);
      at += piece.length;
    }
    this.messages.push({ value, rows: this.rows });
    this.pieces = [];
    this.rows = 0;
    this.bytes = 0;
  }
}
