/** Hard cases for the rules: slow drifts, worst values, quantities that vanish, flapping. */
import { describe, expect, it } from "vitest";
import { AlarmLog } from "../../../dashboard/bridge/quality/alarms.js";
import { defaultRules } from "../../../dashboard/bridge/quality/default-rules.js";
import { at, factsOf } from "../../../dashboard/bridge/quality/facts.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import { Origin } from "../../../dashboard/bridge/quality/origin.js";
import { WindowSpan } from "../../../dashboard/bridge/quality/span.js";
import { ladder, SlidingSums } from "../../../dashboard/bridge/quality/physics/sliding-sums.js";
import { expectedBelow } from "../../../dashboard/bridge/quality/physics/view.js";
import type { Finding, RuleId, WindowMessage } from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";

const messages = new SimulatedWindows({ seed: 9 }).take(60);

/** The same window `n` window lengths later, with the hits of a chamber scaled. */
function scaled(message: WindowMessage, chamber: number, factor: number): WindowMessage {
  const copy = structuredClone(message);
  const cells = copy.tdc_counts_chamber[String(chamber) as "0"];
  cells.hist_counts = cells.hist_counts.map((hits) => hits * factor);
  copy.hit_count_chamber[chamber]! *= factor;
  return copy;
}

function faultsOf(judge: QualityJudge, message: WindowMessage): Finding[] {
  const { findings } = judge.takeWindow(message, message.window.end_ms);
  return findings.filter(({ state, cause }) => (state === "warning" || state === "bad") && cause === null);
}

describe("the origin", () => {
  it.each([-0.5, 0.6])(
    "is bounded: a relative change of the rate by %d within half an hour is not learned",
    (change) => {
      const origin = new Origin(defaultRules.origin);
      const windows = 360;
      for (let n = 0; n < windows; n += 1)
        origin.offer(
          factsOf(scaled(messages[n % messages.length]!, 1, 1 + (change * n) / windows)),
          null,
          true,
          true,
        );
      const sum = origin.picture()!;
      const perMs = (vector: ArrayLike<number>): number => {
        let hits = 0;
        for (let cell = 64; cell < 128; cell += 1) hits += vector[cell]!;
        return hits / vector[at.ms]!;
      };
      const begin =
        messages.reduce((all, message) => all + perMs(factsOf(message).vector), 0) / messages.length;
      expect(Math.abs(perMs(sum) / begin - 1)).toBeLessThan(0.15);
    },
  );

  it("is collected from good data", () => {
    const origin = new Origin(defaultRules.origin);
    for (let n = 0; n < 400; n += 1) origin.offer(factsOf(messages[n % messages.length]!), null, true, true);
    expect(origin.isFull).toBe(true);
  });
});

describe("a cleared alarm keeps its worst value", () => {
  const cases: [RuleId, string, number, number][] = [
    ["layer-efficiency", "efficiency", 0.3, 0.7],
    ["layer-efficiency", "segments_ratio", 0.02, 0.09],
    ["cabling", "lines_fraction", 0.1, 0.5],
    ["cell-efficiency", "fraction", 0.1, 0.4],
    ["cell-efficiency", "cells", 9, 5],
    ["fpga-orbit", "found_fraction", 0.01, 0.05],
    ["segment-loss", "ratio", 0.4, 0.7],
    ["noise", "ratio", 3, 1.7],
    ["timing-noise", "fraction", 0.9, 0.6],
    ["time-offset", "offset_ns", -60, -25],
  ];
  it.each(cases)("%s: %s %d, not %d", (rule, name, worst, weak) => {
    for (const order of [
      [worst, weak],
      [weak, worst],
    ]) {
      const log = new AlarmLog();
      const finding = (value: number): Finding => ({
        ...{
          key: rule,
          rule,
          scope: { kind: "whole" },
          state: "warning",
          reason: `${value}`,
          numbers: { [name]: value },
        },
        ...{ since_ms: 0, window_id: 1, what_to_do: "", cause: null },
      });
      order.forEach((value, i) => log.update([finding(value)], i, false));
      log.update([], 5, false);
      expect(log.list()[0]!.finding.numbers).toEqual({ [name]: worst });
    }
  });
});

