/** Rows that came late in the last seconds: dropped (differences of a growing count), or taken as a correction. */
import type { LateDropped } from "../../../pipeline/model/index.js";

/** Maximum number of entries within the span; more need not be distinguished. */
const maxRemembered = 3600;

export class LateTracker {
  private newest: LateDropped | null = null;
  private readonly drops: (LateDropped & { ms: number })[] = [];
  private readonly corrections: { ms: number; rows: number }[] = [];

  /** Takes the count of the whole system since its start; null if it is not counted. */
  update(late: LateDropped | null, nowMs: number): void {
    const { newest } = this;
    this.newest = late;
    if (late === null || newest === null || late.messages <= newest.messages) return;
    this.drops.push({ ms: nowMs, messages: late.messages - newest.messages, rows: late.rows - newest.rows });
    if (this.drops.length > maxRemembered) this.drops.shift();
  }

  /** Takes the number of rows that a new version of a window adds. */
  correct(rows: number, nowMs: number): void {
    if (rows <= 0) return;
    this.corrections.push({ ms: nowMs, rows });
    if (this.corrections.length > maxRemembered) this.corrections.shift();
  }

  /** Rows that came after the end of their window and corrected it. */
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
