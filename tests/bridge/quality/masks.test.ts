/** Masked cells are not judged: good data has no findings with any mask, and a fault outside the mask is found as usual. */
import { describe, expect, it } from "vitest";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import {
  cellOf,
  defaultDetector,
  type DetectorConfig,
  type DetectorFault,
  type Finding,
} from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";

const wires = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const cells = (layers: readonly number[], own: readonly number[]): number[] =>
  layers.flatMap((layer) => own.map((wire) => cellOf(layer, wire)));
const allLayers = [1, 2, 3, 4];

const masks: readonly [name: string, masked: readonly number[]][] = [
  ["a cell", cells([2], [7])],
  ["two cells on top of each other", cells([2, 3], [7])],
  ["a connector of four layers", cells(allLayers, [7])],
  ["two connectors of four layers", cells(allLayers, [4, 5])],
  ["four neighbours in a layer", cells([3], wires(4, 7))],
  ["seven neighbours in a layer", cells([3], wires(4, 10))],
  ["half of a layer", cells([1], wires(0, 7))],
  ["a layer", cells([2], wires(0, 15))],
  ["a third of a chamber", cells(allLayers, wires(11, 15))],
  ["half of a chamber", cells(allLayers, wires(8, 15))],
  ["two layers", cells([1, 4], wires(0, 15))],
  ["a chamber", cells(allLayers, wires(0, 15))],
];

function masked(chamber: number, own: readonly number[]): DetectorConfig {
  const chambers = defaultDetector.chambers.map((one, i) => (i === chamber ? { ...one, masked: own } : one));
  return { ...defaultDetector, chambers, name: "masked", configHash: "0123456789abcdef" };
}

/** Keys of all alarms that were active at the end of a window. */
function findingsOf(detector: DetectorConfig, fault: DetectorFault | null, windows = 26): Finding[] {
  const judge = new QualityJudge({ detector });
  const faults = fault === null ? [] : [{ fault }];
  const source = new SimulatedWindows({ detector, rateHz: 1500, seed: 7, faults });
  const found = new Map<string, Finding>();
  for (let i = 0; i < windows; i += 1) {
    const message = source.next();
    const { findings } = judge.takeWindow(message, message.emitted_ms);
    for (const one of findings) if (one.state === "bad" || one.state === "warning") found.set(one.key, one);
  }
  return [...found.values()];
}

describe.each([0, 2])("in chamber %i", (chamber) => {
  it.each(masks)("%s masked is no fault", (_, own) => {
    const found = findingsOf(masked(chamber, own), null);
    expect(found.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([]);
  });
});

describe("with a mask", () => {
  it.each([
    [
      "two cells on top of each other",
      { kind: "cell_loss", chamber: 2, cell: cellOf(2, 9), strength: 0 },
      /^dead-cell chamber 2 cell 37/,
    ],
    [
      "a third of a chamber",
      { kind: "layer_loss", chamber: 2, layer: 3, strength: 0.3 },
      /^layer-efficiency chamber 2 layer 3/,
    ],
    [
      "a third of a chamber",
      { kind: "layer_loss", chamber: 2, layer: 3, strength: 0 },
      /^dead-layer chamber 2 layer 3/,
    ],
    [
      "half of a layer",
      { kind: "layer_loss", chamber: 2, layer: 1, strength: 0 },
      /^dead-layer chamber 2 layer 1/,
    ],
    ["half of a chamber", { kind: "chamber_loss", chamber: 2, strength: 0.4 }, /^layer-efficiency chamber 2/],
    ["half of a chamber", { kind: "chamber_loss", chamber: 2, strength: 0 }, /^silent-chamber chamber 2/],
    [
      "seven neighbours in a layer",
      { kind: "hot_cell", chamber: 2, cell: cellOf(3, 12), strength: 500 },
      /^hot-cell chamber 2 cell 50/,
    ],
  ] as const)("(%s), %j is found", (name, fault, key) => {
    const own = masks.find(([one]) => one === name)![1];
    const found = findingsOf(masked(2, own), fault, 14);
    expect(found.map((one) => one.key)).toContainEqual(expect.stringMatching(key));
  });

  it("one dead cell next to six masked cells is not a dead layer", () => {
    const fault = { kind: "cell_loss", chamber: 0, cell: cellOf(2, 10), strength: 0 } as const;
    const found = findingsOf(masked(0, cells([2], wires(4, 9))), fault, 14);
    const keys = found.map(({ key }) => key);
    expect(keys).toContain(`dead-cell chamber 0 cell ${cellOf(2, 10)}`);
    expect(keys.filter((key) => key.startsWith("dead-layer"))).toEqual([]);
  });
});
