/** Alarms as shifters see them: start time, count, and affected channels. */
import { describe, expect, it } from "vitest";
import { AlarmLog } from "../../../dashboard/bridge/quality/alarms.js";
import { factsOf } from "../../../dashboard/bridge/quality/facts.js";
import { Findings } from "../../../dashboard/bridge/quality/findings.js";
import { builtInRules } from "../../../dashboard/bridge/quality/rules-config.js";
import { WindowSpan } from "../../../dashboard/bridge/quality/span.js";
import { unmappedChannels } from "../../../dashboard/bridge/quality/unmapped-channels.js";
import { lightsOf } from "../../../dashboard/bridge/quality/verdicts.js";
import {
  activeSinceMs,
  worstFindingOf,
  unmappedWords,
  type Finding,
  type RowSample,
} from "../../../pipeline/model/index.js";
import { makeFinding } from "../../dashboard/support.js";
import { makeMessage } from "../../helpers/messages.js";

describe("an alarm that comes back within a minute", () => {
  it("is the same alarm, active since it came back", () => {
    const log = new AlarmLog();
    const finding = makeFinding();
    const [raised] = log.update([finding], 1000, false);
    log.update([], 20_000, false);
    const [again] = log.update([finding], 50_000, false);
    expect(again).toMatchObject({ id: raised!.id, raised_ms: 1000, reopened_ms: 50_000, cleared_ms: null });
    expect([raised!, again!].map(activeSinceMs)).toEqual([1000, 50_000]);
    // Newer numbers do not change the time.
    log.update([finding], 55_000, false);
    expect(activeSinceMs(log.list()[0]!)).toBe(50_000);
  });

  it("states until when the fault was found, unless it is active", () => {
    const log = new AlarmLog();
    const found = (ms: number): Finding => makeFinding({ found_until_ms: ms });
    log.update([found(1000)], 1100, false);
    expect(log.update([{ ...found(6000), state: "warning" }], 6100, false)[0]).not.toHaveProperty(
      "found_until_ms",
    );
    expect(log.update([], 16_100, false)).toMatchObject([{ cleared_ms: 16_100, found_until_ms: 6000 }]);
    expect(log.update([found(21_000)], 21_100, false)[0]).not.toHaveProperty("found_until_ms");
    expect(log.update([], 31_100, false)).toMatchObject([{ found_until_ms: 21_000 }]);
  });

  it("keeps the finding of its earlier occurrence separately, and is as severe as the most severe one", () => {
    const log = new AlarmLog();
    const jump = makeFinding({
      reason: "orbit counter jumped by 9 000",
      numbers: { orbits: 9000, windows: 1 },
    });
    log.update([jump], 1000, false);
    log.update([], 20_000, false);
    const other = makeFinding({
      state: "warning",
      reason: "jumped by 40",
      numbers: { orbits: 40, windows: 9 },
    });
    log.update([other], 50_000, false);
    const [cleared] = log.update([], 60_000, false);
    expect(cleared).toMatchObject({
      finding: { reason: "jumped by 40" },
      earlier: [{ from_ms: 1000, to_ms: 20_000, finding: { reason: "orbit counter jumped by 9 000" } }],
    });
    expect(worstFindingOf(cleared!)).toBe(jump);
  });

  it("remembers a bounded number of earlier times", () => {
    const log = new AlarmLog();
    for (let i = 0; i < 50; i += 1) log.update(i % 2 === 0 ? [makeFinding()] : [], 1000 * i, false);
    const [alarm] = log.list();
    expect(alarm!.earlier).toHaveLength(20);
    expect(alarm!.earlier!.at(-1)).toMatchObject({ from_ms: 46_000, to_ms: 47_000 });
  });
});

