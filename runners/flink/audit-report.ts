/** Results of an audit. */
import type { NumberRange } from "./range-set.js";

/** Fate of the messages of one source, epoch and partition. */
export interface SourceAudit {
  id: string;
  epoch: number;
  partition: number;
  /** Messages on `data_raw`, including repeated ones. */
  messages: number;
  /** Messages whose number had occurred before. */
  duplicates: number;
  /** Numbers missing from the windows although they should be there. */
  missing: NumberRange[];
  /**
   * Numbers in no window because they arrived after the allowed lateness, according to the job's tally or, without
   * a tally, to their timestamps.
   */
  late: NumberRange[];
  /**
   * Number of these that only the tally counts as late: their partition was idle for long, or the job has lost them.
   */
  late_by_tally: number;
  /** Numbers in no remaining window, but so old that their window may have left `data_clean`. */
  unknown: NumberRange[];
  /** Numbers in no window, but so recent that their window may still be open. */
  open: number;
  /** Numbers that the producer skipped between the first and the last number. */
  never_sent: NumberRange[];
  /** Messages counted in windows in excess of those on `data_raw`; 0 when the topic no longer holds all of them. */
  doubled: number;
  /** Windows that list only the first 64 ranges, so that `missing` may contain messages of these windows. */
  truncated_windows: number;
}

export interface WrongTimes {
  kind: "missing" | "seconds" | "microseconds";
  messages: number;
  /** Position of the first such message. */
  partition: number;
  offset: number | null;
}

export interface AuditReport {
  complete: boolean;
  sources: SourceAudit[];
  windows: number;
  partial_windows: number;
  rows: number;
  heartbeats: number;
  /** Messages without a key of Muonitor's producers, which the audit cannot trace. */
  foreign_messages: number;
  /** Of these, messages whose window is not on `data_clean` although it must have closed. */
  foreign_in_no_window: number;
  /** Messages with rows that are in no window because their timestamp is not a time in ms. */
  wrong_times: WrongTimes[];
  /** Messages of any producer that no job has read, according to its tally; null without a tally. */
  unread_messages: number | null;
  /** Windows whose ledger is inconsistent. */
  wrong_ledgers: number;
}
