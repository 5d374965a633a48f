/** Rate of a growing count over the last seconds. */

export class RateMeter {
  private readonly samples: { ms: number; count: number }[] = [];

  /** @param spanMs time span over which the rate is averaged */
  constructor(
    private readonly spanMs = 5000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Adds the current count; returns the rate per second since the oldest sample of the span. */
  update(count: number): number {
    const ms = this.now();
    this.samples.push({ ms, count });
    while ((this.samples[1]?.ms ?? Infinity) <= ms - this.spanMs) this.samples.shift();
    const oldest = this.samples[0] as { ms: number; count: number };
    return ms > oldest.ms ? ((count - oldest.count) / (ms - oldest.ms)) * 1000 : 0;
  }
}
