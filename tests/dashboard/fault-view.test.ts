/** Every rule has a plot that shows its fault, with the windows that the rule judged. */
import { describe, expect, it } from "vitest";
import { plotOfFinding } from "../../dashboard/src/charts/of-finding.js";
import { fpgasShown, muonLook } from "../../dashboard/src/composables/useMuons.js";
import { pictureOf } from "../../dashboard/src/live/picture.js";
import {
  alarmView,
  causeOf,
  deadCells,
  faultView,
  withWayBack,
} from "../../dashboard/src/live/fault-view.js";
import { newestView, readView, usualView, writeView } from "../../dashboard/src/view/view.js";
import {
  layerOfCell,
  muonCountsOf,
  ruleIds,
  type Alarm,
  type Finding,
  type Scope,
} from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { makeFinding } from "./support.js";

const [message] = new SimulatedWindows({ rateHz: 5000 }).take(1);
const picture = pictureOf(message!);
const muons = muonCountsOf(message!);
const data = { picture, counts: () => muons, lookWith: muonLook };
const look = { dark: false, log: false };

describe("the plot of a fault", () => {
  it.each(ruleIds)("of %s has a URL", (rule) => {
    const scopes: Scope[] = [
      { kind: "chamber", chamber: 6 },
      { kind: "fpga", fpga: 5, chambers: [2, 3] },
      { kind: "chambers", chambers: [0, 1] },
      { kind: "whole" },
    ];
    for (const scope of scopes) {
      const view = { ...usualView, ...faultView(makeFinding({ rule, scope })) };
      expect(readView(writeView(view))).toEqual(view);
      expect(view.at !== null || view.panel !== null).toBe(true);
    }
  });

  it("shows the chamber, FPGA or cell, over the windows that the rule judged", () => {
    const efficiency = makeFinding({
      rule: "layer-efficiency",
      scope: { kind: "layer", chamber: 2, layer: 3 },
      numbers: { windows: 3, efficiency: 0.6 },
    });
    expect(faultView(efficiency)).toMatchObject({
      tab: "muons",
      part: "segments",
      chamber: 2,
      at: "efficiency",
      span: 3,
      window: null,
    });
    const cell = makeFinding({
      rule: "dead-cell",
      scope: { kind: "cell", chamber: 5, cell: 30 },
      numbers: {},
    });
    expect(faultView(cell)).toMatchObject({ tab: "occupancy", at: "occupancy-5", cell: [5, 30], span: 12 });
    const bits = makeFinding({ rule: "bx-spectrum", scope: { kind: "fpga", fpga: 3, chambers: [] } });
    expect(faultView(bits)).toMatchObject({ tab: "readout", at: "bx-3" });
    expect(faultView({ ...bits, numbers: { bit: 3 } })).toMatchObject({ tab: "readout", at: "bxbits-3" });
    const words = makeFinding({ rule: "trigger-words", scope: { kind: "stream" } });
    expect(faultView({ ...words, numbers: { fpga: 1, fpgas: 1 } })).toMatchObject({
      part: "words",
      at: "word-dt0-1",
    });
    expect(faultView({ ...words, numbers: { head: 4, ratio: 8 } })).toMatchObject({ at: "word-dt0-0" });
    const cables = makeFinding({ rule: "cabling", scope: { kind: "chamber", chamber: 1 } });
    const layers = {
      ...cables,
      reason: "layers 2 and 3 are exchanged: 9 % of the orbits",
      numbers: { layer: 2 },
    };
    expect(faultView(layers)).toMatchObject({ chamber: 1, at: "efficiency" });
    // The pair is not known with few lines.
    const unnamed = { ...layers, reason: "two layers are exchanged: 9 % of the orbits", numbers: {} };
    expect(faultView(unnamed)).toMatchObject({ chamber: 1, at: "efficiency" });
    const mirrored = {
      ...unnamed,
      reason: "cables are exchanged or the chamber is mirrored: 9 % of the orbits",
    };
    expect(faultView(mirrored)).toMatchObject({ chamber: 1, at: "position" });
    expect(faultView({ ...cables, numbers: { edge_lack: 0.4 } })).toMatchObject({
      chamber: 1,
      at: "position",
    });
  });

  it("of lost segments compares the chambers", () => {
    const lost = makeFinding({ rule: "segment-loss", scope: { kind: "chamber", chamber: 1 }, numbers: {} });
    expect(faultView(lost)).toMatchObject({ chamber: null, at: "angle" });
    expect(plotOfFinding(lost, data, look)?.spec.data.datasets).toHaveLength(4);
  });

  it("of noise in all cells of a chamber compares the chambers, that of a layer its cells", () => {
    const scope = { kind: "chamber", chamber: 3 } as const;
    const loud = makeFinding({ rule: "noise", scope, numbers: { windows: 2 } });
    expect(faultView(loud)).toMatchObject({ tab: "overview", at: "occupancy", chamber: null, span: 2 });
    expect(faultView({ ...loud, scope: { kind: "layer", chamber: 3, layer: 2 } })).toMatchObject({
      at: "cellnoise-3",
      chamber: 3,
    });
  });

  it("of after-pulses is that of the drift times, where they have a tail", () => {
    const pulses = makeFinding({ rule: "after-pulses", scope: { kind: "chamber", chamber: 3 }, numbers: {} });
    expect(faultView(pulses)).toMatchObject({ tab: "drift", at: "drift-3" });
    expect(faultView({ ...pulses, scope: { kind: "whole" } })).toMatchObject({
      tab: "overview",
      at: "drift",
    });
  });

  it("of rejected rows is the list of these rows", () => {
    for (const rule of ["malformed", "unmapped"] as const)
      expect(faultView(makeFinding({ rule, scope: { kind: "stream" } }))).toMatchObject({
        panel: "rows",
        at: `rows-${rule}`,
      });
  });

  it("of a silent FPGA is shown, although the windows have no rows of it", () => {
    expect(fpgasShown({ 10: {}, 2: {} }, [0, 0, 1, 2])).toEqual(["0", "1", "2", "10"]);
    expect(fpgasShown({}, [0, 1])).toEqual(["0", "1"]);
    expect(fpgasShown(undefined, [0, 1])).toEqual([]);
  });

  it("of a cleared alarm shows the windows of the alarm", () => {
    const finding = makeFinding({ window_id: 77, numbers: { windows: 96 } });
    expect(faultView(finding, true)).toMatchObject({ window: 77, span: 60 });
    // The numbers are those of later windows than the first.
    expect(faultView({ ...finding, newest_window_id: 80 }, true)).toMatchObject({ window: 80, span: 60 });
    expect(faultView({ ...finding, window_id: null }, true)).toMatchObject({ window: null });
  });

  it("of a cleared alarm shows its time on the axis of the hit rate, also in a link", () => {
    const minute = 60_000;
    const finding = makeFinding({ rule: "chamber-rate", scope: { kind: "whole" }, window_id: 77 });
    const alarm: Alarm = {
      ...{ id: "a", finding, acknowledged: null, demo: false },
      ...{ raised_ms: 100 * minute, after_ms: 98 * minute, cleared_ms: 110 * minute },
    };
    const nowMs = 140 * minute;
    const view = { ...usualView, ...withWayBack(alarmView(alarm, nowMs), usualView) };
    expect(view).toMatchObject({ at: "hits", window: 77, around: [92 * minute, 116 * minute] });
    expect(readView(writeView(view))).toEqual(view);
    expect({ ...view, ...newestView }).toMatchObject({ window: null, around: null });
    const short = { ...alarm, after_ms: 110 * minute, raised_ms: 110 * minute };
    expect(alarmView(short, nowMs).around).toEqual([109 * minute, 111 * minute]);
    // The axis does not extend into the future, and that of an active alarm ends now.
    expect(alarmView(alarm, 112 * minute).around).toEqual([92 * minute, 112 * minute]);
    expect(alarmView({ ...alarm, cleared_ms: null }, nowMs)).toMatchObject({ window: null, around: null });
  });

  it("leaves a way back to the windows shown before, also over several faults and in a link", () => {
    const before = { ...usualView, span: 60 };
    const first = { ...before, ...withWayBack(faultView(makeFinding({ numbers: { windows: 3 } })), before) };
    expect(first).toMatchObject({ span: 3, window: null, back: { span: 60, window: null } });
    const past = faultView(makeFinding({ window_id: 77, numbers: { windows: 5 } }), true);
    const second = { ...first, ...withWayBack(past, first) };
    expect(second).toMatchObject({ span: 5, window: 77, back: { span: 60, window: null } });
    expect(readView(writeView(second))).toEqual(second);
    const start = { ...usualView, span: "start", window: 12 } as const;
    const third = { ...start, ...withWayBack(past, start) };
    expect(readView(writeView(third)).back).toEqual({ span: "start", window: 12 });
    expect(withWayBack(past, { ...usualView, span: 5, window: 77 }).back).toBeNull();
  });

  it("shows the cause if it is known", () => {
    const cause = makeFinding({ key: "dead-fpga fpga 1", rule: "dead-fpga" });
    const consequence = makeFinding({ key: "silent-chamber chamber 2", cause: cause.key });
    expect(causeOf(consequence, [consequence, cause])).toBe(cause);
    expect(causeOf({ ...consequence, cause: "gone" }, [cause])).toMatchObject({ key: consequence.key });
  });
});