describe("the finding kept of a cleared alarm", () => {
  const keptOf = (numbers: readonly Record<string, number>[]): Record<string, number> => {
    const log = new AlarmLog();
    numbers.forEach((one, i) => log.update([makeFinding({ numbers: one })], 5000 * i, false));
    return log.update([], 5000 * numbers.length, false)[0]!.finding.numbers;
  };

  it("is from many windows, not the first, which may name a wrong part", () => {
    const first = { lines_fraction: 0.04, windows: 2 };
    const all = [first, ...[5, 12, 12].map((windows) => ({ lines_fraction: 0.06, windows }))];
    expect(keptOf(all)).toEqual({ lines_fraction: 0.06, windows: 12 });
  });

  it("is the worst of those from equally many windows, not the last, which includes good data", () => {
    const all = [0.11, 0.06, 0.3].map((lines_fraction) => ({ lines_fraction, windows: 12 }));
    expect(keptOf(all)).toEqual({ lines_fraction: 0.06, windows: 12 });
  });

  it("has the diagnosis that was given most often in the worst state", () => {
    const log = new AlarmLog();
    const guess = {
      reason: "cables are exchanged: 20 ± 9 % of the orbits",
      numbers: { lines_fraction: 0.2 },
    };
    const name = (part: number): Partial<Finding> => ({
      reason: `layers 1 and 2 are exchanged: ${part} ± 6 % of the orbits`,
      numbers: { lines_fraction: part / 100 },
    });
    const mild = { ...guess, reason: "few lines", state: "warning" } as const;
    const given = [guess, guess, name(26), name(24), name(25), guess, ...Array(9).fill(mild)];
    given.forEach((one, i) => log.update([makeFinding(one)], 5000 * i, false));
    const [alarm] = log.update([], 100_000, false);
    expect(alarm!.finding.reason).toBe("layers 1 and 2 are exchanged: 24 ± 6 % of the orbits");
  });

  it.each([0, 1])("of a bit stuck at %d is the one farthest from half", (level) => {
    const far = { peak_fraction: 0.07, bit: 2, bit_fraction: level, windows: 12 };
    const near = { ...far, peak_fraction: 0.08, bit_fraction: Math.abs(level - 0.02) };
    expect(keptOf([near, far, near])).toEqual(far);
  });
});

describe("an alarm that turns out to be a consequence", () => {
  const chamber = { kind: "chamber", chamber: 1 } as const;
  const first = makeFinding({ key: "time-offset chamber 1", scope: chamber, reason: "t0 is off by 10 ns" });
  const fault = makeFinding({ key: "layer-time", scope: chamber, reason: "layer 2 is 25 ± 3 ns late" });

  it("clears with the finding that explains it, and loses it when it comes back on its own", () => {
    const log = new AlarmLog();
    log.update([first], 1000, false);
    const [cleared] = log.update([{ ...first, cause: fault.key }, fault], 6000, false);
    const explained_by = { key: fault.key, scope: chamber, reason: fault.reason };
    expect(cleared).toMatchObject({ finding: { key: first.key }, cleared_ms: 6000, explained_by });
    const [again] = log.update([first], 11_000, false);
    expect(again).toMatchObject({ finding: { key: first.key }, cleared_ms: null });
    expect(again).not.toHaveProperty("explained_by");
  });
});

describe("an alarm of a part of the telescope", () => {
  const part = makeFinding({ key: "time-offset chamber 1", scope: { kind: "chamber", chamber: 1 } });
  const whole = makeFinding({
    key: "time-offset whole",
    scope: { kind: "whole" },
    reason: "t0 of all is off",
  });
  const board = (chambers: number[]): Finding =>
    makeFinding({ key: "time-offset fpga 0", scope: { kind: "fpga", fpga: 0, chambers } });
  const [begin, window] = [1000, 5000];

  const layer = makeFinding({ key: "time-offset layer", scope: { kind: "layer", chamber: 1, layer: 2 } });

  /** The alarm of a part when it ends: `other` is found after `later` windows, and the part for one window more. */
  function endedWith(other: Finding, later: number, one = part) {
    const log = new AlarmLog();
    log.update([one], begin, false);
    log.update([one, other], begin + later * window, false);
    const changed = log.update([other], begin + (later + 1) * window, false);
    return changed.find(({ finding }) => finding.key === one.key);
  }

  it.each([
    ["all chambers", whole, part],
    ["its board", board([0, 1]), part],
    ["its board, with no other chamber", board([1]), part],
    ["its chamber", part, layer],
  ])("is the first sign of the same fault of %s that replaces it", (_, wider, one) => {
    expect(endedWith(wider, 1, one)).toMatchObject({ explained_by: { key: wider.key } });
  });

  it("is not that of a fault elsewhere, of another rule, or of an older one", () => {
    const elsewhere = {
      ...part,
      key: "time-offset chamber 0",
      scope: { kind: "chamber", chamber: 0 },
    } as const;
    expect(endedWith(elsewhere, 1, layer)).not.toHaveProperty("explained_by");
    expect(endedWith(board([2, 3]), 1)).not.toHaveProperty("explained_by");
    expect(endedWith({ ...whole, rule: "noise" }, 1)).not.toHaveProperty("explained_by");
    const log = new AlarmLog();
    log.update([whole], begin, false);
    log.update([whole, part], begin + window, false);
    expect(log.update([whole], begin + 2 * window, false)[0]).not.toHaveProperty("explained_by");
  });
});

