/** Regression tests for bugs of the judge that were seen on the page. */
import { describe, expect, it } from "vitest";
import { AlarmLog } from "../../../dashboard/bridge/quality/alarms.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/judge.js";
import type { Alarm, DetectorFault, Finding, WindowMessage } from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";
import { Practice, healthy, withCells } from "./practice.js";

const layer = (strength: number, more: { period_s?: number; duty?: number } = {}): DetectorFault => ({
  kind: "layer_loss",
  chamber: 1,
  layer: 3,
  strength,
  ...more,
});

/** Judges windows and logs their alarms, as the bridge does. */
class Watched {
  readonly log = new AlarmLog();
  readonly practice = healthy();

  run(windows: number, change?: (message: WindowMessage) => WindowMessage): void {
    for (let i = 0; i < windows; i += 1) {
      this.practice.run(1, change);
      this.log.update(this.practice.quality.findings, this.practice.nowMs, false);
    }
  }

  get standing(): Alarm[] {
    return this.log.list().filter(({ cleared_ms }) => cleared_ms === null);
  }
}

const rules = (alarms: readonly Alarm[]): string[] => alarms.map(({ finding }) => finding.rule);

describe("bugs of the judge that were fixed", () => {
  it("panel and light show the same numbers, window after window", () => {
    const watched = new Watched();
    for (const strength of [0.6, 0.5, 0.3, 0.4]) {
      watched.practice.set({ detector: [layer(strength)] });
      watched.run(1);
      for (const { finding } of watched.standing)
        expect(watched.practice.quality.findings).toContainEqual(finding);
    }
    expect(watched.standing).toHaveLength(1);
    expect(watched.practice.quality.chambers[1]!.reason).toBe(watched.standing[0]!.finding.reason);
  });

  it("a cleared alarm keeps its worst value", () => {
    const finding = (efficiency: number): Finding => ({
      ...{ key: "layer-efficiency chamber 1 layer 3", rule: "layer-efficiency", state: "bad" },
      ...{
        scope: { kind: "layer", chamber: 1, layer: 3 },
        reason: `${efficiency}`,
        since_ms: 0,
        window_id: 1,
      },
      ...{ numbers: { efficiency }, what_to_do: "", cause: null },
    });
    const log = new AlarmLog();
    for (const [at, efficiency] of [0.5, 0.2, 0.8].entries()) log.update([finding(efficiency)], at, false);
    log.update([], 5, false);
    expect(log.list()).toMatchObject([{ cleared_ms: 5, finding: { numbers: { efficiency: 0.2 } } }]);
  });

  it("a practice fault of late data raises no alarm about missing messages when it is switched off", () => {
    const watched = new Watched();
    watched.practice.set({ late_data: { fraction: 0.2, delay_ms: 20_000 } });
    watched.run(6);
    expect(rules(watched.standing)).toEqual(["late-rows"]);
    watched.practice.set({ late_data: null });
    watched.run(14);
    expect(new Set(rules(watched.log.list()))).toEqual(new Set(["late-rows"]));
    expect(watched.standing).toEqual([]);
  });

  it("a dead FPGA is one alarm about the board, even if it reads the timing signals", () => {
    const watched = new Watched();
    watched.practice.set({ dead_fpga: 1 });
    watched.run(5);
    expect(rules(watched.standing)).toEqual(["dead-fpga"]);
    expect(watched.standing[0]!.finding.what_to_do).toContain("read-out board");
    expect(watched.practice.quality.whole.reason).toMatch(/FPGA 1/);
    expect(rules(watched.log.list())).toEqual(["dead-fpga"]);
  });

  it("two incidents are two alarms, each with its own start time", () => {
    const watched = new Watched();
    const dead = (message: WindowMessage): WindowMessage =>
      withCells(message, 2, (hits, cell) => (cell % 4 === 2 ? 0 : hits));
    watched.run(3, dead);
    watched.run(30);
    watched.run(3, dead);
    const [second, first] = watched.log.list().filter(({ finding }) => finding.rule === "dead-layer");
    expect(first!.cleared_ms).not.toBeNull();
    expect(second!.raised_ms).toBeGreaterThan(first!.cleared_ms!);
    expect(second!.finding.since_ms).toBe(second!.raised_ms);
    expect(second!.finding).not.toHaveProperty("intermittent");
  });

  it("a fault that ended before the own past was complete raises no alarm afterwards", () => {
    const faults: ConstructorParameters<typeof SimulatedWindows>[0] = {
      seed: 5,
      faults: [
        { fault: layer(0.05), from: 10, to: 22 },
        { fault: { kind: "unmapped", strength: 0.03 }, from: 10, to: 20 },
      ],
    };
    const judge = new QualityJudge();
    const alarms = new AlarmLog();
    // Too few windows before the faults for a comparison.
    for (const message of new SimulatedWindows(faults).take(60).slice(4))
      alarms.update(judge.takeWindow(message, message.emitted_ms).findings, message.emitted_ms, false);
    expect(judge.comparedWith()).toMatch(/^its own past/);
    expect(rules(alarms.list())).toEqual(["layer-efficiency"]);
  });

  it("a layer that is dead for 2 s out of every 4 s is one lasting alarm", () => {
    const practice = new Practice();
    practice.run(12);
    practice.set({ detector: [layer(0, { period_s: 4, duty: 0.5 })] });
    practice.run(4);
    for (let i = 0; i < 12; i += 1) {
      practice.run(1);
      expect(practice.faults).toHaveLength(1);
      expect(practice.faults[0]!.key).toMatch(/chamber 1 layer 3$/);
    }
  });
});
