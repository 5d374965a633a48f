/**
 * "Since start": the totals of all windows since the last reset, across restarts of the bridge. A corrected window
 * replaces the earlier version.
 */
import { createLedger, trendPointOf } from "../../../pipeline/model/index.js";
import type { Totals, TrendPoint, WindowMessage, WindowSum } from "../../../pipeline/model/index.js";
import { add, addKnown, addLedger, addWindow, emptySum, fits } from "./sums.js";

/** The stored form. */
export interface SinceNote {
  since_ms: number;
  /** Null if never reset: then all windows count. */
  reset_ms: number | null;
  sum: WindowSum | null;
  /** Absent in notes of older versions, which kept totals only in the sum. */
  totals?: Totals;
}

/** The version of a window that a newer one replaces. */
export interface OldVersion {
  point: TrendPoint;
  /** Null when only its counts are known. */
  message: WindowMessage | null;
}

export class TotalsSinceStart {
  /** Totals of all windows; each change makes a new object. */
  totals: Totals;
  /** Histograms of the windows with the same bins as the newest; null before the first. */
  sum: WindowSum | null = null;
  private resetMs: number | null = null;

  constructor(sinceMs: number) {
    this.totals = createTotals(sinceMs);
  }

  get sinceMs(): number {
    return this.totals.since_ms;
  }

  /** Restores the stored totals. */
  restore({ since_ms, reset_ms, sum, totals }: SinceNote): void {
    this.resetMs = reset_ms;
    this.sum = sum;
    this.totals = totals ?? { ...createTotals(since_ms), ...(sum === null ? {} : numbersOf(sum)) };
  }

  note(): SinceNote {
    return { since_ms: this.sinceMs, reset_ms: this.resetMs, sum: this.sum, totals: this.totals };
  }

  reset(nowMs: number): void {
    this.resetMs = nowMs;
    this.sum = null;
    this.totals = createTotals(nowMs);
  }

  /** @param before the version that this one replaces; null for a new window */
  put(message: WindowMessage, before: OldVersion | null): void {
    if (this.resetMs !== null && message.window.end_ms <= this.resetMs) return;
    this.totals = replaced(this.totals, before?.point ?? null, trendPointOf(message));
    // Without its message, the histograms of the previous version cannot be subtracted.
    if (before?.message !== null) this.addToSum(message, before?.message ?? null);
  }

  private addToSum(message: WindowMessage, before: WindowMessage | null): void {
    this.sum ??= emptySum(message);
    if (!fits(this.sum, message)) this.sum = emptySum(message);
    else if (before !== null && fits(this.sum, before)) addWindow(this.sum, before, -1);
    addWindow(this.sum, message);
  }
}

function createTotals(sinceMs: number): Totals {
  return {
    since_ms: sinceMs,
    windows: 0,
    hit_count: 0,
    hit_count_chamber: [],
    ledger: createLedger(),
  };
}

function numbersOf({ windows, hit_count, hit_count_chamber, ledger }: WindowSum): Omit<Totals, "since_ms"> {
  return { windows, hit_count, hit_count_chamber: [...hit_count_chamber], ledger: structuredClone(ledger) };
}

function replaced(totals: Totals, before: TrendPoint | null, now: TrendPoint): Totals {
  const next = structuredClone(totals);
  next.windows += before === null ? 1 : 0;
  if (before !== null) addNumbers(next, before, -1);
  addNumbers(next, now, 1);
  return next;
}

function addNumbers(totals: Totals, point: TrendPoint, sign: 1 | -1): void {
  totals.hit_count += sign * point.hit_count;
  add(totals.hit_count_chamber, point.hit_count_chamber, sign);
  addLedger(totals.ledger, point.ledger, sign);
  addKnown(totals, sign * (point.known_unmapped ?? 0));
}
