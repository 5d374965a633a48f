/** The rule about t0 of the chambers relative to the timing signals. */
import { bunchCrossingNs, t0SourcesOf } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { mayHaveOtherCables } from "./border-lacks.js";
import { median } from "../statistics.js";
import { isVelocityExcluded } from "./drift-velocity.js";
import { delayedLayer, mayBeOneLayer } from "./layer-times.js";
import { areBroken } from "./lines.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Found, Reading } from "./search.js";
import { binomialZ, core, outside, total } from "./tails.js";
import {
  chamberDomain,
  rawFinding,
  timingDomain,
  withError,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const strayHalfNs = 45;
const fewestTimes = 12;

interface Times {
  n: number;
  mean: number;
  sigma: number;
}

/** Mean of t0 minus the timing signal in a chamber, of any number of entries. */
function timesOf(sum: ArrayLike<number>, { t0 }: ChamberQuantities): Times {
  const { n, mean, rms } = core(sum, t0, strayHalfNs);
  return { n, mean, sigma: Math.max(rms, 3) / Math.sqrt(Math.max(1, n)) };
}

/** The same; null with too few entries. */
function t0Of(sum: ArrayLike<number>, places: ChamberQuantities): Times | null {
  const times = timesOf(sum, places);
  return times.n < fewestTimes ? null : times;
}

interface Shift {
  chamber: number;
  one: Found;
  /** Whether the shift is beyond the histogram, so that its size is not known. */
  isOut: boolean;
  /** Name of the comparison; null if compared only with the timing signals. */
  by: string | null;
}

export const timeOffsets: PhysicsRule = (view) => {
  const { layout } = view;
  const sure = layout.chambers.flatMap((places) => shiftOf(view, places) ?? []);
  if (sure.length === 0) return [];
  const first = sure.reduce((a, b) => (b.one.windows < a.one.windows ? b : a));
  // Once one chamber is found, the others need less evidence: together, they locate the fault.
  const shifts = layout.chambers.flatMap((places) => {
    const own = sure.find(({ chamber }) => chamber === places.chamber);
    if (own?.one.windows === first.one.windows) return [own];
    return alike(view, places, first) ?? own ?? [];
  });
  const isFar = shifts.some(({ isOut }) => isOut) && shifts.every(isAtTheEnd(shifts));
  if (isFar) for (const shift of shifts) shift.isOut = true;
  const values = shifts.map(({ one }) => one.value);
  const isAlike = Math.max(...values) - Math.min(...values) < alikeNs && shifts.every(({ isOut }) => !isOut);
  const isMost = 2 * shifts.length > layout.chambers.length;
  if (isAlike && isMost && othersAgree(view, shifts)) return [allShifted(view, shifts)];
  const ofFpga = layout.chambers.filter(({ fpga }) => fpga === layout.chambers[first.chamber]?.fpga);
  const isFpga =
    ofFpga.length > 1 &&
    shifts.length === ofFpga.length &&
    ofFpga.every(({ chamber }) => shifts.some((shift) => shift.chamber === chamber));
  if (isFpga && (isAlike || shifts.every(({ isOut }) => isOut))) {
    return [fpgaShifted(view, shifts, ofFpga[0]?.fpga ?? 0)];
  }
  if (shifts.length === layout.chambers.length && shifts.every(({ isOut }) => isOut))
    return [allShifted(view, shifts)];
  return commonChange(view, first) ?? shifts.flatMap((shift) => partShifted(view, shift));
};

/** Another t0 of the chamber, with its cause if it is one layer: t0 of the lines shifts, too. */
function partShifted(view: PhysicsView, shift: Shift): RawFinding[] {
  const { chamber, isOut, one } = shift;
  const places = view.layout.chambers.find((own) => own.chamber === chamber);
  const layer = places === undefined || isOut ? null : delayedLayer(view, places, one);
  return [...(layer === null ? [] : [layer]), chamberShifted(view, shift)];
}

/**
 * Finds a common cause for chambers with different offsets: it changes all of them by the same time. Reports it for
 * all chambers or for a board if the changes relative to the comparison agree; otherwise returns null.
 */
function commonChange(view: PhysicsView, { one, isOut }: Shift): RawFinding[] | null {
  const { layout, comparison, rules } = view;
  if (comparison === null || isOut) return null;
  const changes: Shift[] = [];
  for (const places of layout.chambers) {
    const before = t0Of(comparison.sum, places);
    const { n, mean, sigma } = timesOf(one.sum, places);
    if (before === null || before.n < fewestBefore || n < fewestAlike) return null;
    const value = mean - before.mean;
    changes.push({ chamber: places.chamber, one: { ...one, value, sigma }, isOut: false, by: comparison.by });
  }
  const isMoved = (shift: Shift): boolean =>
    Math.abs(shift.one.value) > rules["time-offset"].change_ns + 2 * shift.one.sigma;
  const moved = changes.filter(isMoved);
  const values = moved.map((shift) => shift.one.value);
  if (moved.length < 2 || Math.max(...values) - Math.min(...values) > alikeNs) return null;
  if (moved.length === changes.length) return [allShifted(view, moved)];
  const fpga = layout.chambers.find(({ chamber }) => chamber === moved[0]?.chamber)?.fpga ?? -1;
  const chambers = layout.chambers.filter((own) => own.fpga === fpga).map(({ chamber }) => chamber);
  const isBoard =
    chambers.length === moved.length && moved.every(({ chamber }) => chambers.includes(chamber));
  return isBoard ? [fpgaShifted(view, moved, fpga)] : null;
}

/** Minimum number of times of a chamber in the comparison to measure a change. */
const fewestBefore = 100;
/** Minimum number of times of a chamber to test whether it has also shifted. */
const fewestAlike = 4;
/** Maximum difference of common shifts, ns. */
const alikeNs = 12;

/** Distance from 0 at which times are near the end of their histogram and some are beyond it, ns. */
const nearTheEndNs = 150;

const isAtTheEnd =
  (shifts: readonly Shift[]) =>
  ({ one: { value } }: Shift): boolean =>
    Math.abs(value) > nearTheEndNs && Math.sign(value) === Math.sign(shifts[0]?.one.value ?? 0);

/** The shift of a chamber, if it agrees with the first one; needs fewer counts. */
function alike({ comparison }: PhysicsView, places: ChamberQuantities, first: Shift): Shift | null {
  const { sum } = first.one;
  const { chamber, t0 } = places;
  const out = outside(sum, t0);
  if (first.isOut)
    return (out >= 5 && out > total(sum, t0)) || Math.abs(core(sum, t0, strayHalfNs).mean) > nearTheEndNs
      ? { ...first, chamber }
      : null;
  if (Math.abs(first.one.value) > nearTheEndNs && out >= 5 && out > total(sum, t0))
    return { ...first, chamber, isOut: true };
  const isChange = first.by !== null && comparison !== null;
  const before = isChange ? t0Of(comparison.sum, places) : null;
  const { n, mean, sigma } = timesOf(sum, places);
  const value = mean - (before?.mean ?? 0);
  const least = isChange ? 3 : 12;
  return n >= fewestAlike && Math.abs(value - first.one.value) < 8 && Math.abs(value) > least + sigma
    ? { ...first, chamber, one: { ...first.one, value, sigma } }
    : null;
}

/** Whether the shift of every other chamber, with its few counts, may be the same. */
function othersAgree({ layout, comparison }: PhysicsView, shifts: readonly Shift[]): boolean {
  const [{ one, by }] = shifts as [Shift];
  const value = median(shifts.map((shift) => shift.one.value));
  return layout.chambers.every((places) => {
    if (shifts.some(({ chamber }) => chamber === places.chamber)) return true;
    const before = by === null || comparison === null ? null : t0Of(comparison.sum, places);
    const { n, mean, sigma } = timesOf(one.sum, places);
    return n < fewestAlike || Math.abs(mean - (before?.mean ?? 0) - value) < 3 * sigma;
  });
}

function shiftOf(view: PhysicsView, places: ChamberQuantities): Shift | null {
  const { rules, layout, search, comparison } = view;
  const settings = rules["time-offset"];
  const { chamber, t0 } = places;
  const domains = [chamberDomain(chamber), timingDomain];
  const out = search.find(
    `time-out ${chamber}`,
    domains,
    (sum): Reading | null => {
      const n = total(sum, t0) + outside(sum, t0);
      if (n < 2 * fewestTimes) return null;
      const value = outside(sum, t0) / n;
      return {
        value,
        sigma: 1 / Math.sqrt(n),
        good: 0,
        z: Math.max(0, binomialZ(outside(sum, t0), n, 0.15)),
        beyond: value > 0.5,
      };
    },
    { fine: 0.05, z: settings.significance },
  );
  if (out !== null) {
    const isLate = (out.sum[t0.at + t0.bins + 1] as number) > (out.sum[t0.at + t0.bins] as number);
    const value = (isLate ? 1 : -1) * (t0.lower + t0.bins * t0.width);
    return { chamber, one: { ...out, value }, isOut: true, by: null };
  }
  const physical = search.find(
    `time-offset ${chamber}`,
    domains,
    (sum) => {
      const time = t0Of(sum, places);
      if (time === null || areBroken(sum, layout, places, rules.cabling)) return null;
      const { mean, sigma } = time;
      const z = Math.max(0, Math.abs(mean) - settings.offset_good_ns) / sigma;
      return { value: mean, sigma, good: 0, z, beyond: Math.abs(mean) > settings.offset_ns };
    },
    { fine: 0.7, z: settings.significance },
  );
  if (physical !== null) return { chamber, one: physical, isOut: false, by: null };
  const before = comparison === null ? null : t0Of(comparison.sum, places);
  if (before === null || comparison === null || before.n < fewestBefore) return null;
  const changed = search.find(
    `time-change ${chamber}`,
    domains,
    (sum) => {
      const time = t0Of(sum, places);
      if (time === null || areBroken(sum, layout, places, rules.cabling)) return null;
      if (mayHaveOtherCables(view, sum, chamber)) return null;
      const value = time.mean - before.mean;
      const sigma = Math.hypot(time.sigma, before.sigma);
      const z = Math.max(0, Math.abs(value) - settings.change_ns / 3) / sigma;
      return { value, sigma, good: 0, z, beyond: Math.abs(value) > settings.change_ns };
    },
    { least: 2, fine: 0.5, z: settings.significance },
  );
  return changed === null ? null : { chamber, one: changed, isOut: false, by: comparison.by };
}

/** The same lines fit another t0 and another drift velocity; only the drift-time boxes differ. */
const eitherOf = ": t0 or drift velocity";

const against = (by: string | null): string => by ?? "the timing signals";

function allShifted({ layout, detector }: PhysicsView, shifts: Shift[]): RawFinding {
  const value = median(shifts.map(({ one }) => one.value));
  const sigma = median(shifts.map(({ one }) => one.sigma)) / Math.sqrt(layout.chambers.length);
  const size = shifts.some(({ isOut }) => isOut)
    ? `by more than ${Math.abs(value)} ns`
    : `by ${withError(value, sigma, "ns")}`;
  const sum = shifts[0]?.one.sum ?? new Float64Array(layout.length);
  const isSure =
    shifts.some(({ isOut }) => isOut) || isVelocityExcluded(sum, layout.chambers, detector, value);
  const reason = `t0 of all chambers is off ${size} relative to ${against(shifts.find(({ by }) => by !== null)?.by ?? null)}${isSure ? "" : eitherOf}`;
  return rawFinding("time-offset", { kind: "whole" }, Math.abs(value) > 40 ? "bad" : "warning", reason, {
    offset_ns: value,
    offset_ns_sigma: sigma,
    windows: windowsOf(shifts),
  });
}

function fpgaShifted({ layout, detector }: PhysicsView, shifts: Shift[], fpga: number): RawFinding {
  const places = layout.chambers.filter((own) => own.fpga === fpga);
  const chambers = places.map(({ chamber }) => chamber);
  const timingFpga = t0SourcesOf(detector)[0]?.fpga ?? -1;
  const value = median(shifts.map(({ one }) => one.value));
  const sigma = median(shifts.map(({ one }) => one.sigma));
  const crossings = Math.round(value / bunchCrossingNs);
  const isOut = shifts.some((shift) => shift.isOut);
  const isBx = isOut || (crossings !== 0 && Math.abs(value - crossings * bunchCrossingNs) < 10);
  const size = isOut ? `more than ${Math.abs(value)} ns (8 BX)` : withError(value, sigma, "ns");
  // The timing signals may be the ones that are off.
  const other = fpga === timingFpga ? "" : ` or ${timingFpga}`;
  const by = shifts[0]?.by ?? null;
  const source = other === "" || by !== null ? "" : ` (FPGA ${timingFpga})`;
  const cause = isBx
    ? `the BX counter of FPGA ${fpga}${other} is off by ${isOut ? "more than 8" : Math.abs(crossings)} BX`
    : `the clock of FPGA ${fpga} is off`;
  const sum = shifts[0]?.one.sum ?? new Float64Array(layout.length);
  const isSure = isOut || isVelocityExcluded(sum, places, detector, value);
  const reason = `${cause}${isSure ? "" : ", or the drift velocity has changed"}: t0 of chambers ${list(chambers)} differs by ${size} from ${against(by)}${source}`;
  return rawFinding("time-offset", { kind: "fpga", fpga, chambers }, "bad", reason, {
    offset_ns: value,
    offset_ns_sigma: sigma,
    bunch_crossings: crossings,
    windows: windowsOf(shifts),
  });
}

const windowsOf = (shifts: readonly Shift[]): number => Math.max(...shifts.map(({ one }) => one.windows));

function chamberShifted(view: PhysicsView, shift: Shift): RawFinding {
  const { layout, detector } = view;
  const { chamber, one, isOut, by } = shift;
  const size = isOut ? `more than ${Math.abs(one.value)} ns` : withError(one.value, one.sigma, "ns");
  const places = layout.chambers.filter((own) => own.chamber === chamber);
  const isVelocity = !isOut && !isVelocityExcluded(one.sum, places, detector, one.value);
  const isLayer = !isOut && places.some((own) => mayBeOneLayer(view, own, one.sum));
  const others = isLayer
    ? `: t0 of the chamber or of one layer${isVelocity ? ", or drift velocity" : ""}`
    : isVelocity
      ? eitherOf
      : "";
  const reason = `t0 of the chamber is off by ${size} relative to ${against(by)}${usualWords(view, shift)}${others}`;
  const state = Math.abs(one.value) > 60 ? "bad" : "warning";
  return rawFinding("time-offset", { kind: "chamber", chamber }, state, reason, {
    offset_ns: one.value,
    offset_ns_sigma: one.sigma,
    windows: one.windows,
  });
}

/** The usual offset to the timing signals, from which a shifted chamber differs less than from 0. */
function usualWords({ layout, comparison }: PhysicsView, { chamber, isOut, by }: Shift): string {
  const places = layout.chambers.find((own) => own.chamber === chamber);
  if (isOut || by !== null || comparison === null || places === undefined) return "";
  const before = t0Of(comparison.sum, places);
  if (before === null || before.n < fewestBefore) return "";
  return `, usually ${withError(before.mean, before.sigma, "ns")} (${comparison.by})`;
}
