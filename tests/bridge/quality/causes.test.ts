/** The alarms of a fault from its first window until after its repair: one for the cause, none for its consequences. */
import { beforeAll, describe, expect, it } from "vitest";
import { referenceOf, sumWindows } from "../../../dashboard/bridge/monitor/sums.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import {
  defaultDetector,
  type DetectorConfig,
  type DetectorFault,
  type Finding,
  type Reference,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";

const seed = 20;
const good = 16;
const faulty = 14;
const after = 14;

let reference: Reference;
beforeAll(() => {
  const windows = new SimulatedWindows({ seed: 77 }).take(120);
  reference = referenceOf(sumWindows(windows)!, "good day", "test", 0);
}, 240_000);

interface Judgement {
  /** Keys of the active alarms in each window, starting with the good windows. */
  windows: string[][];
  /** The newest finding of each key. */
  findings: Map<string, Finding>;
}

function judged(
  faults: DetectorFault[],
  { compared = true, before = good }: { compared?: boolean; before?: number } = {},
): Judgement {
  const judge = new QualityJudge();
  if (compared) judge.setReference({ id: "r", reference });
  const windows = new SimulatedWindows({
    seed,
    faults: faults.map((fault) => ({ fault, from: before, to: before + faulty })),
  }).take(before + faulty + after);
  const judgement: Judgement = { windows: [], findings: new Map() };
  for (const message of windows) {
    const { findings } = judge.takeWindow(message, message.window.end_ms);
    const alarms = findings.filter(isAlarm);
    judgement.windows.push(alarms.map(({ key }) => key));
    for (const alarm of alarms) judgement.findings.set(alarm.key, alarm);
  }
  expect(judgement.windows.slice(0, before).flat()).toEqual([]);
  return judgement;
}

const isAlarm = ({ state, cause }: Finding): boolean =>
  cause === null && (state === "warning" || state === "bad");

/** A set-up whose offsets differ by up to 14 ns from those of the telescope. */
const shifted: DetectorConfig = {
  ...defaultDetector,
  chambers: defaultDetector.chambers.map((chamber, i) => ({
    ...chamber,
    driftOffsetNs: chamber.driftOffsetNs + [-9, 13, 4, -14][i]!,
  })),
};

const keysOf = ({ findings }: Judgement): string[] => [...findings.keys()];

