/** Collects blocks of rows until they fill a message. */
import type { RowBlock } from "../source.js";

/** A message of more bytes is full, however few rows it has; Kafka's default limit is 1 MiB. */
const longestMessageBytes = 512 * 1024;

/** The value of a message and how many rows are in it. */
export interface PackedRows {
  value: Uint8Array;
  rows: number;
}

export class Packer {
  private blocks: RowBlock[] = [];
  private bytes = 0;
  /** Rows that wait for their message. */
  rows = 0;
  /** When the oldest of them came. */
  sinceMs = 0;

  add(block: RowBlock, nowMs: number): void {
    if (block.rows === 0) return;
    if (this.rows === 0) this.sinceMs = nowMs;
    this.blocks.push(block);
    this.rows += block.rows;
    this.bytes += block.bytes.length;
  }

  isFull(rowsPerMessage: number): boolean {
    return this.rows >= rowsPerMessage || this.bytes >= longestMessageBytes;
  }

  /** All that waits, as one message. */
  take(): PackedRows {
    const packed = { value: this.join(), rows: this.rows };
    this.blocks = [];
    this.rows = 0;
    this.bytes = 0;
    return packed;
  }

  private join(): Uint8Array {
    if (this.blocks.length === 1) return (this.blocks[0] as RowBlock).bytes;
    const value = new Uint8Array(this.bytes);
    let at = 0;
    for (const { bytes } of this.blocks) {
      value.set(bytes, at);
      at += bytes.length;
    }
    return value;
  }
}
