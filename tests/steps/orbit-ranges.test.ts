/** Active channels by orbit ranges, compared with a slow count. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxOrbitRanges, orbitRangesOf, type ActiveChannels } from "../../pipeline/model/index.js";
import { OrbitRanges } from "../../pipeline/steps/orbit-ranges.js";

type Entry = [orbit: number, channels: number];

/** The smallest power of two that gives few enough ranges, found by trial. */
function slowRanges(entries: readonly Entry[], most = 2000): ActiveChannels {
  for (let size = 1; ; size *= 2) {
    const sums = new Map<number, number>();
    for (const [orbit, channels] of entries) {
      const edge = Math.floor(orbit / size) * size;
      sums.set(edge, (sums.get(edge) ?? 0) + channels);
    }
    if (sums.size > most) continue;
    const sorted = [...sums].sort((a, b) => a[0] - b[0]);
    return {
      bin_edges: sorted.map(([edge]) => edge),
      hist_counts: sorted.map(([, sum]) => sum),
      orbits_per_bin: size,
    };
  }
}

function rangesOf(entries: readonly Entry[], most = maxOrbitRanges): OrbitRanges {
  const ranges = new OrbitRanges(most);
  for (const [orbit, channels] of entries) ranges.push(orbit, channels);
  return ranges;
}

/** Distinct ascending orbits with different spacing; some sets need grouping, others do not. */
const entriesArbitrary = fc
  .tuple(
    fc.integer({ min: 1, max: 7000 }),
    fc.constantFrom(1, 2, 3, 700_000),
    fc.nat({ max: 4_000_000_000 }),
    fc.nat(),
  )
  .map(([length, step, first, seed]): Entry[] =>
    Array.from({ length }, (_, i): Entry => [
      (first + i * step + ((i * seed) % step)) % 4294967296,
      1 + (i % 64),
    ])
      .sort((a, b) => a[0] - b[0])
      .filter(([orbit], i, all) => i === 0 || orbit !== all[i - 1]![0]),
  );

describe("ranges of orbits", () => {
  it("are those of the slow count", () => {
    fc.assert(
      fc.property(entriesArbitrary, (entries) => {
        expect(rangesOf(entries).extract()).toEqual(slowRanges(entries));
      }),
      { numRuns: 60 },
    );
  });

  it("are the same when parts with different orbits are merged in any order", () => {
    fc.assert(
      fc.property(
        entriesArbitrary,
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 1, max: 999 }),
        (entries, parts, block) => {
          const split = Array.from({ length: parts }, (_, part) =>
            rangesOf(entries.filter(([orbit]) => Math.floor(orbit / block) % parts === part)),
          );
          for (const order of [split, split.toReversed()]) {
            const merged = new OrbitRanges();
            for (const ranges of order) merged.merge(ranges);
            expect(merged.extract()).toEqual(slowRanges(entries));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are fewer per chamber with more than four chambers, because their total is that of four", () => {
    expect([1, 2, 4, 5, 7, 8].map(orbitRangesOf)).toEqual([2000, 2000, 2000, 1600, 1142, 1000]);
    fc.assert(
      fc.property(entriesArbitrary, (entries) => {
        expect(rangesOf(entries, 1000).extract()).toEqual(slowRanges(entries, 1000));
        const merged = new OrbitRanges(1000);
        for (const part of [0, 1])
          merged.merge(
            rangesOf(
              entries.filter(([orbit]) => orbit % 2 === part),
              1000,
            ),
          );
        expect(merged.extract()).toEqual(slowRanges(entries, 1000));
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [2000, 1],
    [2001, 2],
    [4000, 2],
    [4001, 4],
  ])("of %i consecutive orbits have %i orbits each", (length, orbitsPerBin) => {
    const ranges = rangesOf(Array.from({ length }, (_, i): Entry => [4096 + i, 1]));
    expect(ranges.extract().orbits_per_bin).toBe(orbitsPerBin);
  });
});
