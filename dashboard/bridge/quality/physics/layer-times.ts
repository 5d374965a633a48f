/** Rules about residuals: layers that are late or early, and wide residuals. */
import { layersPerChamber } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import {
  delayFromResiduals,
  delayOf,
  residualMeans,
  type DelayTest,
  type LayerDelay,
} from "./layer-delay.js";
import { areBroken } from "./lines.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { moments } from "./tails.js";
import {
  chamberDomains,
  expectedBelow,
  isReported,
  rawFinding,
  withError,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const noDelay: readonly number[] = Array.from({ length: layersPerChamber }, () => 0);
/** Minimum number of residuals per layer in the comparison to measure a change. */
const fewestBefore = 100;
/** Chi-square by which the delay of a layer must fit better than a common shift of the chamber: five standard deviations. */
const clearlyOneLayer = 25;

/** Finds a layer whose times are late or early relative to the other three. */
export const layerTimes: PhysicsRule = (view) =>
  view.layout.chambers.flatMap((places) => {
    const { chamber } = places;
    const { rules, layout, search } = view;
    const settings = rules["layer-time"];
    const before = usualMeans(view, places);
    const read =
      (from: readonly number[], extra: number, limit: number) =>
      (sum: Float64Array): Reading | null => {
        const now = residualMeans(sum, places);
        if (now === null || areBroken(sum, layout, places, rules.cabling)) return null;
        const { ns, sigma } = delayFromResiduals(
          now.means.map((mean, i) => mean - (from[i] as number)),
          Math.hypot(now.sigma, extra),
        );
        const value = Math.abs(ns);
        return { value, sigma, good: 0, z: Math.max(0, value - 0.5 * limit) / sigma, beyond: value > limit };
      };
    const physical = search.find(
      `layer-time ${chamber}`,
      chamberDomains(chamber),
      read(noDelay, 0, settings.offset_ns),
      { fine: 1.5, z: settings.significance },
    );
    const changed =
      physical === null && before !== null
        ? search.find(
            `layer-change ${chamber}`,
            chamberDomains(chamber),
            read(before.means, before.sigma, settings.change_ns),
            { fine: 0.8, z: settings.significance },
          )
        : null;
    const one = physical ?? changed;
    const delay = one === null ? null : delayIn(view, places, one.sum);
    return one === null || delay === null ? [] : [layerShifted(chamber, delay, one.windows)];
  });

/** Mean residuals of the comparison; null if it has too few. */
function usualMeans({ comparison }: PhysicsView, places: ChamberQuantities) {
  const before = comparison === null ? null : residualMeans(comparison.sum, places);
  return before !== null && before.n >= fewestBefore ? before : null;
}

/** Relative to the comparison, if it has enough residuals. */
function delayIn(view: PhysicsView, places: ChamberQuantities, sum: Float64Array): DelayTest | null {
  return delayOf(sum, places, usualMeans(view, places) === null ? null : (view.comparison?.sum ?? null));
}

/**
 * A layer that is clearly late or early in a sum in which another rule found a fault of the chamber, as a finding: it is
 * the cause. Null if there is none, or if it is reported already.
 */
export function delayedLayer(
  view: PhysicsView,
  places: ChamberQuantities,
  { sum, windows }: { sum: Float64Array; windows: number },
): RawFinding | null {
  if (isReported(view, "layer-time", places.chamber)) return null;
  const delay = delayIn(view, places, sum);
  const isClear = delay !== null && delay.gain > clearlyOneLayer;
  return isClear && Math.abs(delay.ns) > view.rules["layer-time"].change_ns
    ? layerShifted(places.chamber, delay, windows)
    : null;
}

/** Chi-square by which the delay of one layer must fit worse than a common shift to be excluded: three standard deviations. */
const excluded = 9;

/** Whether the delay of one layer fits the times of a chamber about as well as a shift of all, or there are too few times. */
export function mayBeOneLayer(view: PhysicsView, places: ChamberQuantities, sum: Float64Array): boolean {
  const delay = delayIn(view, places, sum);
  return delay === null || delay.gain > -excluded;
}

function layerShifted(chamber: number, { layer, ns, sigma }: LayerDelay, windows: number): RawFinding {
  const reason = `layer ${layer} is ${withError(Math.abs(ns), sigma, "ns")} ${ns > 0 ? "late" : "early"} relative to the other layers`;
  const numbers = { offset_ns: ns, offset_ns_sigma: sigma, windows };
  return rawFinding("layer-time", { kind: "layer", chamber, layer }, "warning", reason, numbers);
}

/** Finds residuals that are wider than in any calibrated chamber. */
export const residuals: PhysicsRule = ({ rules, layout, search }) =>
  layout.chambers.flatMap(({ chamber, residual }) => {
    const settings = rules.residual;
    const one = search.find(
      `residual ${chamber}`,
      chamberDomains(chamber),
      (sum) => {
        const all = residual.map((place) => moments(sum, place));
        const n = all.reduce((entries, layer) => entries + layer.n, 0);
        if (n < 60) return null;
        const value = all.reduce((mean, layer) => mean + (layer.n > 0 ? layer.rms : 0), 0) / all.length;
        const sigma = value / Math.sqrt(n / 2);
        return {
          value,
          sigma,
          good: 0.3,
          z: Math.max(0, value - 0.8 * settings.rms_mm) / sigma,
          beyond: value > settings.rms_mm,
        };
      },
      { fine: 0.03, z: settings.significance },
    );
    if (one === null) return [];
    const reason = `residuals are ${withError(one.value, one.sigma, "mm")} wide (RMS), ${expectedBelow(one, `${settings.rms_mm} mm`)}`;
    return [
      rawFinding("residual", { kind: "chamber", chamber }, "warning", reason, {
        rms_mm: one.value,
        rms_mm_sigma: one.sigma,
        windows: one.windows,
      }),
    ];
  });
