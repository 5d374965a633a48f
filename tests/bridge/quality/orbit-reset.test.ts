/** Orbit counters that begin again: together it is a new run, alone a fault, at 32 bits nothing. */
import { expect, it } from "vitest";
import type { Finding, WindowMessage } from "../../../pipeline/model/index.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/judge.js";
import { builtInRules } from "../../../dashboard/bridge/quality/rules-config.js";
import { SimulatedStream, windowMs } from "./simulated-stream.js";

const orbits = 2 ** 32;
const windowOrbits = windowMs / 0.0891;

/**
 * @param shiftOf orbits that are added to those of an FPGA in a window, modulo 2^32
 * @param mixed the window that also has rows with the shift of the window before
 */
function judged(windows: number, shiftOf: (window: number, fpga: number) => number, mixed = -1): Finding[][] {
  const stream = new SimulatedStream({
    rateHz: 600,
    firstId: Math.floor(Date.now() / windowMs) - windows - 1,
  });
  const judge = new QualityJudge({ rules: builtInRules });
  return Array.from({ length: windows }, (_, n) => {
    const [message] = stream.next() as [WindowMessage];
    const shift = (fpga: string, orbit: number | null): number | null =>
      orbit === null ? null : (orbit + shiftOf(n, Number(fpga)) + orbits) % orbits;
    const readOut = Object.entries(message.read_out ?? {}).map(([fpga, counts]) => {
      const [first, last] = [shift(fpga, counts.orbit_first), shift(fpga, counts.orbit_last)];
      // A window in which the counter wraps has its smallest and its largest value.
      const isWrapped = (first ?? 0) > (last ?? 0);
      const before = n === mixed ? (counts.orbit_last ?? 0) + shiftOf(n - 1, Number(fpga)) : 0;
      const [least, most] = isWrapped ? [0, orbits - 1] : [first, Math.max(before, last ?? 0)];
      return [fpga, { ...counts, orbit_first: least, orbit_last: most }] as const;
    });
    const { findings } = judge.takeWindow(
      { ...message, read_out: Object.fromEntries(readOut) },
      message.window.end_ms,
    );
    return findings.filter(({ rule }) => rule === "orbit-counter");
  });
}

const start = 3_000_000_000;
/** So that the counters are near 0 five windows after the start. */
const reset = 1000 - Math.floor(5 * windowOrbits);
const states = (findings: Finding[][]): string[] =>
  findings.map((list) => list.map(({ state }) => state).join());

it("all of them together are a warning for two windows", () => {
  const found = judged(10, (n) => (n < 5 ? start : reset));
  expect(states(found)).toEqual(["", "", "", "", "", "warning", "warning", "", "", ""]);
  expect(found[5]?.[0]?.scope).toEqual({ kind: "stream" });
  expect(found[5]?.[0]?.reason).toMatch(/^orbit counter reset/);
});

it("one window after the other, too", () => {
  const found = judged(10, (n, fpga) => (n < 5 + fpga ? start : reset));
  expect(states(found)).toEqual(["", "", "", "", "", "", "warning", "warning", "", ""]);
});

it("inside a window, which has orbits of before and after", () => {
  const found = judged(10, (n) => (n < 5 ? start : reset), 5);
  expect(states(found)).toEqual(["", "", "", "", "", "", "warning", "warning", "", ""]);
});

it("one alone is a fault", () => {
  const found = judged(9, (n, fpga) => (n < 5 || fpga === 0 ? start : reset));
  expect(states(found).slice(0, 6)).toEqual(["", "", "", "", "", ""]);
  expect(states(found)[6]).toBe("bad");
  expect(found[6]?.[0]?.reason).toMatch(/FPGA 1 was reset/);
});

it("a counter that wraps is none", () => {
  const found = judged(10, () => orbits - Math.floor(5.5 * windowOrbits));
  expect(states(found).join("")).toBe("");
});
