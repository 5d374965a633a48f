/** Journal entry written before a batch is sent, so that a later run can resume after a crash. */
import type { SourcePosition } from "../source.js";

/** Data to rebuild a batch: its place in the source and the sizes of its packets. */
export interface BatchPlan {
  /** Position of its first row in the source. */
  position: SourcePosition;
  /** Number of rows before it, including earlier runs. */
  rowsBefore: number;
  /** Next partition in turn, and the next sequence number of every partition. */
  turn: number;
  sequences: number[];
  /** Its packets in order, run-length encoded: [rows per packet, number of packets]. */
  packets: [rows: number, count: number][];
}

export interface Journal {
  /** Called after all previous batches are accepted and before any record of this batch is sent. */
  before(plan: BatchPlan): void;
  /** Called when nothing remains to be resumed: the source has ended and everything is accepted. */
  end(): void;
}

/** State of an interrupted run. */
export interface ResumePoint {
  plan: BatchPlan;
  /** Last accepted sequence number of each partition, -1 for none; all lower numbers are accepted too. */
  accepted: readonly number[];
}
