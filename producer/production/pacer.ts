/** Number of rows due at a set rate: smooth, with carried fractions, and without a burst after a long pause. */

/** Rows that are overdue by more than this are skipped, s. */
const longestDebtSeconds = 1;
const msPerSecond = 1000;

export class Pacer {
  /** Rows that were due at the set rate but were not read in time. */
  skippedRows = 0;
  /** Rows that are due, with a fraction. */
  dueRows = 0;

  /**
   * @param rateHz rows/s; 0 = unlimited
   * @param lastMs current time of a monotonic clock
   */
  constructor(
    private rateHz: number,
    private lastMs: number,
  ) {}

  setRate(rateHz: number): void {
    this.rateHz = rateHz;
    this.dueRows = 0;
  }

  /** Number of whole rows that are due. */
  get budget(): number {
    return this.rateHz === 0 ? Infinity : Math.floor(this.dueRows);
  }

  /** Duration of this number of rows at the set rate, ms; 0 without a rate. */
  durationMs(rows: number): number {
    return this.rateHz === 0 ? 0 : (rows / this.rateHz) * msPerSecond;
  }

  spend(rows: number): void {
    if (this.rateHz > 0) this.dueRows -= rows;
  }

  /**
   * Advances the time to `nowMs`.
   * @param waiting whether the source had no rows in this time; lost time then does not count as skipped rows
   * @returns lost time, ms
   */
  advance(nowMs: number, waiting: boolean): number {
    this.dueRows += (this.rateHz * this.forget(nowMs)) / msPerSecond;
    const excessRows = this.dueRows - Math.max(1, this.rateHz * longestDebtSeconds);
    if (this.rateHz === 0 || excessRows <= 0) return 0;
    this.dueRows -= excessRows;
    if (!waiting) this.skippedRows += excessRows;
    return (excessRows / this.rateHz) * msPerSecond;
  }

  /** Advances the time without rows becoming due. @returns ms */
  forget(nowMs: number): number {
    const elapsedMs = nowMs - this.lastMs;
    this.lastMs = nowMs;
    return elapsedMs;
  }

  /** Advances the time by a suspension of the program; its rows are skipped. @returns ms */
  skip(nowMs: number): number {
    const elapsedMs = this.forget(nowMs);
    this.skippedRows += (this.rateHz * elapsedMs) / msPerSecond;
    return elapsedMs;
  }
}
