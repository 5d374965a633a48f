/** Rules about residuals: layers that are late or early, and wide residuals. */
import { layersPerChamber } from "../../../../pipeline/model/index.js";
import { rawFinding } from "./efficiency.js";
import { areBroken } from "./lines.js";
import type { HistogramPlace } from "./quantities.js";
import type { Reading } from "./search.js";
import { moments } from "./tails.js";
import { chamberDomains, expectedBelow, withError, type PhysicsRule } from "./view.js";

/**
 * Mean residuals of layers 1..4 in mm per ns of delay of one layer: the response of a straight-line fit through four
 * hits, from simulated tracks. It is linear within a few per cent up to 30 ns.
 */
const layerResponse: readonly (readonly number[])[] = [
  [0.031, 0.005, -0.0115, -0.018],
  [0.011, 0.023, -0.016, -0.027],
  [-0.027, -0.016, 0.023, 0.011],
  [-0.018, -0.0115, 0.005, 0.031],
];

interface LayerDelay {
  layer: number;
  ns: number;
  sigma: number;
}

/** The layer whose delay best explains the mean residuals. */
function delayOf(means: readonly number[], sigma: number): LayerDelay {
  let best: LayerDelay = { layer: 1, ns: 0, sigma: 1 };
  let least = Infinity;
  layerResponse.forEach((response, i) => {
    const size = response.reduce((sum, r) => sum + r * r, 0);
    const ns = response.reduce((sum, r, k) => sum + r * (means[k] as number), 0) / size;
    const rest = response.reduce((sum, r, k) => sum + ((means[k] as number) - r * ns) ** 2, 0);
    if (rest >= least) return;
    least = rest;
    best = { layer: i + 1, ns, sigma: sigma / Math.sqrt(size) };
  });
  return best;
}

function residualMeans(
  sum: ArrayLike<number>,
  residual: HistogramPlace[],
): { means: number[]; sigma: number; n: number } | null {
  const means: number[] = [];
  let [n, rms] = [Infinity, 0.2];
  for (const place of residual) {
    const one = moments(sum, place, -3, 3);
    if (one.n < 12) return null;
    means.push(one.mean);
    n = Math.min(n, one.n);
    rms = Math.max(rms, one.rms);
  }
  return { means, sigma: (hitsPerResidual * rms) / Math.sqrt(n), n };
}
/** Hit resolution over the widest residuals of a four-hit fit: in layers 2 and 3 they have 0.7 of the hit variance. */
const hitsPerResidual = 1.2;

/** Finds a layer whose times are late or early relative to the other three. */
export const layerTimes: PhysicsRule = (view) =>
  view.layout.chambers.flatMap((places) => {
    const { chamber, residual } = places;
    const { rules, layout, search, comparison } = view;
    const settings = rules["layer-time"];
    const before = comparison === null ? null : residualMeans(comparison.sum, residual);
    const isKnown = before !== null && before.n >= 100;
    const read =
      (from: readonly number[], extra: number, limit: number) =>
      (sum: Float64Array): Reading | null => {
        const now = residualMeans(sum, residual);
        if (now === null || areBroken(sum, layout, places, rules.cabling)) return null;
        const { ns, sigma } = delayOf(
          now.means.map((mean, i) => mean - (from[i] as number)),
          Math.hypot(now.sigma, extra),
        );
        const value = Math.abs(ns);
        return { value, sigma, good: 0, z: Math.max(0, value - 0.5 * limit) / sigma, beyond: value > limit };
      };
    const zero = Array.from({ length: layersPerChamber }, () => 0);
    const physical = search.find(
      `layer-time ${chamber}`,
      chamberDomains(chamber),
      read(zero, 0, settings.offset_ns),
      { fine: 1.5, z: settings.significance },
    );
    const changed =
      physical === null && isKnown
        ? search.find(
            `layer-change ${chamber}`,
            chamberDomains(chamber),
            read(before.means, before.sigma, settings.change_ns),
            { fine: 0.8, z: settings.significance },
          )
        : null;
    const one = physical ?? changed;
    if (one === null) return [];
    const now = residualMeans(one.sum, residual);
    const from = physical === null && isKnown ? before.means : zero;
    const { layer, ns } = delayOf(
      (now?.means ?? zero).map((mean, i) => mean - (from[i] as number)),
      1,
    );
    const reason = `layer ${layer} is ${withError(Math.abs(ns), one.sigma, "ns")} ${ns > 0 ? "late" : "early"} relative to the other layers`;
    return [
      rawFinding("layer-time", { kind: "layer", chamber, layer }, "warning", reason, {
        offset_ns: ns,
        offset_ns_sigma: one.sigma,
        windows: one.windows,
      }),
    ];
  });

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