describe("the chart of a fault, for evidence and wall", () => {
  it.each(ruleIds)("of %s is the plot that opens on a click on the alarm", (rule) => {
    const scopes: Scope[] = [
      { kind: "chamber", chamber: 1 },
      { kind: "fpga", fpga: 1, chambers: [2, 3] },
      { kind: "whole" },
    ];
    // A rule that judges several plots names the plot that shows the fault by its numbers.
    const kinds: Finding["numbers"][] = [{}, { bit: 3 }, { edge_lack: 0.4 }];
    for (const [scope, numbers] of scopes.flatMap((one) => kinds.map((kind) => [one, kind] as const))) {
      const finding = makeFinding({ rule, scope, numbers });
      const { at = null } = faultView(finding);
      const plot = plotOfFinding(finding, data, look);
      if (at === null || at === "hits" || at.startsWith("rows-")) expect(plot).toBeNull();
      else
        expect(plot?.kind).toBe(at === "read-out" ? "drift" : at.replace(/^word\b/, "words").split("-")[0]);
      const points = plot?.spec.data.datasets.flatMap((one) => one.data.filter(({ y }) => y !== null)) ?? [];
      if (plot !== null) expect(points.length).toBeGreaterThan(0);
    }
  });
});

describe("dead cells", () => {
  it("are the same on the page as for the rules", () => {
    const layer = makeFinding({ scope: { kind: "layer", chamber: 1, layer: 3 } });
    const cell = makeFinding({ rule: "dead-cell", scope: { kind: "cell", chamber: 0, cell: 30 } });
    const waiting = { ...cell, state: "few", scope: { kind: "cell", chamber: 0, cell: 31 } } as const;
    const dead = (chamber: number): number =>
      Array.from({ length: 64 }, (_, i) => i).filter(deadCells([layer, cell, waiting], chamber, layerOfCell))
        .length;
    expect([0, 1, 2].map(dead)).toEqual([1, 16, 0]);
  });
});
