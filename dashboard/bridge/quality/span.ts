/** The last windows in order, and sums of any number of the newest. */
import { at, type WindowFacts } from "./facts.js";

/** Lengths of the spans to try, ascending, in windows. */
const ladder = [1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 120, 180, 240, 360, 540, 720, 1440, 2880];
/** After a longer gap, the past does not predict the present. */
const longestGapMs = 600_000;

export class WindowSpan {
  private windows: WindowFacts[] = [];
  /** Cumulative sums: entry i is the sum of all windows up to and including i. */
  private sums: Float64Array[] = [];
  private base: Float64Array | null = null;
  /** Sums computed since the last change, by length. */
  private readonly known = new Map<number, Float64Array>();
  /** Arrays of outdated sums, for reuse. */
  private readonly spare: Float64Array[] = [];

  constructor(private readonly capacity: number) {}

  get length(): number {
    return this.windows.length;
  }

  get newest(): WindowFacts | undefined {
    return this.windows.at(-1);
  }

  /** The n-th newest window; 0 is the newest. */
  back(n: number): WindowFacts | undefined {
    return this.windows[this.windows.length - 1 - n];
  }

  /** The window with this number, if it is kept; searched from the newest. */
  find(id: number): WindowFacts | undefined {
    return this.windows.findLast((facts) => facts.id === id);
  }

  /**
   * Start of the window before the newest `count` ones that carry information: those with hits that are not partial.
   * Of the oldest window if there are fewer; null without windows.
   */
  startBefore(count: number): number | null {
    let left = count;
    let place = this.windows.length - 1;
    for (; place > 0 && left > 0; place -= 1) {
      const { partial, vector } = this.windows[place] as WindowFacts;
      if (!partial && (vector[at.hits] as number) > 0) left -= 1;
    }
    return this.windows[Math.max(0, place)]?.startMs ?? null;
  }

  /** Adds a new window or a new version of one; false if it is older than the kept windows. */
  put(facts: WindowFacts): boolean {
    this.spare.push(...this.known.values());
    this.known.clear();
    this.forgetIncompatible(facts);
    const place = this.windows.findLastIndex(({ startMs }) => startMs <= facts.startMs);
    const replaces = this.windows[place]?.id === facts.id;
    if (!replaces && place < 0 && this.windows.length >= this.capacity) return false;
    this.windows.splice(replaces ? place : place + 1, replaces ? 1 : 0, facts);
    this.addUp(replaces ? place : place + 1);
    this.shorten();
    return true;
  }

  /** Drops windows that cannot be added to this one: those with other bins, and those before a long gap. */
  private forgetIncompatible(facts: WindowFacts): void {
    const { newest } = this;
    if (newest === undefined) return;
    const gap = facts.startMs - newest.endMs > longestGapMs;
    const other = newest.vector.length !== facts.vector.length || newest.driftWidthNs !== facts.driftWidthNs;
    if (!gap && !other) return;
    this.windows = [];
    this.sums = [];
    this.base = null;
    this.spare.length = 0;
  }

  private addUp(from: number): void {
    for (let i = from; i < this.windows.length; i += 1) {
      const before = i > 0 ? this.sums[i - 1] : this.base;
      const { vector } = this.windows[i] as WindowFacts;
      // A new window needs a new sum; a corrected window changes the existing sums.
      const sum = this.sums[i] ?? this.spare.pop() ?? new Float64Array(vector.length);
      if (before == null) sum.set(vector);
      else for (let k = 0; k < sum.length; k += 1) sum[k] = (vector[k] as number) + (before[k] as number);
      this.sums[i] = sum;
    }
  }

  private shorten(): void {
    if (this.windows.length <= this.capacity) return;
    this.windows.shift();
    if (this.base !== null) this.spare.push(this.base);
    this.base = this.sums.shift() ?? null;
  }

  /**
   * The sum of the newest `count` windows, or of all if there are fewer. Read-only, and valid until the next window.
   */
  sum(count: number): Float64Array {
    const windows = Math.min(count, this.length);
    const known = this.known.get(windows);
    if (known !== undefined) return known;
    const all = this.sums.at(-1);
    if (all === undefined) return new Float64Array(0);
    const before = windows === this.length ? this.base : this.sums[this.length - 1 - windows];
    const sum = this.spare.pop() ?? new Float64Array(all.length);
    if (before == null) sum.set(all);
    else for (let i = 0; i < sum.length; i += 1) sum[i] = (all[i] as number) - (before[i] as number);
    this.known.set(windows, sum);
    return sum;
  }

  /** The shortest span with a sufficient sum; null if even all windows are not enough. */
  shortest(
    isEnough: (sum: Float64Array) => boolean,
    from = 1,
  ): { windows: number; sum: Float64Array } | null {
    for (const step of ladder) {
      if (step < from) continue;
      const windows = Math.min(step, this.length);
      const sum = this.sum(windows);
      if (isEnough(sum)) return { windows, sum };
      if (step >= this.length) return null;
    }
    return null;
  }
}
