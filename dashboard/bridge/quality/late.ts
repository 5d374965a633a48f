/**
 * Counts the late rows of the last seconds: dropped rows (increments of a running total), and rows of corrections.
 */
import type { LateDropped } from "../../../pipeline/model/index.js";

/** Maximum number of entries kept; the oldest are dropped. */
const maxRemembered = 3600;

export class LateTracker {
  private newest: LateDropped | null = null;
  private readonly drops: (LateDropped & { ms: number })[] = [];
  private readonly corrections: { ms: number; rows: number }[] = [];

  /** Takes the system's total since its start; null if it is not counted. */
  update(late: LateDropped | null, nowMs: number): void {
    const { newest } = this;
    this.newest = late;
    if (late === null || newest === null || late.messages <= newest.messages) return;
    this.drops.push({ ms: nowMs, messages: late.messages - newest.messages, rows: late.rows - newest.rows });
    if (this.drops.length > maxRemembered) this.drops.shift();
  }

  /** Takes the number of rows added by a new version of a window. */
  correct(rows: number, nowMs: number): void {
    if (rows <= 0) return;
    this.corrections.push({ ms: nowMs, rows });
    if (this.corrections.length > maxRemembered) this.corrections.shift();
  }

  /** Rows that arrived after the end of their window and corrected it. */
  correctedSince(fromMs: number): number {
    return this.corrections.filter(({ ms }) => ms >= fromMs).reduce((sum, { rows }) => sum + rows, 0);
  }

  since(fromMs: number): LateDropped {
    const recent = this.drops.filter(({ ms }) => ms >= fromMs);
    return {
      messages: recent.reduce((sum, { messages }) => sum + messages, 0),
      rows: recent.reduce((sum, { rows }) => sum + rows, 0),
    };
  }
}
