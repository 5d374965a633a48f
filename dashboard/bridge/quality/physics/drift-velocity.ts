/** The rule about the drift velocity. */
import {
  cellWidthMm,
  driftVelocityOf,
  type DetectorConfig,
  type Scope,
} from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Found } from "./search.js";
import { sumOf } from "./tails.js";
import {
  chamberDomain,
  chamberDomains,
  rawFinding,
  withError,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const binNs = 10;
const belowZeroNs = 8;
/** Minimum number of hits per bin, as the mean of five bins, to find a change and to see its end. */
const [fewestToFind, fewest] = [30, 12];

/** Longest drift time in a chamber: half a cell at its drift velocity. */
const longestNs = (detector: DetectorConfig, chamber: number): number =>
  (cellWidthMm / 2 / driftVelocityOf(detector, chamber)) * 1000;

interface BoxChange {
  value: number;
  sigma: number;
  /** Hits per bin near the end with fewer of them. */
  hits: number;
}

/**
 * Relative difference between the width of the drift-time box of segments and half a cell at the drift velocity. The
 * width follows from the contents of the bins just outside and just inside the edges, relative to the density beside
 * them.
 */
function boxChange(
  sum: ArrayLike<number>,
  chambers: readonly ChamberQuantities[],
  detector: DetectorConfig,
): BoxChange | null {
  let [below, first, left, last, above, right] = [0, 0, 0, 0, 0, 0];
  let [widths, restNs] = [0, 0];
  for (const { chamber, driftTime } of chambers) {
    const width = longestNs(detector, chamber);
    const end = Math.floor(width / binNs);
    widths += width / chambers.length;
    // The part of the last bin inside the box.
    restNs += (width - end * binNs) / chambers.length;
    for (const { at, bins } of driftTime) {
      below += sum[at + bins] as number;
      first += sum[at] as number;
      for (let i = 2; i < 7; i += 1) left += (sum[at + i] as number) / 5;
      for (let i = end - 7; i < end - 2; i += 1) right += (sum[at + i] as number) / 5;
      last += sum[at + end - 1] as number;
      above += sum[at + end] as number;
    }
  }
  if (left < fewest || right < fewest) return null;
  const outNs = (belowZeroNs * below) / (0.8 * left) + (binNs * above) / right - restNs;
  const inNs = binNs * Math.max(0, 1 - first / left) + binNs * Math.max(0, 1 - last / right);
  const counts = Math.hypot(Math.sqrt(below + first + 1) / left, Math.sqrt(above + last + 1) / right);
  const sigma = binNs * counts * Math.sqrt(clusteringAtEdges(sum, chambers));
  return { value: (outNs - inNs) / widths, sigma: sigma / widths, hits: Math.min(left, right) };
}

/**
 * Variance of the hits at the edges over that of independent ones. A muon leaves all four hits there or none if it is so
 * steep that between two layers (13 mm) its place in the cell changes by less than a bin (0.5 mm).
 */
function clusteringAtEdges(sum: ArrayLike<number>, chambers: readonly ChamberQuantities[]): number {
  let [steep, all] = [0, 0];
  for (const { angle } of chambers) {
    // Whole bins, for speed: this runs dozens of times per window.
    const first = Math.round((-steepDegrees - angle.lower) / angle.width);
    steep += sumOf(sum, angle.at + first, Math.round((2 * steepDegrees) / angle.width));
    all += sumOf(sum, angle.at, angle.bins);
  }
  return all === 0 ? 1 : 1 + (3 * steep) / all;
}
const steepDegrees = 2;

/** A wider box is cut: segments contain only hits up to 10 ns outside the expected box. */
const widestChange = 0.03;

/** Finds a drift-time box that is wider or narrower than half a cell at the set-up's drift velocity. */
function changeOf(
  { rules, search, detector }: PhysicsView,
  name: string,
  domains: readonly string[],
  chambers: readonly ChamberQuantities[],
): Found | null {
  const settings = rules["drift-velocity"];
  return search.find(
    name,
    domains,
    (sum) => {
      const box = boxChange(sum, chambers, detector);
      if (box === null) return null;
      // Resolution, stray hits and the shape of the box change its width by a few ns.
      const { value, sigma } = box;
      const beyond = Math.abs(value) > settings.width_fraction && box.hits >= fewestToFind;
      return { value, sigma, good: 0, z: Math.max(0, Math.abs(value) - settings.width_good) / sigma, beyond };
    },
    { fine: 0.002, z: settings.significance, slowToClear: true },
  );
}

/** Whether the box of another chamber shows that it does not have this change. */
const isNotIn = (
  { value, sigma, sum }: Found,
  places: ChamberQuantities,
  detector: DetectorConfig,
): boolean => {
  const box = boxChange(sum, [places], detector);
  return (
    box !== null &&
    box.hits >= fewestToFind &&
    Math.abs(box.value - value) > differs * Math.hypot(box.sigma, sigma)
  );
};
/** In standard deviations; four chambers are compared. */
const differs = 4;

const isKnownSingle = "single";

/** The drift velocity of all chambers, or of single ones. */
export const driftVelocity: PhysicsRule = (view) => {
  const { layout, detector } = view;
  const { chambers } = layout;
  const isOfSome = (found: Found): boolean => chambers.some((places) => isNotIn(found, places, detector));
  const all = chambers.map(({ chamber }) => chamberDomain(chamber));
  const whole = changeOf(view, "drift-velocity", all, chambers);
  const single = chambers.flatMap((places) => {
    const { chamber } = places;
    const key = `drift-velocity ${chamber}`;
    const one = changeOf(view, key, chamberDomains(chamber), [places]);
    if (one === null) return [];
    // Later readings are from shorter spans, in which the other boxes may have too few hits.
    if (isOfSome(one)) view.search.note(key, isKnownSingle, 1);
    return view.search.noteOf(key, isKnownSingle) === null ? [] : [{ chamber, one }];
  });
  const ofSingle = single.map(({ chamber, one }) => velocityFinding({ kind: "chamber", chamber }, one));
  if (whole === null) return ofSingle;
  const without = (left: readonly number[]): ChamberQuantities[] =>
    chambers.filter(({ chamber }) => !left.includes(chamber));
  const others = without(single.map(({ chamber }) => chamber));
  const areOthersUnchanged = single.some(({ one }) => areUnchanged(whole, one, others, detector));
  if (single.length > 0) {
    if (isOfSome(whole) || areOthersUnchanged) return ofSingle;
    return [velocityFinding({ kind: "whole" }, whole)];
  }
  const causes = chambers.filter(({ chamber }) => areUnchanged(whole, whole, without([chamber]), detector));
  const [cause] = causes;
  if (cause === undefined || causes.length > 1) return [velocityFinding({ kind: "whole" }, whole)];
  const box = boxChange(whole.sum, [cause], detector);
  return [velocityFinding({ kind: "chamber", chamber: cause.chamber }, { ...whole, ...box })];
};

/** Boxes that have changed by a smaller part of the change of all chambers together have not changed. */
const unchangedPart = 1 / 3;

/** Whether the boxes of these chambers have their normal width in the windows of another finding. */
function areUnchanged(
  whole: Found,
  { sum }: Found,
  chambers: readonly ChamberQuantities[],
  detector: DetectorConfig,
): boolean {
  const box = boxChange(sum, chambers, detector);
  return (
    box !== null && box.hits >= fewestToFind && Math.abs(box.value) < unchangedPart * Math.abs(whole.value)
  );
}

function velocityFinding(scope: Scope, { value, sigma, windows }: Found): RawFinding {
  const size =
    value > widestChange
      ? `more than ${100 * widestChange} %`
      : withError(100 * Math.abs(value), 100 * sigma, "%");
  const boxes = scope.kind === "whole" ? "the drift-time boxes are" : "the drift-time box is";
  const reason = `${boxes} ${size} ${value > 0 ? "wider" : "narrower"} than expected from the set-up's drift velocity: drift velocity ${value > 0 ? "lower" : "higher"} (gas, high voltage)`;
  return rawFinding("drift-velocity", scope, "warning", reason, {
    width_change: value,
    width_change_sigma: sigma,
    windows,
  });
}

/** Another velocity shifts t0 by half of the change of the box: 30 % of its width, far more than gas or field can change. */
const mostShiftNs = 60;

/**
 * Whether the drift-time boxes show that a shift of t0 is not due to the drift velocity, which would change their width
 * by twice the shift.
 * @param sum counts in which the shift was found
 */
export function isVelocityExcluded(
  sum: ArrayLike<number>,
  chambers: readonly ChamberQuantities[],
  detector: DetectorConfig,
  shiftNs: number,
): boolean {
  if (Math.abs(shiftNs) > mostShiftNs) return true;
  const box = boxChange(sum, chambers, detector);
  if (box === null || box.hits < fewestToFind) return false;
  const expected = (2 * Math.abs(shiftNs)) / longestNs(detector, chambers[0]?.chamber ?? 0);
  return Math.abs(box.value) + 3 * box.sigma < Math.min(expected, widestChange) / 2;
}
