/** Sums of counts over the newest windows, for spans of fixed lengths; each window updates every span in one step. */

/** Lengths of the spans, in windows, ascending. */
export const ladder = [1, 2, 3, 4, 6, 8, 12, 24, 48, 96, 192, 384] as const;
const capacity = 384;

export class SlidingSums {
  /** Newest last. */
  private readonly ids: number[] = [];
  private readonly vectors: Float32Array[] = [];
  private readonly sums: Float64Array[];
  /** Number of windows added since the start. */
  taken = 0;

  constructor(length: number) {
    this.sums = ladder.map(() => new Float64Array(length));
  }

  get windows(): number {
    return this.vectors.length;
  }

  /** Adds a window that is newer than all others. */
  push(id: number, vector: Float32Array): void {
    this.ids.push(id);
    this.vectors.push(vector);
    this.taken += 1;
    for (let step = 0; step < ladder.length; step += 1) {
      const leaving = this.vectors[this.vectors.length - 1 - (ladder[step] as number)];
      const sum = this.sums[step] as Float64Array;
      if (leaving === undefined) add(sum, vector, 1);
      else exchange(sum, vector, leaving);
    }
    if (this.vectors.length <= capacity) return;
    this.ids.shift();
    this.vectors.shift();
  }

  /** Replaces a window by its corrected version; false if the window is not kept. */
  replace(id: number, vector: Float32Array): boolean {
    const place = this.ids.lastIndexOf(id);
    const before = this.vectors[place];
    if (before === undefined) return false;
    const age = this.vectors.length - place;
    this.vectors[place] = vector;
    ladder.forEach((span, i) => {
      if (age > span) return;
      add(this.sums[i] as Float64Array, vector, 1);
      add(this.sums[i] as Float64Array, before, -1);
    });
    return true;
  }

  /** Number of kept windows from this msg_ID on. */
  windowsSince(id: number): number {
    return this.ids.length - 1 - this.ids.findLastIndex((one) => one < id);
  }

  /** The n-th newest window; 0 is the newest. */
  back(n: number): Float32Array | undefined {
    return this.vectors[this.vectors.length - 1 - n];
  }

  /** The sum of the newest windows in a span of the ladder, or of all windows if there are fewer. */
  sum(step: number): Float64Array {
    return this.sums[step] as Float64Array;
  }

  clear(): void {
    this.ids.length = 0;
    this.vectors.length = 0;
    for (const sum of this.sums) sum.fill(0);
  }
}

/** Adds one window and subtracts another in one pass. */
function exchange(into: Float64Array, added: Float32Array, taken: Float32Array): void {
  for (let i = 0; i < into.length; i += 1)
    into[i] = (into[i] as number) + ((added[i] as number) - (taken[i] as number));
}

function add(into: Float64Array, from: Float32Array, sign: 1 | -1): void {
  for (let i = 0; i < into.length; i += 1) into[i] = (into[i] as number) + sign * (from[i] as number);
}
