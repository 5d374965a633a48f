/**
 * Orbit counters that restart or jump, and rows with wrong orbits: all counters together mean a new run, one alone is a fault,
 * and a wrap at 32 bits is normal.
 */
import { expect, it } from "vitest";
import type { Finding, WindowMessage } from "../../../pipeline/model/index.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/judge.js";
import { builtInRules } from "../../../dashboard/bridge/quality/rules-config.js";
import { SimulatedStream, windowMs } from "./simulated-stream.js";

const orbits = 2 ** 32;
const windowOrbits = windowMs / 0.0891;

/**
 * @param shiftOf orbits added to those of an FPGA in a window, modulo 2^32
 * @param mixed window that also has rows with the shift of the previous window
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
      // A window in which the counter wraps contains its smallest and its largest value.
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
/** Brings the counters near 0 five windows after the start. */
const reset = 1000 - Math.floor(5 * windowOrbits);
const states = (findings: Finding[][]): string[] =>
  findings.map((list) => list.map(({ state }) => state).join());

it("a reset of all counters together is a warning for two windows", () => {
  const found = judged(10, (n) => (n < 5 ? start : reset));
  expect(states(found)).toEqual(["", "", "", "", "", "warning", "warning", "", "", ""]);
  expect(found[5]?.[0]?.scope).toEqual({ kind: "stream" });
  expect(found[5]?.[0]?.reason).toMatch(/^orbit counter reset/);
});

it("a reset of the counters in consecutive windows is the same warning", () => {
  const found = judged(10, (n, fpga) => (n < 5 + fpga ? start : reset));
  expect(states(found)).toEqual(["", "", "", "", "", "", "warning", "warning", "", ""]);
});

it("a reset inside a window, which has orbits from before and after, is the same warning", () => {
  const found = judged(10, (n) => (n < 5 ? start : reset), 5);
  expect(states(found)).toEqual(["", "", "", "", "", "", "warning", "warning", "", ""]);
});

it("a reset of one counter alone is a fault", () => {
  const found = judged(9, (n, fpga) => (n < 5 || fpga === 0 ? start : reset));
  expect(states(found).slice(0, 6)).toEqual(["", "", "", "", "", ""]);
  expect(states(found)[6]).toBe("bad");
  expect(found[6]?.[0]?.reason).toMatch(/FPGA 1 was reset/);
});

it("a wrap of a counter is not a reset", () => {
  const found = judged(10, () => orbits - Math.floor(5.5 * windowOrbits));
  expect(states(found).join("")).toBe("");
});

/** Rows whose orbits follow the clock at a distance that grows and shrinks: shifts of first and last orbit, in windows. */
function judgedLate(lateness: readonly number[], fpgas = ["0", "1"]): string {
  const stream = new SimulatedStream({ rateHz: 600, firstId: Math.floor(Date.now() / windowMs) - 20 });
  const judge = new QualityJudge({ rules: builtInRules });
  const late = (fpga: string, n: number): number =>
    fpgas.includes(fpga) ? Math.round((lateness[n] ?? 0) * windowOrbits) : 0;
  const reasons = Array.from({ length: lateness.length }, (_, n) => {
    const [message] = stream.next() as [WindowMessage];
    const readOut = Object.entries(message.read_out ?? {}).map(([fpga, counts]) => {
      const [first, last] = [counts.orbit_first ?? 0, counts.orbit_last ?? 0];
      const moved = { orbit_first: first - late(fpga, n - 1), orbit_last: last - late(fpga, n) };
      return [fpga, { ...counts, ...moved }] as const;
    });
    const { findings } = judge.takeWindow(
      { ...message, read_out: Object.fromEntries(readOut) },
      message.window.end_ms,
    );
    return findings.filter(({ rule }) => rule === "orbit-counter").map(({ reason }) => reason);
  });
  return reasons.flat().join("; ");
}

it.each([
  ["caught up in one burst", [0, 0, 0, 0.9, 1.8, 2.6, 0, 0, 0]],
  ["caught up in bursts", [0, 0, 0, 0.9, 1.8, 1, 1.9, 0.2, 0, 0]],
  ["caught up in part", [0, 0, 0, 0.9, 1.8, 2.6, 1.5, 1.5, 1.5]],
])("rows that arrive late and are %s are not a jump", (_, lateness) => {
  expect(judgedLate(lateness)).toBe("");
});

it("a jump is found while rows arrive late", () => {
  const found = judged(9, (n) => (n < 3 ? 0 : n < 6 ? -0.5 : 4) * windowOrbits);
  expect(found.flat()[0]?.reason).toMatch(/^the orbit counters of all FPGAs have jumped by \d+ orbits/);
});

it("a jump back by two windows is found", () => {
  const found = judged(9, (n) => (n < 5 ? start : start - Math.round(2 * windowOrbits)));
  expect(found.flat()[0]?.reason).toMatch(/jumped by -\d+ orbits/);
});

/** Orbits of single rows of FPGA 0: of the windows given, the wrong one. */
function judgedWithStrays(strayOf: (window: number, orbit: number) => number | null): Finding[][] {
  const stream = new SimulatedStream({ rateHz: 600, firstId: Math.floor(Date.now() / windowMs) - 20 });
  const judge = new QualityJudge({ rules: builtInRules });
  return Array.from({ length: 14 }, (_, n) => {
    const [message] = stream.next() as [WindowMessage];
    const counts = message.read_out!["0"]!;
    const [first, last] = [counts.orbit_first!, counts.orbit_last!];
    const stray = strayOf(n, last) ?? last;
    const moved = { orbit_first: Math.min(first, stray), orbit_last: Math.max(last, stray) };
    const { findings } = judge.takeWindow(
      { ...message, ...moved, read_out: { ...message.read_out, 0: { ...counts, ...moved } } },
      message.window.end_ms,
    );
    return findings.filter(({ rule }) => rule === "orbit-counter" || rule === "clock");
  });
}

it.each([
  ["far ahead", () => 4_000_000_000],
  ["at 0", () => 0],
  ["with bit 18 wrong", (_: number, orbit: number) => orbit ^ (1 << 18)],
  ["with bit 20 wrong", (_: number, orbit: number) => orbit ^ (1 << 20)],
])("single rows %s are no jump, no reset and no replay", (_, strayOf) => {
  const rare = judgedWithStrays((n, orbit) => (n % 3 === 2 ? strayOf(n, orbit) : null));
  expect(rare.flat()).toEqual([]);
  const always = judgedWithStrays((n, orbit) => (n >= 5 ? strayOf(n, orbit) : null));
  expect(states(always).slice(0, 7).join("")).toBe("");
  for (const [finding] of always.slice(7)) {
    expect(finding?.state).toBe("warning");
    expect(finding?.reason).toBe("some rows of FPGA 0 have orbits of another time");
  }
});

it("a jump within a window is found in it, or in the next one if it is that of a single counter", () => {
  expect(judgedLate([0, 0, 0, 0, 0, -20])).toMatch(/^the orbit counters of all FPGAs have jumped by \d+/);
  expect(judgedLate([0, 0, 0, 0, 0, -20], ["0"])).toBe("");
  expect(judgedLate([0, 0, 0, 0, 0, -20, -20], ["0"])).toMatch(/^the orbit counter of FPGA 0 has jumped/);
});

it("a fast replay is not taken for rows with wrong orbits", () => {
  const found = judgedLate([0, 0, 0, 0, -4, -8, -12, -16, -20, -24]);
  expect(found).not.toMatch(/another time/);
});
