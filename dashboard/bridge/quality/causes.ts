/**
 * Determines which findings explain others. One cause raises one alarm, and its consequences are listed under it. A
 * cause comes before its consequences in the order of {@link causes}; an explained finding has no alarm.
 */
import type { RuleId, Scope } from "../../../pipeline/model/index.js";
import { cellsPerLayer, chambersOf } from "../../../pipeline/model/index.js";
import { causes, everyRate, wholeExplains } from "./cause-table.js";
import { keyOf, type RawFinding } from "./view.js";

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
