/** What an audit finds. */
import type { NumberRange } from "./range-set.js";

/** What became of the messages of one source, epoch and partition. */
export interface SourceAudit {
  id: string;
  epoch: number;
  partition: number;
  /** Messages on `data_raw`, repeated ones too. */
  messages: number;
  /** Messages whose number was there already. */
  duplicates: number;
  /** Numbers that are in no window, but should be. */
  missing: NumberRange[];
  /** Numbers that are in no window because they came after the allowed lateness: as the job's tally says, else by their times. */
  late: NumberRange[];
  /** How many of these the tally alone calls late: their partition was idle for long, or the job has lost them. */
  late_by_tally: number;
  /** Numbers that are in no window that is left, but so old that theirs may have left `data_clean`. */
  unknown: NumberRange[];
  /** Numbers that are in no window and so young that theirs may be open. */
  open: number;
  /** Numbers that the producer left out between its first and its last. */
  never_sent: NumberRange[];
  /** Messages in windows above those on `data_raw`; 0 when the topic no longer holds them all. */
  doubled: number;
  /** Windows that list the first 64 ranges only, so that `missing` may hold what is there. */
  truncated_windows: number;
}

export interface WrongTimes {
  kind: "missing" | "seconds" | "microseconds";
  messages: number;
  /** Where the first of them is. */
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
  /** Messages without a key of ours: nothing can be said about them. */
  foreign_messages: number;
  /** Of these, those whose window is not on `data_clean`, though it must have closed. */
  foreign_in_no_window: number;
  /** Messages with rows that are in no window because their time stamp is no time in ms. */
  wrong_times: WrongTimes[];
  /** Messages of any producer that no job has read, as its tally says; null without a tally. */
  unread_messages: number | null;
  /** Windows whose ledger does not add up. */
  wrong_ledgers: number;
}
