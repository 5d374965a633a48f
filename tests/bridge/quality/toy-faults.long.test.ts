/** Faults that the simulator does not produce: each raises one alarm with the correct reason, and its end raises none. */
import { describe, expect, it } from "vitest";
import { referenceOf, sumWindows } from "../../../dashboard/bridge/monitor/sums.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import type { Finding } from "../../../pipeline/model/index.js";
import { ToyTelescope, type ToyFaults, type ToyOptions } from "./toy-telescope.js";

const [goodWindows, faultWindows, afterWindows] = [8, 8, 6];

/** Alarms by window number; the fault starts in window 1. */
function replay(faults: ToyFaults, before: number, options: ToyOptions): Map<number, Finding[]> {
  const [telescope, judge] = [new ToyTelescope(options), new QualityJudge()];
  const alarms = new Map<number, Finding[]>();
  for (let n = 1 - before; n <= faultWindows + afterWindows; n += 1) {
    const message = telescope.next(n >= 1 && n <= faultWindows ? faults : {});
    const { findings } = judge.takeWindow(message, message.window.end_ms);
    alarms.set(
      n,
      findings.filter(({ state, cause }) => (state === "bad" || state === "warning") && cause === null),
    );
  }
  return alarms;
}

interface Case {
  name: string;
  faults: ToyFaults;
  /** Number of windows within which the fault must be found. */
  within: number;
  words: RegExp;
  /** Whether the fault is only found after good data. */
  isChange?: boolean;
  options?: Partial<ToyOptions>;
}

const cases: Case[] = [
  {
    name: "a weak chamber is reported as losing hits, not as wrong cables or orbits",
    faults: { chamber: [0, 0.45] },
    within: 2,
    words: /^the chamber loses hits/,
  },
  {
    name: "a chamber with a sixth of its hits",
    faults: { chamber: [0, 0.16] },
    within: 2,
    words: /^(the chamber loses hits|no muons in this chamber)/,
  },
  {
    name: "a layer that is nearly dead is one alarm",
    faults: { layer: [2, 4, 0.04] },
    within: 2,
    words: /^layer 4 (loses hits|is dead)/,
  },
  {
    name: "exchanged layers are not reported as losing hits",
    faults: { layers: [1, 2, 3] },
    within: 2,
    words: /^layers 2 and 3 (\(or [^)]*\) )?are exchanged/,
  },
  {
    name: "a mirrored chamber without a partner in its view",
    faults: { mirrored: 1 },
    within: 3,
    words: /mirrored/,
  },
  {
    name: "cables exchanged in a chamber without a partner",
    faults: { cables: [1, 1, 3] },
    within: 3,
    words: /^two cables of 16 channels are exchanged/,
  },
  {
    name: "cables exchanged in a chamber far from the plate",
    faults: { cables: [0, 0, 2] },
    within: 3,
    words: /cables .*exchanged/,
  },
  {
    name: "cables exchanged between two chambers",
    faults: { cablesOfTwo: [0, 1, 3, 2] },
    within: 6,
    words: /^cables of 16 channels are exchanged between chamber 0.* and chamber 3/,
  },
  {
    name: "two exchanged chambers of the same view are both named",
    faults: { chambers: [2, 3] },
    within: 12,
    words: /^chambers (2 and 3 are exchanged|0, 2 and 3 do not line up)/,
  },
  {
    name: "two exchanged chambers of different views are both named",
    faults: { chambers: [0, 1] },
    within: 6,
    words: /^chambers 0 and 1 are exchanged/,
  },
  {
    name: "lost timing signals are not reported as signals in the wrong orbit",
    faults: { timing: 0.02 },
    within: 3,
    words: /^timing signals are lost/,
  },
  {
    name: "timing signals in the wrong orbit",
    faults: { timingOrbits: 1 },
    within: 3,
    words: /^signals are in the wrong orbit/,
  },
  {
    name: "t0 of all chambers shifts, and its return raises no alarm",
    faults: { t0AllNs: -50 },
    within: 3,
    words: /^t0 of all chambers/,
  },
  {
    name: "a BX offset as large as the histogram's range is attributed to the FPGA",
    faults: { bxOffset: [1, 8] },
    within: 3,
    words: /^the BX counter of .*FPGA 1/,
  },
  {
    name: "after-pulses end in all chambers at once",
    faults: { afterPulses: 0.3 },
    within: 3,
    words: /^after-pulses in all chambers: /,
  },
  {
    name: "noise of a chamber is not intermittent in its layers",
    faults: { noise: [2, 1.6] },
    within: 3,
    words: /^noise of the chamber/,
    isChange: true,
  },
  {
    name: "trigger words without HEAD 4 and 5",
    faults: { noHeads: [4, 5] },
    within: 3,
    words: /^trigger words of HEAD 4 and 5 are missing/,
  },
];

