/** Hits, timing signals and trigger-word entries as two growing columns, orbit and word, sortable by orbit. */
import { WideRows } from "./hit-word.js";
import { TriggerEntries } from "./trigger-words.js";

const initialCapacity = 1024;
const digitBits = 11;
const buckets = 1 << digitBits;

export class HitColumns {
  /** Both have shape (capacity) and are filled to `length`. */
  orbits = new Uint32Array(initialCapacity);
  words = new Uint32Array(initialCapacity);
  length = 0;
  wide = new WideRows();
  readonly triggers = new TriggerEntries();
  private spareOrbits = new Uint32Array(0);
  private spareWords = new Uint32Array(0);
  private readonly starts = new Uint32Array(buckets);

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

  /** Stable sort by orbit. Linear: a radix sort over the range of the orbits. */
  sortByOrbit(): void {
    const { orbits, length } = this;
    let lowest = 0xffffffff;
    let highest = 0;
    let sorted = true;
    let previous = 0;
    for (let i = 0; i < length; i += 1) {
      const orbit = orbits[i] as number;
      if (orbit < previous) sorted = false;
      if (orbit < lowest) lowest = orbit;
      if (orbit > highest) highest = orbit;
      previous = orbit;
    }
    if (sorted) return;
    for (let shift = 0; shift < 32 && (highest - lowest) / 2 ** shift >= 1; shift += digitBits) {
      this.sortByDigit(lowest, shift);
    }
  }

  private sortByDigit(lowest: number, shift: number): void {
    const { orbits, words, length, starts } = this;
    if (this.spareOrbits.length < orbits.length) {
      this.spareOrbits = new Uint32Array(orbits.length);
      this.spareWords = new Uint32Array(orbits.length);
    }
    const { spareOrbits, spareWords } = this;
    starts.fill(0);
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
