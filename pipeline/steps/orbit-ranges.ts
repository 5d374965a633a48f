/**
 * Active channels vs orbit, in at most 2000 ranges [m p, (m+1) p) of orbits (fewer with more than four chambers); p is
 * the smallest power of two for which this number suffices. Ranges only merge in pairs, so the order of coarsening and
 * adding does not matter.
 */
import { maxOrbitRanges, type ActiveChannels } from "../model/index.js";

export class OrbitRanges {
  orbitsPerBin = 1;
  /** Range numbers m, ascending, and the sums over the ranges; both of shape (length). */
  numbers: number[] = [];
  counts: number[] = [];

  /** @param most maximum number of ranges */
  constructor(private readonly most = maxOrbitRanges) {}

  /** Adds an orbit; orbits must be added in ascending order. */
  push(orbit: number, count: number): void {
    this.append(this.orbitsPerBin === 1 ? orbit : Math.floor(orbit / this.orbitsPerBin), count);
    while (this.numbers.length > this.most) this.coarsen();
  }

  private append(number: number, count: number): void {
    const last = this.numbers.length - 1;
    if (last >= 0 && this.numbers[last] === number) {
      this.counts[last] = (this.counts[last] as number) + count;
      return;
    }
    this.numbers.push(number);
    this.counts.push(count);
  }

  /** Doubles the length of the ranges. */
  private coarsen(): void {
    const { numbers, counts } = this;
    this.orbitsPerBin *= 2;
    this.numbers = [];
    this.counts = [];
    numbers.forEach((number, i) => this.append(Math.floor(number / 2), counts[i] as number));
  }

  /** Adds ranges of any length to these. */
  merge(other: OrbitRanges): void {
    const orbitsPerBin = Math.max(this.orbitsPerBin, other.orbitsPerBin);
    const a = this.coarsenedTo(orbitsPerBin);
    const b = other.coarsenedTo(orbitsPerBin);
    this.orbitsPerBin = orbitsPerBin;
    this.numbers = [];
    this.counts = [];
    for (let i = 0, j = 0; i < a.numbers.length || j < b.numbers.length;) {
      const takeA = j === b.numbers.length || (i < a.numbers.length && at(a.numbers, i) <= at(b.numbers, j));
      if (takeA) this.append(at(a.numbers, i), at(a.counts, i++));
      else this.append(at(b.numbers, j), at(b.counts, j++));
    }
    while (this.numbers.length > this.most) this.coarsen();
  }

  private coarsenedTo(orbitsPerBin: number): OrbitRanges {
    const copy = new OrbitRanges(this.most);
    copy.orbitsPerBin = this.orbitsPerBin;
    copy.numbers = this.numbers;
    copy.counts = this.counts;
    while (copy.orbitsPerBin < orbitsPerBin) copy.coarsen();
    return copy;
  }

  extract(): ActiveChannels {
    return {
      bin_edges:
        this.orbitsPerBin === 1 ? this.numbers : this.numbers.map((number) => number * this.orbitsPerBin),
      hist_counts: this.counts,
      orbits_per_bin: this.orbitsPerBin,
    };
  }
}

const at = (values: readonly number[], index: number): number => values[index] as number;
