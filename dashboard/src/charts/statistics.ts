/** Mean, RMS, median and fractions of histograms, with their uncertainties. */
import type { BinnedCounts } from "../../../pipeline/model/index.js";
import type { HistogramFacts } from "./spec.js";

export function binWidth({ lower, upper, hist_counts }: BinnedCounts): number {
  return (upper - lower) / hist_counts.length;
}

/** Entries, and mean and RMS from the bin centres. */
export function factsOf(label: string, counts: BinnedCounts): HistogramFacts {
  const { lower, hist_counts, underflow, overflow } = counts;
  const width = binWidth(counts);
  let [n, sum, squares] = [0, 0, 0];
  hist_counts.forEach((entries, i) => {
    const x = lower + (i + 0.5) * width;
    n += entries;
    sum += entries * x;
    squares += entries * x * x;
  });
  const mean = n === 0 ? null : sum / n;
  const rms = mean === null ? null : Math.sqrt(Math.max(0, squares / n - mean * mean));
  return { label, entries: n + underflow + overflow, mean, rms, underflow, overflow };
}

/**
 * Binomial 68 % interval for `found` of `all` (Wilson): it stays within 0..1 and has a width even at 0 and 1.
 * @returns null if `all` is 0
 */
export function binomialInterval(found: number, all: number): readonly [low: number, high: number] | null {
  if (all === 0) return null;
  const p = found / all;
  const middle = p + 1 / (2 * all);
  const half = Math.sqrt((p * (1 - p)) / all + 1 / (4 * all * all));
  const scale = 1 + 1 / all;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

/** Error bar of a count: plus and minus its square root. */
export function countError(entries: number): readonly [low: number, high: number] | null {
  const sigma = Math.sqrt(entries);
  return entries === 0 ? null : [entries - sigma, entries + sigma];
}

/** The median; 0 without values. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
