/** Moments and edges of histograms of a message, each with its error. */
import type { BinnedCounts } from "../../model/index.js";

export interface Measured {
  value: number;
  sigma: number;
}

interface Mean extends Measured {
  n: number;
  rms: number;
}

const middleOf = ({ lower, upper, hist_counts: { length } }: BinnedCounts, bin: number): number =>
  lower + ((bin + 0.5) * (upper - lower)) / length;

export function entries({ hist_counts, underflow, overflow }: BinnedCounts): number {
  return hist_counts.reduce((sum, count) => sum + count, underflow + overflow);
}

/** Mean of the bins whose centres are within from..to. */
export function meanOf(histogram: BinnedCounts, from = -Infinity, to = Infinity): Mean {
  let [n, first, second] = [0, 0, 0];
  histogram.hist_counts.forEach((count, bin) => {
    const x = middleOf(histogram, bin);
    if (x < from || x > to) return;
    n += count;
    first += count * x;
    second += count * x * x;
  });
  const value = first / n;
  const rms = Math.sqrt(Math.max(0, second / n - value * value));
  return { n, value, rms, sigma: Math.max(rms, binWidth(histogram) / Math.sqrt(12)) / Math.sqrt(n) };
}

/** Mean of the values within `half` of the median. */
export function coreMean(histogram: BinnedCounts, half: number): Mean {
  const all = histogram.hist_counts.reduce((sum, count) => sum + count, 0);
  let [below, bin] = [0, 0];
  while (bin < histogram.hist_counts.length - 1 && below + (histogram.hist_counts[bin] as number) < all / 2) {
    below += histogram.hist_counts[bin] as number;
    bin += 1;
  }
  const first = meanOf(histogram, middleOf(histogram, bin) - half, middleOf(histogram, bin) + half);
  // Centred on the mean instead of a bin, because bin edges would bias the result.
  return meanOf(histogram, first.value - half, first.value + half);
}

function binWidth({ lower, upper, hist_counts: { length } }: BinnedCounts): number {
  return (upper - lower) / length;
}

/** Entries of the bins within from..to, which are bin edges; an infinite limit includes underflow or overflow. */
export function between(histogram: BinnedCounts, from: number, to: number): number {
  const inside = histogram.hist_counts.reduce((sum, count, bin) => {
    const x = middleOf(histogram, bin);
    return x > from && x < to ? sum + count : sum;
  }, 0);
  const below = from === -Infinity ? histogram.underflow : 0;
  return inside + below + (to === Infinity ? histogram.overflow : 0);
}

/** Sum of histograms with the same axis. */
export function sumOf(histograms: readonly BinnedCounts[]): BinnedCounts {
  const [first, ...others] = histograms as [BinnedCounts, ...BinnedCounts[]];
  return others.reduce(
    (sum, { hist_counts, underflow, overflow }) => ({
      ...sum,
      hist_counts: sum.hist_counts.map((count, bin) => count + (hist_counts[bin] as number)),
      underflow: sum.underflow + underflow,
      overflow: sum.overflow + overflow,
    }),
    first,
  );
}
