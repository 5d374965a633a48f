/**
 * Deviation of the histograms of a batch from those of a reference: the likelihood ratio of two binned samples (G),
 * summed over all histograms. Bins are merged until a batch has some entries in each, so that the mean of G is the
 * number of degrees of freedom. The layers of one segment depend on each other, so the spread of G is taken from the
 * reference's batches.
 */
import type { Batch } from "./batch.js";

/** Minimum number of entries of a batch in a merged bin. */
const entriesPerBin = 8;

/** Merged bin of each bin, and the number of merged bins. */
interface Binning {
  joined: Int32Array;
  bins: number;
}

interface Deviation {
  /** (G - degrees of freedom) / sqrt(2 degrees of freedom): 0 on average in good batches. */
  z: number;
  /** Root mean square of the relative deviations, without statistical fluctuations. */
  size: number;
  /** Index of the histogram that deviates most. */
  worst: number;
}

export class ReferenceShape {
  private readonly binnings: Binning[];

  /** @param segments number of segments in a batch */
  constructor(
    private readonly reference: Batch,
    segments: number,
  ) {
    const part = segments / Math.max(1, reference.segments);
    this.binnings = reference.histograms.map((histogram) => binningOf(histogram, part));
  }

  /** @param isPart whether the batch is part of the reference, and must be subtracted from it */
  compare(batch: Batch, isPart: boolean): Deviation {
    let [sum, freedom, entries, worst, highest] = [0, 0, 0, 0, -Infinity];
    this.binnings.forEach((binning, i) => {
      const own = batch.histograms[i];
      const reference = this.reference.histograms[i] as Float64Array;
      if (own === undefined || binning.bins < 2) return;
      const one = likelihoodRatio(own, reference, binning, isPart);
      if (one === null) return;
      sum += one.ratio;
      freedom += binning.bins - 1;
      entries += one.entries;
      const z = (one.ratio - binning.bins + 1) / Math.sqrt(2 * (binning.bins - 1));
      if (z <= highest) return;
      highest = z;
      worst = i;
    });
    if (freedom === 0) return { z: 0, size: 0, worst: 0 };
    const excess = sum - freedom;
    return {
      z: excess / Math.sqrt(2 * freedom),
      size: Math.sqrt(Math.max(0, excess) / entries),
      worst,
    };
  }

  /** Mean of a histogram of a batch minus that of the reference, in bins, with its error. */
  shift(batch: Batch, histogram: number): { bins: number; sigma: number } {
    const own = momentsOf(batch.histograms[histogram]);
    const reference = momentsOf(this.reference.histograms[histogram]);
    return { bins: own.mean - reference.mean, sigma: own.rms / Math.sqrt(Math.max(1, own.n)) };
  }
}

function binningOf(histogram: Float64Array, part: number): Binning {
  const joined = new Int32Array(histogram.length);
  let [bin, entries] = [0, 0];
  histogram.forEach((count, i) => {
    if (entries >= entriesPerBin) {
      bin += 1;
      entries = 0;
    }
    joined[i] = bin;
    entries += count * part;
  });
  // The remainder belongs to the last full bin.
  if (entries < entriesPerBin && bin > 0) {
    joined.forEach((own, i) => {
      if (own === bin) joined[i] = bin - 1;
    });
    bin -= 1;
  }
  return { joined, bins: bin + 1 };
}

function likelihoodRatio(
  own: Float64Array,
  reference: Float64Array,
  { joined, bins }: Binning,
  isPart: boolean,
): { ratio: number; entries: number } | null {
  const [a, b] = [new Float64Array(bins), new Float64Array(bins)];
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < joined.length; i += 1) {
    const bin = joined[i] as number;
    const count = own[i] ?? 0;
    const other = (reference[i] as number) - (isPart ? count : 0);
    a[bin] = (a[bin] as number) + count;
    b[bin] = (b[bin] as number) + other;
    sumA += count;
    sumB += other;
  }
  if (sumA < entriesPerBin || sumB <= 0) return null;
  let ratio = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    const [n, m] = [a[bin] as number, b[bin] as number];
    ratio += term(n, ((n + m) * sumA) / (sumA + sumB)) + term(m, ((n + m) * sumB) / (sumA + sumB));
  }
  return { ratio: 2 * ratio, entries: sumA };
}

const term = (count: number, expected: number): number =>
  count > 0 ? count * Math.log(count / expected) : 0;

/** Moments of the bins inside the axis. */
function momentsOf(histogram: Float64Array | undefined): { n: number; mean: number; rms: number } {
  let [n, first, second] = [0, 0, 0];
  if (histogram !== undefined)
    for (let i = 1; i < histogram.length - 1; i += 1) {
      const count = histogram[i] as number;
      n += count;
      first += count * i;
      second += count * i * i;
    }
  const mean = n > 0 ? first / n : 0;
  return { n, mean, rms: n > 0 ? Math.sqrt(Math.max(0, second / n - mean * mean)) : 0 };
}
