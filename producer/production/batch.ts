/** Records that are sent together, and their contents. */
import type { RawRecord } from "../../pipeline/model/index.js";
import type { BatchPlan } from "./journal.js";

export interface Batch {
  records: RawRecord[];
  /** How its messages are made again; null where the source cannot be read again. */
  plan: BatchPlan | null;
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

export function createBatch(plan: BatchPlan | null): Batch {
  return {
    records: [],
    plan,
    rows: 0,
    messages: 0,
    bytes: 0,
    heartbeats: 0,
    duplicateMessages: 0,
    duplicateRows: 0,
    lateMessages: 0,
  };
}