describe("a telescope model independent of the simulator", () => {
  it.each(cases)("$name", ({ faults, within, words, isChange = false, options }) => {
    for (const before of isChange ? [goodWindows] : [0, goodWindows]) {
      const alarms = replay(faults, before, { seed: 11, ...options });
      const reasons = (from: number, to: number): string[] =>
        [...alarms].flatMap(([n, found]) => (n >= from && n <= to ? found.map(({ reason }) => reason) : []));
      expect(reasons(-Infinity, 0)).toEqual([]);
      expect(reasons(1, within).some((reason) => words.test(reason))).toBe(true);
      expect(reasons(1, Infinity).filter((reason) => !words.test(reason))).toEqual([]);
      expect(reasons(faultWindows + 4, Infinity)).toEqual([]);
    }
  });

  it.each([
    [0, 1, "(wires 0 to 3 and 4 to 7)"],
    [2, 3, "(wires 8 to 11 and 12 to 15)"],
    [0, 3, "(wires 0 to 3 and 12 to 15)"],
    // These three break the same lines.
    [1, 2, null],
    [0, 2, null],
    [1, 3, null],
  ])("names the wires of exchanged cables %i and %i only if no other exchange is possible", (a, b, wires) => {
    const named = [11, 12].flatMap((seed) =>
      [...replay({ cables: [1, a, b] }, goodWindows, { seed }).values()].flatMap((found) =>
        found.map(({ reason }) => /\(wires .*?\)/.exec(reason)?.[0]),
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(new Set(named)).toEqual(new Set([undefined, ...(wires === null ? [] : [wires])]));
  });

  it.each([
    [0, 1, 3, 2, "chamber 0 (wires 4 to 7) and chamber 3 (wires 8 to 11)"],
    [2, 0, 1, 3, "chamber 1 (wires 12 to 15) and chamber 2 (wires 0 to 3)"],
  ])("names cable %i/%i exchanged with %i/%i", (a, cable, b, other, names) => {
    const reasons = [...replay({ cablesOfTwo: [a, cable, b, other] }, goodWindows, { seed: 21 }).values()]
      .flat()
      .map(({ reason }) => reason);
    expect(reasons.some((reason) => reason.includes(names))).toBe(true);
    expect(reasons.filter((reason) => reason.includes("wires") && !reason.includes(names))).toEqual([]);
  });

  it.each([
    [
      "at a twentieth of the rate: showers are not after-pulses or hot cells",
      { muons: 26, noiseHits: 24, showers: 0.15 },
    ],
    ["with values measured in Legnaro", { muons: 200, noiseHits: 1000, efficiency: 0.93, timeSpreadNs: 6.5 }],
  ])("raises no alarm with good data, %s", (_, options) => {
    const [telescope, judge] = [new ToyTelescope({ seed: 5, ...options }), new QualityJudge()];
    for (let n = 0; n < 90; n += 1) {
      const message = telescope.next();
      const { findings } = judge.takeWindow(message, message.window.end_ms);
      expect(findings.filter(({ state }) => state === "bad" || state === "warning")).toEqual([]);
    }
  });

  it("does not take another noise pattern of the reference for cells that lose hits", () => {
    for (const seed of [31, 32, 33]) {
      const legnaro = { muons: 200, noiseHits: 1000, efficiency: 0.93, timeSpreadNs: 6.5, noiseSpread: 0.5 };
      const [past, telescope] = [seed + 100, seed].map((own) => new ToyTelescope({ ...legnaro, seed: own }));
      const judge = new QualityJudge();
      const windows = Array.from({ length: 60 }, () => past!.next());
      judge.setReference({ id: "past", reference: referenceOf(sumWindows(windows)!, "past", "test", 0) });
      for (let n = 0; n < 40; n += 1) {
        const message = telescope!.next();
        const { findings } = judge.takeWindow(message, message.window.end_ms);
        expect(findings.filter(({ rule }) => rule === "cell-efficiency")).toEqual([]);
      }
    }
  });

  it("does not take a narrow beam for another drift velocity", () => {
    for (const seed of [41, 42, 43, 44]) {
      const beam = { muons: 100, noiseHits: 600, timeSpreadNs: 4, beamMm: 90 };
      const [telescope, judge] = [new ToyTelescope({ ...beam, seed }), new QualityJudge()];
      for (let n = 0; n < 40; n += 1) {
        const message = telescope.next();
        const { findings } = judge.takeWindow(message, message.window.end_ms);
        expect(findings.filter(({ rule }) => rule === "drift-velocity")).toEqual([]);
      }
    }
  });
});