describe("alarms of a fault", () => {
  it.each([-6, -4, 5])(
    "a drift velocity changed by %d percent is not reported as t0",
    (strength) => {
      const judgement = judged([{ kind: "drift_velocity", strength }]);
      expect(keysOf(judgement)).toEqual(["drift-velocity whole"]);
      expect(judgement.windows[good + 2]).toHaveLength(1);
    },
    120_000,
  );

  it.each([-12, -6, 4, 8])(
    "a drift velocity changed by %d percent in one chamber is reported for this chamber",
    (strength) => {
      const judgement = judged([{ kind: "drift_velocity", chamber: 2, strength }]);
      expect(judgement.windows[good + faulty - 1]).toEqual(["drift-velocity chamber 2"]);
      const words = strength < 0 ? /wider .* lower/ : /narrower .* higher/;
      expect(judgement.findings.get("drift-velocity chamber 2")!.reason).toMatch(words);
      for (const { reason, scope } of judgement.findings.values()) {
        expect(scope).toEqual({ kind: "chamber", chamber: 2 });
        expect(reason).toMatch(/drift velocity/);
      }
    },
    120_000,
  );

  it("a shift of t0 in one chamber is not reported as the drift velocity", () => {
    const judgement = judged([{ kind: "t0_chamber", chamber: 2, strength: 40 }]);
    expect(keysOf(judgement)).toEqual(["time-offset chamber 2"]);
    expect(judgement.findings.get("time-offset chamber 2")!.reason).not.toMatch(/drift velocity/);
  }, 120_000);

  it("a common shift of t0 is not reported as the drift velocity", () => {
    expect(keysOf(judged([{ kind: "t0_all", strength: 60 }]))).toEqual(["time-offset whole"]);
  }, 240_000);

  it("a common shift of t0 is one alarm even if the chambers' offsets differ", () => {
    const judge = new QualityJudge({ detector: shifted });
    const faults = [{ fault: { kind: "t0_all", strength: -35 } as const, from: good }];
    const windows = new SimulatedWindows({ seed, faults, detector: shifted, telescope: defaultDetector });
    const keys = windows.take(good + 6).map((message) => {
      const { findings } = judge.takeWindow(message, message.window.end_ms);
      return findings.filter(isAlarm).map(({ key }) => key);
    });
    expect(keys.slice(0, good).flat()).toEqual([]);
    for (const key of keys.slice(good + 2)) expect(key).toEqual(["time-offset whole"]);
  }, 240_000);

  it("timing signals without muons are found even if the total number of signals hardly grows", () => {
    const judgement = judged([{ kind: "timing_noise", strength: 1.4 }]);
    expect(keysOf(judgement)).toEqual(["timing-noise scintillator"]);
    expect(judgement.windows[good + 2]).toHaveLength(1);
    expect([...judgement.findings.values()][0]!.reason).toMatch(
      /^timing signals are noisy: 2\d ± \d % of them are in orbits without a hit, normally \d+ % \(reference good day\)$/,
    );
  }, 240_000);

  it("a faulty board that reads the timing signals explains the mean-timer sums of all chambers", () => {
    const judgement = judged([{ kind: "tdc_bit", fpga: 1, tdc_bit: 3, strength: 1 }]);
    expect(keysOf(judgement)).toEqual(["tdc-spectrum fpga 1"]);
    expect(judgement.windows[good + faulty + 4]).toEqual([]);
  }, 240_000);

  it("a fault of both boards is not reported again for all chambers", () => {
    const judgement = judged([
      { kind: "bx_high", fpga: 0, strength: 0.15 },
      { kind: "bx_high", fpga: 1, strength: 0.15 },
    ]);
    expect(keysOf(judgement).toSorted()).toEqual(["bx-spectrum fpga 0", "bx-spectrum fpga 1"]);
  }, 240_000);

  it("noise of a layer is attributed to the layer until it ends", () => {
    for (const [chamber, layer] of [
      [0, 3],
      [2, 1],
    ] as const)
      expect(keysOf(judged([{ kind: "layer_noise", chamber, layer, strength: 3 }]))).toEqual([
        `noise chamber ${chamber} layer ${layer}`,
      ]);
  }, 240_000);

  it("a hot cell does not make its neighbours look low or give after-pulses", () => {
    const judgement = judged([{ kind: "hot_cell", chamber: 3, cell: 45, strength: 800 }]);
    expect(keysOf(judgement)).toEqual(["hot-cell chamber 3 cell 45"]);
  }, 240_000);

  it("a hot cell in a noisy layer is named beside the noise, which is a small part of the hits", () => {
    const judgement = judged([
      { kind: "hot_cell", chamber: 1, cell: 10, strength: 100 },
      { kind: "layer_noise", chamber: 1, layer: 3, strength: 3 },
    ]);
    expect(keysOf(judgement).toSorted()).toEqual(["hot-cell chamber 1 cell 10", "noise chamber 1 layer 3"]);
  }, 240_000);

  it("after-pulses in all chambers are one alarm from the first window on", () => {
    const judgement = judged([{ kind: "after_pulses", strength: 0.2 }]);
    expect(keysOf(judgement)).toEqual(["after-pulses whole"]);
    expect(judgement.windows[good + 2]).toHaveLength(1);
  }, 240_000);

  it("windows from before a repair are not used if there is data to compare with", () => {
    const judgement = judged([{ kind: "fpgas_exchanged" }], { compared: false, before: 0 });
    expect(keysOf(judgement)).toEqual(["chamber-order chambers"]);
  }, 240_000);
});

