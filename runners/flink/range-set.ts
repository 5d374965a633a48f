/** A set of integers, stored as ranges: sequence numbers are nearly always consecutive. */

/** A closed range [first, last]. */
export type NumberRange = readonly [number, number];

export class RangeSet {
  /** Ascending, disjoint, non-adjacent. */
  private readonly held: [number, number][] = [];

  get ranges(): readonly NumberRange[] {
    return this.held;
  }

  get size(): number {
    return this.held.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  has(value: number): boolean {
    const range = this.held[this.firstEndingAt(value)];
    return range !== undefined && range[0] <= value;
  }

  add(first: number, last = first): void {
    const from = this.firstEndingAt(first - 1);
    let to = from;
    for (let range = this.held[to]; range !== undefined && range[0] <= last + 1; range = this.held[++to]) {
      first = Math.min(first, range[0]);
      last = Math.max(last, range[1]);
    }
    this.held.splice(from, to - from, [first, last]);
  }

  /** The numbers in this set that are not in the other set. */
  minus(other: RangeSet): RangeSet {
    const rest = new RangeSet();
    for (const [first, last] of this.held) {
      let next = first;
      for (let i = other.firstEndingAt(first); next <= last; i += 1) {
        const [from, to] = other.held[i] ?? [Infinity, Infinity];
        if (from > next) rest.add(next, Math.min(last, from - 1));
        next = Math.max(next, to + 1);
      }
    }
    return rest;
  }

  /** Index of the first range that ends at or above the value. */
  private firstEndingAt(value: number): number {
    let [low, high] = [0, this.held.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.held[middle] as NumberRange)[1] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
