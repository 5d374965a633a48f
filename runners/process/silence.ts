/** How long something has been silent, by the time in which this process was able to hear it. */

/** While this process is frozen or has no processor, nothing can be heard: a tick counts at most twice its length. */
const tickMs = 500;

export class Silence {
  /** Wall clock of the last sign of life, ms. */
  sinceMs = Date.now();
  /** Time since then in which this process ran, up to the last tick, ms. */
  private countedMs = 0;
  private tickedMs = performance.now();
  private readonly ticks = setInterval(() => this.tick(), tickMs).unref();

  /** Duration without pauses of this process, ms. */
  get ms(): number {
    return this.countedMs + Math.min(performance.now() - this.tickedMs, 2 * tickMs);
  }

  private tick(): void {
    this.countedMs = this.ms;
    this.tickedMs = performance.now();
  }

  /** Notes a sign of life. */
  end(): void {
    this.sinceMs = Date.now();
    this.countedMs = 0;
    this.tickedMs = performance.now();
  }

  close(): void {
    clearInterval(this.ticks);
  }
}
