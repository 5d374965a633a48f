/** Records that are sent together, and what is in them. */
import type { RawRecord } from "../../pipeline/model/index.js";

export interface Batch {
  records: RawRecord[];
  /** Rows, those of duplicates not counted again. */
  rows: number;
  /** Messages with rows, duplicates not counted again. */
  messages: number;
  /** Bytes of their values. */
  bytes: number;
  heartbeats: number;
  /** Messages and rows that the fault `duplicates` sends a second time. */
  duplicateMessages: number;
  duplicateRows: number;
  /** Messages to which the fault `late_data` gives a record time in the past. */
  lateMessages: number;
}

export function createBatch(): Batch {
  return {
    records: [],
    rows: 0,
    messages: 0,
    bytes: 0,
    heartbeats: 0,
    duplicateMessages: 0,
    duplicateRows: 0,
    lateMessages: 0,
  };
}
