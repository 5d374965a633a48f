/** Statistics for the rules. Counts of hits are clustered: one muon causes up to four hits in a chamber. */

import { cellsPerChamber } from "../../../pipeline/model/index.js";

/** Variance of a chamber's hits over that of independent hits: a muon causes about four. */
export const clustering = 4;

export function total(values: ArrayLike<number>, from = 0, to = values.length): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += values[i] as number;
  return sum;
}

/** The median; 0 without values. */
export function median(values: ArrayLike<number>): number {
  const { length } = values;
  if (length === 0) return 0;
  const sorted = sort(values);
  const middle = length >> 1;
  const upper = sorted[middle] as number;
  return length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Whether the median is at least `least`; mostly without sorting. */
export function medianReaches(values: ArrayLike<number>, least: number): boolean {
  const { length } = values;
  let reaching = 0;
  for (let i = 0; i < length; i += 1) if ((values[i] as number) >= least) reaching += 1;
  return 2 * reaching === length ? median(values) >= least : 2 * reaching > length;
}

const scratch = new Float64Array(cellsPerChamber);

/**
 * The values in ascending order, in an array that the next call reuses; insertion sort is fastest for a chamber's
 * cells.
 */
function sort(values: ArrayLike<number>): Float64Array {
  const { length } = values;
  if (length > scratch.length) return Float64Array.from(values).sort();
  for (let i = 0; i < length; i += 1) {
    const value = values[i] as number;
    let at = i;
    for (; at > 0 && (scratch[at - 1] as number) > value; at -= 1) scratch[at] = scratch[at - 1] as number;
    scratch[at] = value;
  }
  return scratch;
}

/**
 * Quantile of a histogram, in bins from its lower edge, interpolated within the bin; NaN if the histogram is empty.
 */
export function quantile(counts: ArrayLike<number>, fraction: number): number {
  const wanted = total(counts) * fraction;
  let below = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    const count = counts[bin] as number;
    if (count > 0 && below + count >= wanted) return bin + (wanted - below) / count;
    below += count;
  }
  return Number.NaN;
}

interface ShapeDifference {
  /** Significance of the difference, in standard deviations. */
  significance: number;
  /** Root mean square of the relative deviation of the bins, without statistical fluctuations. */
  deviation: number;
}

/**
 * Chi-square of two histograms with different numbers of entries (Gagunashvili 2006), without bins that are empty in
 * both.
 */
export function compareShapes(a: ArrayLike<number>, b: ArrayLike<number>): ShapeDifference {
  const [sumA, sumB] = [total(a), total(b)];
  if (sumA === 0 || sumB === 0) return { significance: 0, deviation: 0 };
  let [chiSquare, bins] = [0, 0];
  for (let i = 0; i < a.length; i += 1) {
    const [countA, countB] = [a[i] as number, b[i] as number];
    if (countA + countB === 0) continue;
    bins += 1;
    chiSquare += (sumB * countA - sumA * countB) ** 2 / (countA + countB) / (sumA * sumB);
  }
  const freedom = Math.max(1, bins - 1);
  const excess = chiSquare - freedom;
  return {
    significance: excess / Math.sqrt(2 * freedom * clustering),
    deviation: Math.sqrt((Math.max(0, excess) * (sumA + sumB)) / (sumA * sumB)),
  };
}

interface DistanceResult {
  /** Largest difference of the two cumulative distributions, 0..1. */
  distance: number;
  /** Kolmogorov's statistic, with clustering taken into account; by chance above 3 only once in 10^7 cases. */
  significance: number;
}

/** Kolmogorov-Smirnov distance of two histograms. */
export function kolmogorov(a: ArrayLike<number>, b: ArrayLike<number>): DistanceResult {
  const [sumA, sumB] = [total(a), total(b)];
  if (sumA === 0 || sumB === 0) return { distance: 0, significance: 0 };
  let [distance, belowA, belowB] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    belowA += (a[i] as number) / sumA;
    belowB += (b[i] as number) / sumB;
    distance = Math.max(distance, Math.abs(belowA - belowB));
  }
  const size = (sumA * sumB) / (sumA + sumB) / clustering;
  return { distance, significance: distance * Math.sqrt(size) };
}
