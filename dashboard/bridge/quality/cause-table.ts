/** The rules whose findings explain those of others. */
import type { RuleId, Scope } from "../../../pipeline/model/index.js";

const everySegment: readonly RuleId[] = [
  "no-muons",
  "layer-efficiency",
  "cell-efficiency",
  "segment-loss",
  "residual",
  "layer-time",
  "drift-velocity",
  "cabling",
  "chamber-order",
  "shape",
];
const everyTime: readonly RuleId[] = [...everySegment, "time-offset", "drift-time"];
export const everyRate: readonly RuleId[] = ["chamber-rate", "noise", "hot-cell", "shape"];
const everyTiming: readonly RuleId[] = [
  "timing-loss",
  "timing-noise",
  "timing-orbit",
  "timing-double",
  "scintillator",
];
const deadCells: readonly RuleId[] = ["dead-cell", "dead-layer", "live-cells"];

interface Cause {
  rule: RuleId;
  /** Only findings of this scope; absent: of any scope. */
  only?: Scope["kind"];
  /** Rules whose findings it explains in its own chambers. */
  here: readonly RuleId[];
  /** Rules whose findings it explains anywhere. */
  anywhere: readonly RuleId[];
}

/** Rates and efficiencies change when rows with hits are lost, duplicated or late. */
const everyCount: readonly RuleId[] = [
  ...everySegment,
  ...everyRate,
  ...everyTiming,
  "trigger-words",
  "after-pulses",
];

/** Ordered from causes that explain many findings to causes that explain few. */
export const causes: readonly Cause[] = [
  {
    rule: "stuck",
    here: [],
    anywhere: [...everyTime, ...everyRate, ...everyTiming, "orbit-counter", "clock"],
  },
  { rule: "malformed", here: [], anywhere: everyCount },
  { rule: "sequence-gaps", here: [], anywhere: everyCount },
  // Late rows have old orbit numbers.
  { rule: "late-rows", here: [], anywhere: [...everyCount, "clock"] },
  { rule: "duplicates", here: [], anywhere: everyCount },
  {
    rule: "no-rows",
    here: [],
    anywhere: [
      ...everyTime,
      ...everyRate,
      ...everyTiming,
      ...deadCells,
      "silent-chamber",
      "dead-fpga",
      "trigger-words",
      "orbit-counter",
    ],
  },
  {
    rule: "orbit-counter",
    here: [...everyTime, ...everyRate],
    anywhere: [
      ...everyTiming,
      "fpga-orbit",
      "chamber-order",
      "clock",
      "time-offset",
      "segment-loss",
      "no-muons",
      "after-pulses",
      "trigger-words",
    ],
  },
  {
    rule: "dead-fpga",
    here: [...everyTime, ...everyRate, ...deadCells, "silent-chamber"],
    anywhere: [
      ...everyTiming,
      "chamber-order",
      "fpga-orbit",
      "segment-loss",
      "trigger-words",
      "chamber-rate",
      "time-offset",
      "no-muons",
      // Only their share of the rows has changed.
      "unmapped",
    ],
  },
  {
    rule: "bx-spectrum",
    here: [...everyTime, ...everyRate, "after-pulses"],
    anywhere: [
      ...everyTiming.filter((rule) => rule !== "timing-double"),
      "chamber-order",
      "fpga-orbit",
      "segment-loss",
      "time-offset",
      "no-muons",
      "drift-velocity",
      "trigger-words",
    ],
  },
  {
    rule: "tdc-spectrum",
    here: [...everyTime, "noise", "shape"],
    anywhere: ["chamber-order", "segment-loss", "time-offset", "drift-velocity"],
  },
  {
    rule: "fpga-orbit",
    here: [],
    anywhere: [...everyTiming, "chamber-order", "segment-loss", "time-offset"],
  },
  {
    rule: "no-muons",
    here: [...everyTime, "noise", "chamber-rate"],
    anywhere: [...everyTiming, "chamber-order", "segment-loss", "trigger-words"],
  },
  {
    rule: "calibration",
    here: [],
    anywhere: [...everyTime, "chamber-order", "timing-loss"],
  },
  // The width of the boxes does not depend on t0. But a wrong velocity shifts t0 of the lines, and hits miss them.
  { rule: "drift-velocity", here: [], anywhere: [...everyTime, "noise"] },
  { rule: "time-offset", only: "whole", here: [], anywhere: [...everySegment] },
  {
    rule: "cabling",
    here: [...everyTime, ...everyRate, ...deadCells],
    anywhere: [
      "chamber-order",
      "segment-loss",
      "timing-loss",
      "trigger-words",
      "time-offset",
      "drift-velocity",
    ],
  },
  // Hits of a layer that is far too late or early miss the lines.
  { rule: "layer-time", here: [...everyTime, "noise"], anywhere: ["chamber-order", "drift-velocity"] },
  {
    rule: "chamber-order",
    here: [...everyTime, ...everyRate, ...deadCells],
    anywhere: [...everyTime, ...everyRate, ...everyTiming, "unmapped", "trigger-words"],
  },
  {
    rule: "silent-chamber",
    here: [...everyTime, ...everyRate, ...deadCells],
    anywhere: ["chamber-order", "segment-loss", "timing-loss", "trigger-words", "cabling"],
  },
  {
    rule: "dead-layer",
    here: [...everyTime, ...everyRate, "dead-cell", "live-cells"],
    anywhere: ["chamber-order", "segment-loss"],
  },
  {
    rule: "layer-efficiency",
    here: [...deadCells, "cell-efficiency", "segment-loss", "chamber-rate", "noise", "residual", "shape"],
    anywhere: ["chamber-order", "segment-loss"],
  },
  {
    rule: "time-offset",
    here: [...everySegment, "shape"],
    anywhere: ["chamber-order", "drift-velocity", "timing-loss"],
  },
  {
    rule: "cell-efficiency",
    here: ["dead-cell", "live-cells", "segment-loss", "shape", "layer-efficiency"],
    anywhere: [],
  },
  { rule: "dead-cell", here: ["cell-efficiency", "shape"], anywhere: [] },
  { rule: "segment-loss", here: ["chamber-rate", "noise", "shape"], anywhere: ["chamber-order"] },
  { rule: "timing-loss", here: [], anywhere: ["scintillator"] },
  { rule: "timing-orbit", here: [], anywhere: ["time-offset", "timing-loss", "timing-noise", "drift-time"] },
  { rule: "timing-double", here: [], anywhere: ["timing-noise"] },
  { rule: "timing-noise", here: [], anywhere: ["time-offset", "drift-time"] },
  { rule: "chamber-rate", here: ["shape"], anywhere: [] },
  // After-pulses raise the rate of all cells by the same factor, so they do not explain a single hot cell.
  {
    rule: "hot-cell",
    // The noise is counted without hot cells.
    here: ["chamber-rate", "shape", "after-pulses", "cell-efficiency"],
    anywhere: [],
  },
  {
    rule: "after-pulses",
    here: ["noise", "chamber-rate", "shape", "layer-efficiency", "residual", "cabling", "drift-velocity"],
    anywhere: [],
  },
  { rule: "noise", here: ["chamber-rate", "shape", "hot-cell"], anywhere: [] },
  { rule: "residual", here: ["shape"], anywhere: [] },
];

/** Findings that are explained when the rule finds a fault of the whole telescope. */
export const wholeExplains: Partial<Record<RuleId, readonly RuleId[]>> = {
  "chamber-rate": ["noise", "timing-noise", "timing-double", "segment-loss", "trigger-words"],
  "after-pulses": ["noise", "chamber-rate", "timing-loss"],
};