describe("the cleared alarms kept", () => {
  it("are those that cleared last, not those raised last", () => {
    const log = new AlarmLog();
    const long = makeFinding({ key: "long" });
    for (let i = 0; i <= 120; i += 1) log.update([long, makeFinding({ key: `short ${i}` })], 1000 * i, false);
    log.update([], 200_000, false);
    expect(log.list()).toHaveLength(100);
    expect(log.list().map(({ finding }) => finding.key)).toContain("long");
  });
});

describe("the begin of a fault", () => {
  it("is that of its finding when the alarm is raised", () => {
    const log = new AlarmLog();
    const [alarm] = log.update([makeFinding({ after_ms: 15_000 })], 60_000, false);
    expect(alarm).toMatchObject({ raised_ms: 60_000, after_ms: 15_000 });
    expect(new AlarmLog().update([makeFinding()], 60_000, false)[0]).not.toHaveProperty("after_ms");
  });

  it("skips windows without information, and does not depend on when the windows arrive", () => {
    const span = new WindowSpan(24);
    const put = (id: number, partial = false): boolean => span.put(factsOf(makeMessage({ id, partial })));
    expect(span.startBefore(1)).toBeNull();
    for (const id of [100, 101, 104]) put(id);
    put(105, true);
    put(106);
    expect(span.startBefore(1)).toBe(525_000);
    expect(span.startBefore(2)).toBe(505_000);
    expect(span.startBefore(9)).toBe(500_000);
  });

  it("is half a span and a window earlier than the span, and is kept while the fault is active", () => {
    const findings = new Findings(builtInRules.config, 2, { startBefore: (windows) => 1000 - windows });
    const found = (windows: number): number | undefined => {
      const numbers = { efficiency: 0.3, windows };
      const scope = { kind: "layer", chamber: 1, layer: 2 } as const;
      findings.update([{ rule: "layer-efficiency", scope, state: "bad", reason: "", numbers }], 0, 1);
      return findings.list()[0]!.after_ms;
    };
    expect(found(8)).toBe(988);
    expect(found(12)).toBe(988);
    for (let i = 0; i < 4; i += 1) findings.update([], 0, 2);
    expect(found(1)).toBe(999);
  });
});

describe("the overall light", () => {
  const parts = { chambers: [0, 1, 2, 3], hasTiming: true };

  it("counts the alarms listed in the panel, without their consequences", () => {
    const cause = makeFinding({ key: "dead-layer", reason: "layer 3 is dead" });
    const effect = makeFinding({ key: "noise", cause: "dead-layer" });
    expect(lightsOf([cause, effect], true, parts).whole.reason).toBe("chamber 1: layer 3 is dead");
    const warning = makeFinding({ key: "clock", state: "warning", scope: { kind: "stream" } });
    expect(lightsOf([cause, effect, warning], true, parts).whole.reason).toBe(
      "chamber 1: layer 3 is dead (and 1 other alarm)",
    );
  });
});

describe("channels of no chamber", () => {
  const sample = (fpga: number, channel: number, seen_ms = 100_000): RowSample => ({
    kind: "unmapped",
    reason: unmappedWords(fpga, channel),
    text: "",
    partition: 0,
    offset: "0",
    record_ms: seen_ms,
    seen_ms,
  });

  it("are named, the most frequent first, without old rows and the read-out's own channels", () => {
    const samples = [
      sample(0, 200),
      sample(1, 140),
      sample(1, 140),
      { ...sample(1, 138), kind: "own" as const },
      sample(0, 300, 30_000),
      { ...sample(0, 210), kind: "late" as const },
    ];
    expect(unmappedChannels(samples, 100_000)).toEqual(["FPGA 1 channel 140", "FPGA 0 channel 200"]);
  });

  it("are at most three", () => {
    const samples = Array.from({ length: 9 }, (_, i) => sample(0, 200 + i));
    expect(unmappedChannels(samples, 100_000)).toHaveLength(3);
  });
});
