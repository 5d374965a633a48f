/** Journal entry written before a batch is sent, so that a later run can resume after a crash. */
import type { SourcePosition } from "../source.js";

/** A batch as it can be made again: from its place in the source and the sizes of its packets. */
export interface BatchPlan {
  /** Where its first row is. */
  position: SourcePosition;
  /** Rows before it, those of earlier runs included. */
  rowsBefore: number;
  /** Partition whose turn it is, and the next sequence number of every partition. */
  turn: number;
  sequences: number[];
  /** Its packets in order, as runs: [rows, number of packets with that many rows]. */
  packets: [rows: number, count: number][];
}

export interface Journal {
  /** Called when all batches before this one are accepted, and before any of its records is sent. */
  before(plan: BatchPlan): void;
  /** Called when nothing is left to resume: the source has ended and everything is accepted. */
  end(): void;
}

/** Where an earlier run was cut off. */
export interface ResumePoint {
  plan: BatchPlan;
  /** The last sequence number that each partition holds, -1 for none: up to it all of the batch is accepted. */
  accepted: readonly number[];
}
