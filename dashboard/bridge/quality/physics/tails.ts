/**
 * The significance z of counts, in standard deviations: the signed root of the deviance. Its tails are bounded by
 * exp(-z²/2) (Chernoff), even for small counts.
 */
import { median } from "../statistics.js";
import type { HistogramPlace } from "./quantities.js";

/** z of k successes in n trials of probability p; negative for too few successes. */
export function binomialZ(k: number, n: number, p: number): number {
  if (n <= 0) return 0;
  const deviance = 2 * (times(k, k / (n * p)) + times(n - k, (n - k) / (n * (1 - p))));
  return Math.sign(k - n * p) * Math.sqrt(Math.max(0, deviance));
}

/**
 * z of a count compared with a count in another time: `ratio` is the ratio of the first time to the second. It is
 * binomial, given the sum of both counts.
 */
export function twoCountsZ(count: number, other: number, ratio: number): number {
  return binomialZ(count, count + other, ratio / (1 + ratio));
}

/**
 * z of a deviation from good data that itself varies: `chance` is z of the counts alone, `spread` the standard deviation
 * in good data in the unit of the deviation.
 */
export function limitedZ(chance: number, deviation: number, spread: number): number {
  return chance === 0 ? 0 : 1 / Math.hypot(1 / chance, spread / deviation);
}

/** Normal distributions: standard deviations per median of the absolute values. */
const perMedian = 1.4826;

/**
 * Standard deviation of values around 1 in addition to that of their counts, from the median, so that a few outliers have
 * no effect; 0 if their counts explain it within the error of the median.
 * @param variances of the values, from their counts
 */
export function excessSpread(values: readonly number[], variances: readonly number[]): number {
  const measured = (perMedian * median(values.map((value) => Math.abs(value - 1)))) ** 2;
  // The relative standard deviation of a variance from the median of n absolute values is 2.33 / √n.
  const most = (1 + 2.33 / Math.sqrt(values.length)) * median(variances);
  return Math.sqrt(Math.max(0, measured - most));
}

function times(k: number, ratio: number): number {
  return k > 0 ? k * Math.log(ratio) : 0;
}

/** Standard error of a fraction k of n, never 0. */
export function fractionError(k: number, n: number): number {
  const p = (k + 0.5) / (n + 1);
  return Math.sqrt((p * (1 - p)) / Math.max(1, n));
}

interface Moments {
  n: number;
  mean: number;
  rms: number;
}

export function total(sum: ArrayLike<number>, { at, bins }: HistogramPlace): number {
  let n = 0;
  for (let i = at; i < at + bins; i += 1) n += sum[i] as number;
  return n;
}

/** Entries below and above the axis. */
export function outside(sum: ArrayLike<number>, { at, bins }: HistogramPlace): number {
  return (sum[at + bins] as number) + (sum[at + bins + 1] as number);
}

export function moments(
  sum: ArrayLike<number>,
  { at, bins, lower, width }: HistogramPlace,
  from = -Infinity,
  to = Infinity,
): Moments {
  let [n, first, second] = [0, 0, 0];
  for (let i = 0; i < bins; i += 1) {
    const count = sum[at + i] as number;
    const x = lower + (i + 0.5) * width;
    if (count === 0 || x < from || x > to) continue;
    n += count;
    first += count * x;
    second += count * x * x;
  }
  if (n === 0) return { n, mean: Number.NaN, rms: Number.NaN };
  const mean = first / n;
  return { n, mean, rms: Math.sqrt(Math.max(0, second / n - mean * mean)) };
}

/** Moments of the values within `half` of the median, so that outliers have no effect. */
export function core(sum: ArrayLike<number>, place: HistogramPlace, half: number): Moments {
  const all = total(sum, place);
  let [below, bin] = [0, 0];
  while (bin < place.bins - 1 && below + (sum[place.at + bin] as number) < all / 2) {
    below += sum[place.at + bin] as number;
    bin += 1;
  }
  const middle = place.lower + (bin + 0.5) * place.width;
  return moments(sum, place, middle - half, middle + half);
}

/** Entries of the bins with centres in from..to. */
export function between(
  sum: ArrayLike<number>,
  { at, bins, lower, width }: HistogramPlace,
  from: number,
  to: number,
): number {
  let n = 0;
  for (let i = 0; i < bins; i += 1) {
    const x = lower + (i + 0.5) * width;
    if (x >= from && x < to) n += sum[at + i] as number;
  }
  return n;
}

export function sumOf(sum: ArrayLike<number>, at: number, length: number): number {
  let n = 0;
  for (let i = at; i < at + length; i += 1) n += sum[i] as number;
  return n;
}
