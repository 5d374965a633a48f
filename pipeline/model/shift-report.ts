/** The report of a shift: lights, alarms, runs and remarks of a span of time. */
import type { Ledger } from "./ledger.js";
import type { LightHistory } from "./lights.js";
import type { Alarm, QualityState, RulesVersion } from "./quality.js";
import type { QuantityExtremes, QuantityPoint } from "./quantities.js";
import type { Remark } from "./remark.js";
import type { Run } from "./run.js";

export const shiftReportSchema = 1;

/** Maximum span of a report, ms: a week. */
export const maxReportMs = 7 * 86_400_000;

/** A span of time [from, to), server clock, ms. */
export interface TimeSpan {
  from_ms: number;
  to_ms: number;
}

/** The parts of spans within another span. */
export function within(spans: readonly TimeSpan[], { from_ms, to_ms }: TimeSpan): TimeSpan[] {
  return spans
    .map((one) => ({ from_ms: Math.max(from_ms, one.from_ms), to_ms: Math.min(to_ms, one.to_ms) }))
    .filter((one) => one.to_ms > one.from_ms);
}

/** Disjoint spans by ascending time. */
export function merged(spans: readonly TimeSpan[]): TimeSpan[] {
  const all: TimeSpan[] = [];
  for (const { from_ms, to_ms } of spans.toSorted((a, b) => a.from_ms - b.from_ms)) {
    const last = all.at(-1);
    if (last !== undefined && from_ms <= last.to_ms) last.to_ms = Math.max(last.to_ms, to_ms);
    else all.push({ from_ms, to_ms });
  }
  return all;
}

/** Total length of disjoint spans, ms. */
export function lengthOf(spans: readonly TimeSpan[]): number {
  return spans.reduce((sum, { from_ms, to_ms }) => sum + to_ms - from_ms, 0);
}

/** A time in which alarms would have been missed. */
export interface UnjudgedSpan extends TimeSpan {
  reason: string;
}

/** A light over the shift. */
export interface ReportedLight extends LightHistory {
  /** Fraction of the shift's time in each state; the sum is below 1 if the state was unknown for some time. */
  time: Partial<Record<QualityState, number>>;
}

/** An extreme value of a quantity, and its time. */
export interface Peak {
  name: string;
  value: number;
  unit: string;
  /** Start of the minute or window, ms. */
  at_ms: number;
}

/** A part of a run with one state; for bad data the reason is the problem. */
export interface RunFlag {
  from_ms: number;
  to_ms: number;
  state: QualityState;
  reason: string;
}

export interface ReportedRun {
  run: Run;
  /** Judges only the part of the run within the shift; never good if a part of it was not recorded or not judged. */
  verdict: "good" | "good_except" | "bad" | "no_data";
  text: string;
  flags: RunFlag[];
}

export interface ShiftReport {
  schema: typeof shiftReportSchema;
  made_ms: number;
  from_ms: number;
  to_ms: number;
  stream: string;
  source: string;
  demo: boolean;
  version: string;
  rules: RulesVersion | null;
  /** The comparison in use when the report was made. */
  compared_with: string | null;
  /**
   * Times up to now without any stored window, by ascending time: to the minute where single windows are no longer
   * kept.
   */
  not_recorded: TimeSpan[];
  /** Times up to now in which nothing was judged, by ascending time. */
  not_judged: UnjudgedSpan[];
  /**
   * Times in which everything was judged as good, without those from the probable begin of a fault to the end of its
   * alarm, by ascending time; absent from an older bridge.
   */
  good_times?: TimeSpan[];
  lights: ReportedLight[];
  /** Alarms that were active during the shift, oldest first. */
  alarms: Alarm[];
  /** Oldest first, including withdrawn ones. */
  remarks: Remark[];
  /** Oldest first. */
  runs: ReportedRun[];
  /** Partial windows make no peaks. */
  peaks: Peak[];
  /** Number of windows, and the ledger of all their rows. */
  windows: number;
  ledger: Ledger;
  /** Unmapped rows of the ledger that are the read-out's own; null if not known, absent from an older bridge. */
  known_unmapped?: number | null;
  quantities: QuantityPoint[];
  /** Of minutes where these have enough counts, else of five minutes; `quantities` can be means of longer spans. */
  quantity_extremes: QuantityExtremes[];
  /** Truncated parts, in words; empty if complete. */
  left_out: string[];
}
