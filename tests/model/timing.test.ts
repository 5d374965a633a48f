import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstOrbitAtMs, orbitToMs, windowIdAt, windowOfId } from "../../pipeline/model/timing.js";

const orbits = fc.nat({ max: 4294967295 });

describe("detector time", () => {
  it.each([
    [0, 0],
    [11, 0],
    [12, 1],
    [56116, 4999],
    [56117, 5000],
    [4294967295, 382_681_585],
  ])("orbit %i is at %i ms", (orbit, ms) => expect(orbitToMs(orbit)).toBe(ms));

  it("is ORBIT x 89 100 ns, floored to ms, as in integer arithmetic", () => {
    fc.assert(
      fc.property(orbits, (orbit) => {
        expect(orbitToMs(orbit)).toBe(Number((BigInt(orbit) * 89_100n) / 1_000_000n));
      }),
    );
  });

  it("agrees with the first orbit that is computed for a time", () => {
    fc.assert(
      fc.property(fc.nat({ max: 382_681_585 }), (ms) => {
        const orbit = firstOrbitAtMs(ms);
        expect(orbitToMs(orbit)).toBeGreaterThanOrEqual(ms);
        if (orbit > 0) expect(orbitToMs(orbit - 1)).toBeLessThan(ms);
      }),
    );
  });
});

describe("windows", () => {
  it("include their start but not their end", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.integer({ min: 1000, max: 60_000 }), (ms, length) => {
        const { startMs, endMs } = windowOfId(windowIdAt(ms, length), length);
        expect([startMs <= ms, ms < endMs, endMs - startMs, startMs % length]).toEqual([
          true,
          true,
          length,
          0,
        ]);
      }),
    );
  });
});
