/** Goodness of fit: its statistic, stored null distribution and findings, with segments from a formula, not the simulator. */
import { describe, expect, it } from "vitest";
import type { Reference, SegmentCounts, WindowMessage } from "../../../pipeline/model/index.js";
import { addWindow, emptySum, referenceOf } from "../../../dashboard/bridge/monitor/sums.js";
import { checkReference } from "../../../dashboard/bridge/monitor/check-reference.js";
import { batchOf } from "../../../dashboard/bridge/quality/goodness/batch.js";
import { Goodness } from "../../../dashboard/bridge/quality/goodness/index.js";
import { nullOf } from "../../../dashboard/bridge/quality/goodness/null-batches.js";
import { ReferenceShape } from "../../../dashboard/bridge/quality/goodness/statistic.js";
import { defaultRules, QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";
import { formulaSegments, type FormulaFault } from "../../helpers/formula-segments.js";
import { makeMessage, seeded } from "../../helpers/messages.js";

const settings = defaultRules.rules["goodness-of-fit"];

function windowsOf(random: () => number, count: number, fault: FormulaFault = {}): WindowMessage[] {
  const plain = makeMessage({ id: 1, orbits: 5 });
  return Array.from({ length: count }, (_, id) => ({
    ...plain,
    msg_ID: id,
    segment_chamber: { "2": formulaSegments(random, 125, fault) },
  }));
}

function referenceFrom(windows: readonly WindowMessage[]): Reference {
  const sum = emptySum(windows[0]!);
  for (const message of windows) addWindow(sum, message);
  const goodness = nullOf(windows, sum.segment_chamber);
  return { ...referenceOf(sum, "good", "test", 0), ...(goodness !== undefined && { goodness }) };
}

const reference = referenceFrom(windowsOf(seeded(1), 120));
const calm = (): boolean => false;

describe("the statistic", () => {
  it("is the likelihood ratio of two binned samples", () => {
    const histogram = (counts: number[]): SegmentCounts => {
      const segments = structuredClone(formulaSegments(seeded(1), 0));
      segments.four_hit = 100;
      segments.angle.hist_counts.splice(0, 2, ...counts);
      return segments;
    };
    const shape = new ReferenceShape(batchOf(histogram([400, 600])), 100);
    const { z } = shape.compare(batchOf(histogram([55, 45])), false);
    // By hand: G = 2 sum of n ln(n / expected) over the four cells of the table 55, 45 / 400, 600.
    const [n, m] = [(455 * 100) / 1100, (645 * 100) / 1100];
    const g =
      2 *
      (55 * Math.log(55 / n) +
        45 * Math.log(45 / m) +
        400 * Math.log(400 / (455 - n)) +
        600 * Math.log(600 / (645 - m)));
    expect(z).toBeCloseTo((g - 1) / Math.sqrt(2), 9);
  });
});

describe("the stored null distribution", () => {
  it("is stored with the reference, is reproducible, and gives no p of 0", () => {
    expect(reference.goodness?.segments).toBe(250);
    expect(reference.goodness?.chambers["2"]).toHaveLength(300);
    expect(referenceFrom(windowsOf(seeded(1), 120))).toEqual(reference);
    expect(checkReference(JSON.parse(JSON.stringify(reference)))).toBeNull();
  });

  it("rejects about 1 % of good batches at 1 %, with and without correlated layers", () => {
    const shape = new ReferenceShape(batchOf(reference.segment_chamber!["2"]!), 250);
    const sorted = reference.goodness!.chambers["2"]!;
    const random = seeded(77);
    const beyond = Array.from(
      { length: 400 },
      () => shape.compare(batchOf(formulaSegments(random, 250)), false).z,
    ).filter((z) => z >= sorted[297]!).length;
    expect(beyond).toBeLessThan(13);
  });

  it("requires enough windows", () => {
    expect(referenceFrom(windowsOf(seeded(1), 10)).goodness).toBeUndefined();
  });
});

describe("goodness of fit", () => {
  /** Number of batches (of two windows) until a fault of the chamber is found; Infinity if none is. */
  function batchesUntil(goodness: Goodness, windows: readonly WindowMessage[], isReported: boolean): number {
    const at = windows.findIndex((message) => {
      goodness.put(message, calm);
      return goodness.reported().length > 0 === isReported;
    });
    return at < 0 ? Infinity : Math.ceil((at + 1) / 2);
  }

  it.each<[string, FormulaFault, RegExp]>([
    ["t0 by -6 ns", { t0: -6 }, /mean-timer sums of layers \d to \d: their mean is shifted by -1\d/],
    ["drift slower at the edge by 8 %", { edge: 0.08 }, /mean-timer sums/],
    ["drift slower at the edge by 3 %", { edge: 0.03 }, /mean-timer sums/],
  ])("finds %s after four batches, and clears six batches after its end", (_, fault, words) => {
    const goodness = new Goodness(settings, reference, "reference good");
    const random = seeded(3);
    expect(batchesUntil(goodness, windowsOf(random, 40), true)).toBe(Infinity);
    expect(batchesUntil(goodness, windowsOf(random, 20, fault), true)).toBeLessThanOrEqual(5);
    const [reported] = goodness.reported();
    expect(reported).toMatchObject({ scope: { kind: "chamber", chamber: 2 }, state: "warning" });
    expect(reported!.reason).toMatch(
      /^segments differ from reference good: \d of the last \d batches have p below 1 %/,
    );
    expect(reported!.reason).toMatch(words);
    expect(reported!.numbers["probability"]).toBeGreaterThan(0);
    expect(batchesUntil(goodness, windowsOf(random, 40), false)).toBeLessThanOrEqual(6);
  });

  it("finds nothing in a chamber with another fault, and restarts afterwards", () => {
    const goodness = new Goodness(settings, reference, "reference good");
    const random = seeded(4);
    for (const message of windowsOf(random, 20, { t0: -6 }))
      goodness.put(message, (chamber) => chamber === 2);
    expect(goodness.reported()).toEqual([]);
    expect(batchesUntil(goodness, windowsOf(random, 12), true)).toBe(Infinity);
  });

  it("finds nothing if the reference has no null distribution", () => {
    const old = { ...reference };
    delete old.goodness;
    const goodness = new Goodness(settings, old, "reference good");
    for (const message of windowsOf(seeded(5), 20, { t0: -20 })) goodness.put(message, calm);
    expect(goodness.reported()).toEqual([]);
  });

  it("gives one warning of the judge for windows of the pipeline", () => {
    const good = new SimulatedWindows({ seed: 41, rateHz: 2000 }).take(30);
    const judge = new QualityJudge();
    judge.setReference({ id: "r", reference: referenceFrom(good) });
    const fault = { fault: { kind: "t0_layer" as const, chamber: 1, layer: 2, strength: 6 }, from: 4 };
    const alarms = new Set<string>();
    for (const message of new SimulatedWindows({ seed: 42, rateHz: 2000, faults: [fault] }).take(20))
      for (const { key, state } of judge.takeWindow(message, message.window.end_ms).findings)
        if (state === "warning" || state === "bad") alarms.add(key);
    expect([...alarms]).toEqual(["goodness-of-fit chamber 1"]);
  });
});
