/** Rate over the last seconds. */

/** Full seconds that are averaged. */
const seconds = 5;
const msPerSecond = 1000;

export class RateMeter {
  /** Counts of this second and the full ones before it, by second modulo their number. */
  private readonly counts = new Float64Array(seconds + 1);
  private newest: number;

  /** @param startMs now, on a clock that never steps */
  constructor(private readonly startMs: number) {
    this.newest = secondOf(startMs);
  }

  add(count: number, nowMs: number): void {
    this.turnTo(secondOf(nowMs));
    const place = this.newest % this.counts.length;
    this.counts[place] = (this.counts[place] as number) + count;
  }

  /** Counts per second over the last five full seconds and the present one. */
  rateHz(nowMs: number): number {
    this.turnTo(secondOf(nowMs));
    const sinceMs = Math.max(this.startMs, (this.newest - seconds) * msPerSecond);
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    return nowMs > sinceMs ? (total * msPerSecond) / (nowMs - sinceMs) : 0;
  }

  private turnTo(second: number): void {
    const first = Math.max(this.newest + 1, second - seconds);
    for (let passed = first; passed <= second; passed += 1) this.counts[passed % this.counts.length] = 0;
    this.newest = Math.max(this.newest, second);
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / msPerSecond);
}
