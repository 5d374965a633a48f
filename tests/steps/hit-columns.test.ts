/** Packed words of hits, and their sorting. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HitColumns } from "../../pipeline/steps/hit-columns.js";
import {
  bxOf,
  codeOf,
  isWide,
  moveWord,
  packWord,
  scintillatorCode,
  tdcOf,
  WideRows,
} from "../../pipeline/steps/hit-word.js";
import { orbitArbitrary } from "../reference/arbitraries.js";

const code = fc.nat({ max: scintillatorCode });
const bx = fc.oneof(fc.nat({ max: 0x10001 }), fc.constantFrom(0xffff, 0x10000), fc.nat({ max: 4294967295 }));
const tdc = fc.oneof(
  fc.integer({ min: -2, max: 130 }),
  fc.constantFrom(127, 128, -0, 0.5, 5e-324, -1e308, 4294967296),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

describe("a hit word", () => {
  it("returns the packed hits, wide or narrow, also after a copy to another table", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(code, bx, tdc), { maxLength: 200 }), (rows) => {
        const wide = new WideRows();
        const other = new WideRows();
        const words = rows.map(([code, bx, tdc]) => packWord(code, bx, tdc, wide));
        const moved = words.map((word) => moveWord(word, wide, other));
        const read = (words: number[], table: WideRows): number[][] =>
          words.map((word) => [codeOf(word, table), bxOf(word, table), tdcOf(word, table) + 0]);
        const expected = rows.map(([code, bx, tdc]) => [code, bx, tdc + 0]);
        expect(read(words, wide)).toEqual(expected);
        expect(read(moved, other)).toEqual(expected);
        expect(other.length).toBe(words.filter(isWide).length);
      }),
    );
  });

  it("is narrow for every word of the read-out board", () => {
    const wide = new WideRows();
    const words = [0, 255, scintillatorCode].flatMap((code) =>
      [0, 3563, 4095, 0x7fff].flatMap((bx) => [0, 29, 31, 127].map((tdc) => packWord(code, bx, tdc, wide))),
    );
    expect(words.some(isWide)).toBe(false);
    expect(new Set(words).size).toBe(words.length);
  });
});

describe("sorting by orbit", () => {
  const orbits = fc.oneof(
    fc.array(orbitArbitrary, { maxLength: 300 }),
    fc.array(fc.nat({ max: 4294967295 }), { maxLength: 300 }),
    fc.array(fc.integer({ min: 2147483000, max: 2147484000 }), { maxLength: 300 }),
    // Nearly in order, as from a read-out.
    fc
      .array(fc.nat({ max: 9 }), { maxLength: 300 })
      .map((late) => late.map((by, i) => 4294967295 - 300 + i - by)),
    // The first part is in order; most changes of order are late.
    fc
      .tuple(fc.nat({ max: 300 }), fc.array(fc.nat({ max: 500 }), { maxLength: 300 }))
      .map(([length, rest]) => [...Array.from({ length }, (_, i) => i), ...rest]),
  );

  it("gives the same result as Array.sort, and keeps the order of rows within an orbit", () => {
    fc.assert(
      fc.property(orbits, (orbits) => {
        const columns = new HitColumns();
        columns.reserve(orbits.length);
        orbits.forEach((orbit, i) => {
          columns.orbits[i] = orbit;
          columns.words[i] = i;
        });
        columns.length = orbits.length;
        columns.sortByOrbit();
        const sorted = orbits.map((orbit, i) => [orbit, i]).sort((a, b) => a[0]! - b[0]!);
        const rows = sorted.map((_, i) => [columns.orbits[i], columns.words[i]]);
        expect(rows).toEqual(sorted);
      }),
      { numRuns: 300 },
    );
  });

  it("works again after columns were cleared and filled", () => {
    const columns = new HitColumns();
    for (const length of [10, 5000, 3, 20_000]) {
      columns.clear();
      columns.reserve(length);
      for (let i = 0; i < length; i += 1) columns.orbits[i] = (i * 2654435761) % 4294967296;
      columns.length = length;
      const expected = columns.orbits.slice(0, length).sort();
      columns.sortByOrbit();
      expect(columns.orbits.slice(0, length)).toEqual(expected);
    }
  });
});
