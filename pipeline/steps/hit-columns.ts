/** Hits, timing signals and trigger-word entries as two growing columns, orbit and word, sortable by orbit. */
import { WideRows } from "./hit-word.js";
import { TriggerEntries } from "./trigger-words.js";

const initialCapacity = 1024;
/** Maximum digit size of the radix sort: its counts fit into a core's L1 cache. */
const maxDigitBits = 13;
/** Moves per row up to which rows count as nearly sorted; with more moves a radix sort is as fast. */
const movesPerRow = 4;

export class HitColumns {
  /** Both columns have shape (capacity) and are filled up to `length`. */
  orbits = new Uint32Array(initialCapacity);
  words = new Uint32Array(initialCapacity);
  length = 0;
  wide = new WideRows();
  readonly triggers = new TriggerEntries();
  private spareOrbits = new Uint32Array(0);
  private spareWords = new Uint32Array(0);
  private readonly starts = new Uint32Array(1 << maxDigitBits);

  /** Makes room for `extra` more rows. */
  reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.orbits.length) return;
    const capacity = Math.max(needed, this.orbits.length * 2);
    this.orbits = grown(this.orbits, capacity, this.length);
    this.words = grown(this.words, capacity, this.length);
  }

  /** Removes all rows; the memory is kept. */
  clear(): void {
    this.length = 0;
    this.wide = new WideRows();
    this.triggers.clear();
  }

  /** Stable sort by orbit in linear time: insertion sort for rows nearly in order, otherwise radix sort. */
  sortByOrbit(): void {
    if (this.isSortedByMoves(movesPerRow * this.length)) return;
    const { orbits, length } = this;
    let lowest = 0xffffffff;
    let highest = 0;
    for (let i = 0; i < length; i += 1) {
      const orbit = orbits[i] as number;
      if (orbit < lowest) lowest = orbit;
      if (orbit > highest) highest = orbit;
    }
    const bits = 32 - Math.clz32(highest - lowest);
    const digitBits = Math.ceil(bits / Math.ceil(bits / maxDigitBits));
    for (let shift = 0; shift < bits; shift += digitBits) this.sortByDigit(lowest, shift, digitBits);
  }

  /** Insertion sort that gives up after `limit` moves; rows of one orbit keep their order even then. */
  private isSortedByMoves(limit: number): boolean {
    const { orbits, words, length } = this;
    let left = limit;
    for (let i = 1; i < length; i += 1) {
      const orbit = orbits[i] as number;
      if (orbit >= (orbits[i - 1] as number)) continue;
      const word = words[i] as number;
      let to = i;
      for (; to > 0 && (orbits[to - 1] as number) > orbit; to -= 1) {
        orbits[to] = orbits[to - 1] as number;
        words[to] = words[to - 1] as number;
      }
      orbits[to] = orbit;
      words[to] = word;
      left -= i - to;
      if (left < 0) return false;
    }
    return true;
  }

  private sortByDigit(lowest: number, shift: number, digitBits: number): void {
    const { orbits, words, length, starts } = this;
    if (this.spareOrbits.length < orbits.length) {
      this.spareOrbits = new Uint32Array(orbits.length);
      this.spareWords = new Uint32Array(orbits.length);
    }
    const { spareOrbits, spareWords } = this;
    const buckets = 1 << digitBits;
    starts.fill(0, 0, buckets);
    for (let i = 0; i < length; i += 1) {
      const digit = (((orbits[i] as number) - lowest) >>> shift) & (buckets - 1);
      starts[digit] = (starts[digit] as number) + 1;
    }
    let start = 0;
    for (let digit = 0; digit < buckets; digit += 1) {
      const count = starts[digit] as number;
      starts[digit] = start;
      start += count;
    }
    for (let i = 0; i < length; i += 1) {
      const orbit = orbits[i] as number;
      const digit = ((orbit - lowest) >>> shift) & (buckets - 1);
      const to = starts[digit] as number;
      starts[digit] = to + 1;
      spareOrbits[to] = orbit;
      spareWords[to] = words[i] as number;
    }
    [this.orbits, this.spareOrbits] = [spareOrbits, orbits];
    [this.words, this.spareWords] = [spareWords, words];
  }
}

function grown(column: Uint32Array<ArrayBuffer>, capacity: number, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(column.subarray(0, length));
  return larger;
}
