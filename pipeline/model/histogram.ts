/**
 * One-dimensional histograms of equal bins. Words as in boost-histogram and UHI: axis, edges, counts, underflow,
 * overflow. A bin is [lower edge, upper edge).
 */
import type { AxisConfig } from "./detector.js";

export interface Histogram {
  axis: AxisConfig;
  /** Shape (axis.bins). */
  counts: Float64Array;
  underflow: number;
  overflow: number;
}

export function createHistogram(axis: AxisConfig): Histogram {
  return { axis, counts: new Float64Array(axis.bins), underflow: 0, overflow: 0 };
}

/** Adds the entries of `from` to `into`; both have the same axis. */
export function mergeHistogram(into: Histogram, from: Histogram): void {
  from.counts.forEach((count, bin) => (into.counts[bin] = (into.counts[bin] as number) + count));
  into.underflow += from.underflow;
  into.overflow += from.overflow;
}

/** The bins + 1 edges of an axis. */
export function edgesOf(axis: AxisConfig): number[] {
  const width = (axis.upper - axis.lower) / axis.bins;
  return Array.from({ length: axis.bins + 1 }, (_, i) => axis.lower + i * width);
}
