/**
 * Determines which findings explain others. One cause raises one alarm, and its consequences are listed under it. A
 * cause comes before its consequences in the order of {@link causes}; an explained finding has no alarm.
 */
import type { RuleId, Scope } from "../../../pipeline/model/index.js";
import { cellsPerLayer, chambersOf } from "../../../pipeline/model/index.js";
import { keyOf, type RawFinding } from "./view.js";

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
const everyRate: readonly RuleId[] = ["chamber-rate", "noise", "hot-cell", "shape"];
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
const causes: readonly Cause[] = [
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
const wholeExplains: Partial<Record<RuleId, readonly RuleId[]>> = {
  "chamber-rate": ["noise", "timing-noise", "timing-double", "segment-loss", "trigger-words"],
  "after-pulses": ["noise", "chamber-rate", "timing-loss"],
};

/**
 * The key of each finding's cause; null for a finding without one.
 * @param found all findings of one window
 */
export function causesOf(found: readonly RawFinding[]): (string | null)[] {
  const faults = found.map(isFaulty);
  const cause: (string | null)[] = found.map(() => null);
  for (const { rule, only, here, anywhere } of causes) {
    found.forEach((one, i) => {
      if (one.rule !== rule || !faults[i] || cause[i] !== null) return;
      if (only !== undefined && one.scope.kind !== only) return;
      const key = keyOf(one);
      found.forEach((other, k) => {
        if (k === i || !faults[k] || cause[k] !== null || other.rule === rule) return;
        if (isTooMuch(one, other, found)) return;
        if (
          explains(one.scope, here, anywhere, other, rule) ||
          (isOnSeveralBoards(one, found) && isOfWhole(here, other))
        )
          cause[k] = key;
      });
    });
  }
  for (const [i, one] of found.entries())
    if (one.rule === "goodness-of-fit" && faults[i] && cause[i] === null)
      cause[i] = anyBeside(
        one,
        found.filter((other, k) => faults[k] && other.rule !== one.rule),
      );
  return cause;
}

/** Whether a fault is too weak, or of too small a part, for a finding that its rule explains otherwise. */
function isTooMuch(one: RawFinding, other: RawFinding, found: readonly RawFinding[]): boolean {
  const { rule, scope, numbers } = one;
  // A few dead wires may follow from an inefficient layer; only a completely dead layer explains the inefficiency.
  if (rule === "dead-layer" && numbers["cells"] !== cellsPerLayer && other.rule === "layer-efficiency")
    return true;
  if (rule === "noise") return isHotterThan(one, other);
  if (ofRows.includes(rule)) return isLargerThan(one, other);
  if (scope.kind !== "fpga" && ofChambers.includes(rule) && areMostSignalsLost(other)) return true;
  return isOfFewChambers(rule, one, other, found);
}

/** Faults of the data path, which lose or repeat a part of the rows. */
export const ofRows: readonly RuleId[] = ["malformed", "sequence-gaps", "late-rows", "duplicates"];

/** Largest deviation that lost or repeated rows explain: this multiple of their part, and this more. */
const [perRows, beside] = [3, 0.02];
/** Below this part of the rows, their fault explains only findings with a deviation. */
const fewRows = 0.1;

/** Whether the data path has lost or repeated too few rows to explain a finding. */
function isLargerThan({ numbers: { fraction: rows = 1 } }: RawFinding, other: RawFinding): boolean {
  const { rule, scope } = other;
  if (rule === "clock" || (scope.kind === "whole" && everyRate.includes(rule))) return false;
  const { efficiency, ratio, fraction } = other.numbers;
  const found =
    efficiency ?? ratio ?? (rule === "timing-loss" || rule === "segment-loss" ? fraction : undefined);
  return found === undefined ? rows < fewRows : Math.abs(1 - found) > perRows * rows + beside;
}

/** Faults of chambers, in whose muons some timing signals seem to be missing. */
const ofChambers: readonly RuleId[] = ["time-offset", "silent-chamber", "cabling", "no-muons"];
/** The lines of chambers without a fault find the remaining signals. */
const fewSignals = 0.4;

const areMostSignalsLost = ({ rule, numbers }: RawFinding): boolean =>
  rule === "timing-loss" && (numbers["fraction"] ?? 1) < fewSignals;

/** A cell that is this many times hotter than the noise around it has a fault of its own. */
const hotterThanNoise = 4;

function isHotterThan(noise: RawFinding, { rule, numbers }: RawFinding): boolean {
  const { hits = 0, expected_hits: expected = Infinity } = numbers;
  // The noise can be a small part of the hits.
  const { ratio = 1, hits_ratio: usual = ratio } = noise.numbers;
  return rule === "hot-cell" && hits / expected > hotterThanNoise * usual;
}

const isFaulty = ({ state }: RawFinding): boolean => state === "bad" || state === "warning";

/** Any other fault in the same place explains a deviation in the goodness of fit. */
function anyBeside(one: RawFinding, others: readonly RawFinding[]): string | null {
  const beside = others.find(({ scope }) => concerns(scope, chambersOf(one.scope)[0] ?? 0));
  return beside === undefined ? null : keyOf(beside);
}

/** Whether a fault of this scope affects the segments of a chamber. */
export function concerns(scope: Scope, chamber: number): boolean {
  if (scope.kind === "whole" || scope.kind === "scintillator") return true;
  return chambersOf(scope).includes(chamber);
}

/** Whether another board has the same fault. */
function isOnSeveralBoards({ rule, scope }: RawFinding, found: readonly RawFinding[]): boolean {
  const isOther = (other: RawFinding["scope"]): boolean =>
    scope.kind === "fpga" && other.kind === "fpga" && other.fpga !== scope.fpga;
  return found.some((other) => other.rule === rule && isFaulty(other) && isOther(other.scope));
}

/** Whether a finding on the whole telescope follows from the same fault on several boards. */
const isOfWhole = (here: readonly RuleId[], { rule, scope }: RawFinding): boolean =>
  scope.kind === "whole" && here.includes(rule);

/** Lost hits in one or two chambers do not follow from a fault of the whole telescope. */
function isOfFewChambers(
  rule: RuleId,
  one: RawFinding,
  other: RawFinding,
  found: readonly RawFinding[],
): boolean {
  const isEverywhere = commonCauses.includes(rule) && one.scope.kind === "whole";
  if (!isEverywhere || !lostHits.includes(other.rule)) return false;
  const chambers = new Set(
    found.flatMap(({ rule: also, scope }) => (lostHits.includes(also) ? chambersOf(scope) : [])),
  );
  return chambers.size < 3;
}
const commonCauses: readonly RuleId[] = ["time-offset", "drift-velocity", "after-pulses"];
const lostHits: readonly RuleId[] = ["layer-efficiency", "cell-efficiency", "segment-loss"];

function explains(
  scope: Scope,
  here: readonly RuleId[],
  anywhere: readonly RuleId[],
  other: RawFinding,
  rule: RuleId,
): boolean {
  if (anywhere.includes(other.rule) && isAnywhere(scope, other)) return true;
  if (scope.kind === "whole" && (wholeExplains[rule]?.includes(other.rule) ?? false)) return true;
  if (!here.includes(other.rule)) return false;
  if (scope.kind === "whole") return true;
  const [own, others] = [chambersOf(scope), chambersOf(other.scope)];
  if (others.length > 0) return others.every((chamber) => own.includes(chamber));
  return false;
}

/**
 * A fault of a chamber or layer explains findings that share a chamber with it, that concern the whole telescope, or
 * whose rule compares chambers.
 */
function isAnywhere(scope: Scope, other: RawFinding): boolean {
  if (scope.kind !== "chamber" && scope.kind !== "layer") return true;
  return isShared(other) || other.scope.kind === "whole" || touches(scope, other.scope);
}

/** Rules that judge a chamber by comparison with other chambers. */
const sharedRules: readonly RuleId[] = ["chamber-order", "timing-loss", "segment-loss"];

/** A loss compared with the past does not follow from a fault of another chamber: it has a `ratio`. */
const isShared = ({ rule, numbers }: RawFinding): boolean =>
  sharedRules.includes(rule) && !(rule === "segment-loss" && "ratio" in numbers);

function touches(a: Scope, b: Scope): boolean {
  const own = chambersOf(a);
  return chambersOf(b).some((chamber) => own.includes(chamber));
}