describe.each([
  ["layer-efficiency chamber 1 layer 2", { kind: "layer_loss", chamber: 1, layer: 2, strength: 0.3 }],
  ["timing-loss scintillator", { kind: "timing_loss", strength: 0.1 }],
] as const)("a weak fault of the data path does not explain %s", (key, fault) => {
  const during = (change: (message: WindowMessage, window: number) => WindowMessage): string[][] => {
    const judge = new QualityJudge();
    const windows = new SimulatedWindows({ seed, faults: [{ fault, from: good }] }).take(good + 8);
    return windows.map((message, window) => {
      const { findings } = judge.takeWindow(
        window < good ? message : change(message, window),
        message.window.end_ms,
      );
      return findings.filter(isAlarm).map(({ key }) => key);
    });
  };

  it("with 2 % of malformed rows", () => {
    const found = during((message) => {
      const malformed = Math.round(0.02 * message.ledger.rows);
      return { ...message, ledger: { ...message.ledger, rows: message.ledger.rows + malformed, malformed } };
    });
    expect(found.at(-1)!.sort()).toEqual([key, "malformed stream"].sort());
  });

  it("with a lost message", () => {
    const found = during((message, window) => ({
      ...message,
      sources: message.sources.map((source) => ({
        ...source,
        ranges: source.ranges.map(([first, last]): [number, number] => [
          window === good + 1 ? first + 1 : first,
          last,
        ]),
      })),
    }));
    expect(found.at(-1)!.sort()).toEqual([key, "sequence-gaps stream"].sort());
  });
});

it.each([
  ["time-offset chamber 1", { kind: "t0_chamber", chamber: 1, strength: 30 }],
  ["time-offset whole", { kind: "t0_all", strength: 40 }],
  ["silent-chamber chamber 3", { kind: "chamber_loss", chamber: 3, strength: 0 }],
  ["cabling chamber 1", { kind: "chamber_mirrored", chamber: 1 }],
] as const)("%s does not explain that most timing signals are lost", (key, fault) => {
  const loss = { kind: "timing_loss", strength: 0.2 } as const;
  const { windows } = judged([fault, loss], { compared: false });
  const last = windows.slice(0, good + faulty).at(-1);
  expect(last).toContain(key);
  expect(last).toContain("timing-loss scintillator");
});

const driftVelocity = { kind: "drift_velocity", chamber: 0, strength: 8 } as const;
const exchangedCables = {
  kind: "cables_exchanged",
  chamber: 3,
  cable: 0,
  other_chamber: 3,
  other_cable: 2,
} as const;
const deadConnector = { kind: "cells_loss", chamber: 3, layer: 2, first_wire: 4, strength: 0 } as const;
const lostSegments = { kind: "segment_loss", chamber: 0, strength: 0.5 } as const;
const silent = (chamber: number) => ({ kind: "chamber_loss", chamber, strength: 0 }) as const;
const deadLayer = { kind: "layer_loss", chamber: 3, layer: 2, strength: 0 } as const;

it.each([
  ["segment-loss chamber 0", lostSegments, "layer-efficiency chamber 3 layer 2", deadConnector],
  ["segment-loss chamber 0", lostSegments, "cabling chamber 3", exchangedCables],
  ["silent-chamber chamber 0", silent(0), "cabling chamber 3", exchangedCables],
  ["drift-velocity chamber 0", driftVelocity, "silent-chamber chamber 3", silent(3)],
  ["drift-velocity chamber 0", driftVelocity, "dead-layer chamber 3 layer 2", deadLayer],
] as const)(
  "%s (%j) and %s (%j) do not hide each other, nor accuse a third chamber",
  (key, one, otherKey, other) => {
    const judge = new QualityJudge();
    const last = new SimulatedWindows({
      seed: 21,
      rateHz: 1000,
      faults: [one, other].map((fault) => ({ fault, from: 30 })),
    })
      .take(52)
      .map((message) => judge.takeWindow(message, message.window.end_ms))
      .slice(-4);
    for (const { findings, chambers } of last) {
      const alarms = findings.filter((finding) => isAlarm(finding) && finding.rule !== "chamber-rate");
      expect(alarms.map((alarm) => alarm.key).sort()).toEqual([key, otherKey].sort());
      expect([chambers[1]?.state, chambers[2]?.state]).toEqual(["good", "good"]);
    }
  },
);
