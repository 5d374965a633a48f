/** Records that are sent together, and counts of their contents. */
import type { RawRecord } from "../../pipeline/model/index.js";
import type { BatchPlan } from "./journal.js";

export interface Batch {
  records: RawRecord[];
  /** Data to rebuild its messages; null if the source cannot be read again. */
  plan: BatchPlan | null;
  /** Rows without those of duplicates. */
  rows: number;
  /** Messages with rows, without duplicates. */
  messages: number;
  /** Bytes of the values of these messages. */
  bytes: number;
  heartbeats: number;
  /** Messages and rows that the fault `duplicates` sends a second time. */
  duplicateMessages: number;
  duplicateRows: number;
  /** Messages with a record time in the past because of the fault `late_data`. */
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
