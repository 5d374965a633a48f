/** Gives up what does not get on, and says why: a run on a cluster never hangs. */

export class Watchdog {
  private mark: string | number | null = null;
  private sinceMs: number;

  /**
   * @param patienceMs so long may pass without progress
   * @param nowMs a clock that never goes back
   */
  constructor(
    private readonly patienceMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.sinceMs = nowMs();
  }

  /** Tells of the state of the work: anything that differs from the last time is progress. */
  see(mark: string | number): void {
    if (mark === this.mark) return;
    this.mark = mark;
    this.sinceMs = this.nowMs();
  }

  /** Whether nothing has moved for too long. */
  get isOver(): boolean {
    return this.nowMs() - this.sinceMs >= this.patienceMs;
  }

  /** Seconds without progress. */
  get silentSeconds(): number {
    return Math.floor((this.nowMs() - this.sinceMs) / 1000);
  }
}