describe("a quantity that vanishes", () => {
  const withoutTimes = (message: WindowMessage, chamber: string): WindowMessage => {
    const copy = structuredClone(message);
    const empty = (counts: { hist_counts: number[]; underflow: number; overflow: number }): void => {
      counts.hist_counts = counts.hist_counts.map(() => 0);
      counts.underflow = counts.overflow = 0;
    };
    empty(copy.segment_chamber![chamber]!.t0_scint);
    return copy;
  };

  it("is reported: t0 of one chamber while the other chambers keep theirs, from the start and later", () => {
    for (const from of [0, 30]) {
      const judge = new QualityJudge();
      for (const message of messages.slice(0, from)) expect(faultsOf(judge, message)).toEqual([]);
      const found = messages
        .slice(from, from + 4)
        .map((message) => faultsOf(judge, withoutTimes(message, "1")).map(({ key }) => key));
      expect(found.at(-1)).toEqual(["time-offset chamber 1"]);
    }
  });
});

describe("sums over spans", () => {
  it("equal those of the windows, also after corrections", () => {
    const vectors = Array.from({ length: 420 }, (_, n) => Float32Array.of(n, (7 * n) % 11));
    const sums = new SlidingSums(2);
    vectors.forEach((vector, n) => sums.push(n, vector));
    vectors[415] = Float32Array.of(1, 1);
    expect(sums.replace(415, vectors[415])).toBe(true);
    ladder.forEach((span, step) => {
      const own = vectors.slice(-span);
      expect([...sums.sum(step)]).toEqual([0, 1].map((i) => own.reduce((all, one) => all + one[i]!, 0)));
    });
  });

  it("of facts equal those of the windows, also if windows are late and corrected", () => {
    const span = new WindowSpan(24);
    const facts = messages.map(factsOf);
    const order = [...facts.slice(0, 40), facts[41]!, facts[40]!, facts[42]!, facts[41]!];
    for (const one of order) span.put(one);
    for (const windows of [1, 2, 3, 8, 24]) {
      const own = facts.slice(43 - windows, 43);
      const [hits] = [own.reduce((all, { vector }) => all + vector[at.hits]!, 0)];
      expect(span.sum(windows)[at.hits]).toBe(hits);
      expect(span.sum(windows)[70]).toBe(own.reduce((all, { vector }) => all + vector[70]!, 0));
    }
  });
});

describe("flapping", () => {
  it("of a layer, in one window of eight, is one lasting alarm that clears after 24 good windows", () => {
    const judge = new QualityJudge();
    const faulty = new SimulatedWindows({
      seed: 9,
      faults: [3, 11, 19].map((from) => ({
        fault: { kind: "layer_loss" as const, chamber: 1, layer: 2, strength: 0.05 },
        from: 30 + from,
        to: 31 + from,
      })),
    }).take(90);
    const alarms = faulty.map((message) => faultsOf(judge, message));
    const keys = new Set(alarms.flat().map(({ key }) => key));
    expect([...keys].every((key) => key.includes("chamber 1 layer 2"))).toBe(true);
    const standing = alarms.slice(50, 50 + 20);
    for (const found of standing) {
      expect(found).toHaveLength(1);
      expect(found[0]!.reason).toMatch(/^intermittent(, not in the last \d+ windows)?: layer 2/);
    }
    expect(standing.at(-1)![0]!.reason).toMatch(/^intermittent, not in the last \d+ windows: layer 2/);
    expect(alarms.slice(80).flat()).toEqual([]);
  });
});

it("a value that is back within its limit is not shown as if the limit were violated", () => {
  expect(expectedBelow({ beyond: true }, "0.95 mm")).toBe("expected below 0.95 mm");
  expect(expectedBelow({ beyond: false }, "0.95 mm")).toBe("not yet well below 0.95 mm");
});
