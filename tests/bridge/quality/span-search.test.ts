/** The end of a finding: few counts that are close to good data by chance do not end it, the repair does. */
import { describe, expect, it } from "vitest";
import { lowFraction } from "../../../dashboard/bridge/quality/physics/fractions.js";
import { SpanSearch, type Reading } from "../../../dashboard/bridge/quality/physics/search.js";
import { SlidingSums } from "../../../dashboard/bridge/quality/physics/sliding-sums.js";
import { excessSpread, limitedZ } from "../../../dashboard/bridge/quality/physics/tails.js";

type Read = (sum: Float64Array) => Reading | null;

/** Hits found and crossings. */
const efficiency: Read = ([k = 0, n = 0]) => (n < 7 ? null : lowFraction(k, n, 0.9, 0.5));
/** Sum and number of values with a standard deviation of 10. */
const mean: Read = ([sum = 0, n = 0]) => {
  if (n < 4) return null;
  const [value, sigma] = [sum / n, 10 / Math.sqrt(n)];
  return { value, sigma, good: 0, z: Math.max(0, Math.abs(value) - 3) / sigma, beyond: Math.abs(value) > 6 };
};

class Searched {
  private readonly sums = new SlidingSums(2);
  private readonly search = new SpanSearch(this.sums);
  private id = 0;

  constructor(
    private readonly read: Read,
    private readonly z: number,
    private readonly isConfirmed = (): boolean => false,
  ) {}

  /** Whether the fault is active after a window with these counts. */
  take(a: number, n: number): boolean {
    this.sums.push((this.id += 1), Float32Array.of(a, n));
    this.search.begin();
    const found = this.search.find("fault", ["place"], this.read, {
      z: this.z,
      isConfirmed: this.isConfirmed,
    });
    this.search.end();
    return found !== null;
  }
}

describe("a finding from few counts", () => {
  it("is not ended by a few lucky counts", () => {
    const searched = new Searched(efficiency, 5.6);
    expect(searched.take(0, 8)).toBe(true);
    // With an efficiency of 30 %, 5 of 7 crossings are found once in 35 times.
    expect(searched.take(5, 7)).toBe(true);
    for (let window = 0; window < 10; window += 1) expect(searched.take(0, 0)).toBe(true);
  });

  it("is not ended while other counts confirm it", () => {
    let confirms = true;
    const searched = new Searched(efficiency, 5.6, () => confirms);
    searched.take(0, 8);
    expect(searched.take(60, 60)).toBe(true);
    confirms = false;
    expect(searched.take(60, 60)).toBe(false);
  });

  it.each([
    ["few counts", 0.95, 1, 30],
    ["many counts", 9.3, 10, 1],
  ])("is ended by the repair with %s", (_, found, crossings, within) => {
    const searched = new Searched(efficiency, 5.6);
    for (let window = 0; window < 30; window += 1) searched.take(0.3 * crossings, crossings);
    expect(searched.take(0.3 * crossings, crossings)).toBe(true);
    const after = Array.from({ length: 60 }, () => searched.take(found, crossings));
    expect(after.indexOf(false)).toBeLessThan(within);
    expect(after.slice(within)).not.toContain(true);
  });

  it("is compared with the value that fits both the clearest and the newest counts", () => {
    const searched = new Searched(mean, 5);
    // 22 ± 3.3 when it was found; 13 is 4.5 σ off, 11 is half of the distance; then a few values of 8 ± 3.5.
    expect(searched.take(22 * 9, 9)).toBe(true);
    expect(searched.take(8 * 8, 8)).toBe(true);
    expect(searched.take(0, 60)).toBe(false);
  });
});

describe("the spread of values in excess of their counts", () => {
  const alternating = (size: number): number[] =>
    Array.from({ length: 64 }, (_, i) => (i % 2 ? 1 + size : 1 - size));

  it("is 0 if the counts explain it, and does not depend on a few outliers", () => {
    const variances = Array<number>(64).fill(0.04);
    expect(excessSpread(alternating(0.13), variances)).toBe(0);
    const wide = excessSpread(alternating(0.4), variances);
    // 1.4826 × 0.4 in squares, less 0.04 × (1 + 2.33 / 8).
    expect(wide).toBeCloseTo(Math.sqrt((1.4826 * 0.4) ** 2 - 0.04 * (1 + 2.33 / 8)), 6);
    expect(excessSpread([...alternating(0.4).slice(2), 0.01, 50], variances)).toBeCloseTo(wide, 6);
  });

  it("limits the significance of a deviation", () => {
    expect(limitedZ(8, 0.7, 0)).toBe(8);
    expect(limitedZ(1e9, 0.7, 0.35)).toBeCloseTo(2, 6);
    expect(limitedZ(0, 0, 0.35)).toBe(0);
  });
});
