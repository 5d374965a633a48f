/** "Since start": the sum of all windows since the last reset, over restarts of the bridge. */
import type { WindowMessage, WindowSum } from "../../../pipeline/model/index.js";
import { addWindow, emptySum, fits } from "./sums.js";

/** As it is kept in the store. */
export interface SinceNote {
  since_ms: number;
  /** Null: everything that came counts. */
  reset_ms: number | null;
  sum: WindowSum | null;
}

export class Since {
  sum: WindowSum | null = null;
  private resetMs: number | null = null;

  constructor(public sinceMs: number) {}

  /** Takes up what was kept. */
  restore(note: SinceNote): void {
    this.sinceMs = note.since_ms;
    this.resetMs = note.reset_ms;
    this.sum = note.sum;
  }

  note(): SinceNote {
    return { since_ms: this.sinceMs, reset_ms: this.resetMs, sum: this.sum };
  }

  reset(nowMs: number): void {
    this.sinceMs = nowMs;
    this.resetMs = nowMs;
    this.sum = null;
  }

  /** Whether a window belongs to it: it ended after the reset. */
  holds(message: WindowMessage): boolean {
    return this.resetMs === null || message.window.end_ms > this.resetMs;
  }

  /** @param before the version that this one replaces; "unknown" when there was one that is gone */
  put(message: WindowMessage, before: WindowMessage | "unknown" | null): void {
    if (!this.holds(message) || before === "unknown") return;
    this.sum ??= emptySum(message);
    if (!fits(this.sum, message)) this.sum = emptySum(message);
    else if (before !== null && fits(this.sum, before)) addWindow(this.sum, before, -1);
    addWindow(this.sum, message);
  }
}
