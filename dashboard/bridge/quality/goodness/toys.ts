/** Random batches, drawn from each histogram of a reference independently. */
import type { Batch } from "./batch.js";

/** Deterministic random numbers (mulberry32): the same reference gives the same toys. */
export function toyRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class ToyMaker {
  private readonly cumulative: Float64Array[];
  private readonly entries: number[];

  /** @param segments number of segments in a batch */
  constructor(
    reference: Batch,
    private readonly segments: number,
    private readonly random: () => number,
  ) {
    const part = segments / Math.max(1, reference.segments);
    this.cumulative = reference.histograms.map((histogram) => {
      let sum = 0;
      return histogram.map((count) => (sum += count));
    });
    this.entries = this.cumulative.map((sums) => Math.round(part * (sums.at(-1) ?? 0)));
  }

  next(): Batch {
    const histograms = this.cumulative.map((sums, i) => this.draw(sums, this.entries[i] as number));
    return { segments: this.segments, windows: 0, histograms };
  }

  private draw(sums: Float64Array, entries: number): Float64Array {
    const drawn = new Float64Array(sums.length);
    const all = sums.at(-1) ?? 0;
    for (let n = 0; n < entries; n += 1) {
      const bin = placeOf(sums, all * this.random());
      drawn[bin] = (drawn[bin] as number) + 1;
    }
    return drawn;
  }
}

/** The first index whose cumulative sum is above a value. */
function placeOf(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
