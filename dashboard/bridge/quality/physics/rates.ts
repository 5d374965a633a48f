/** Rules about rates and noise: all against the comparison, but after-pulses. */
import { cellsPerChamber, layersPerChamber, layerOfCell } from "../../../../pipeline/model/index.js";
import type { Said } from "../view.js";
import { highFraction, medianOf, said } from "./efficiency.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { twoCountsZ } from "./tails.js";
import {
  chamberDomain,
  percentWithError,
  timingDomain,
  wordsDomain,
  type Comparison,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

/** Variance of hits over that of as many independent ones: a muon gives up to four in each chamber. */
const hitClustering = 8;
const noiseClustering = 1.5;

/** A count against the comparison's, scaled by the time and a common factor. */
export function ratioReading(
  sum: ArrayLike<number>,
  comparison: Comparison,
  ms: number,
  count: number,
  before: number,
  limits: { low: number; high: number },
  options: { clustering?: number; factor?: number; least?: number } = {},
): Reading | null {
  const { clustering = 1, factor = 1, least = 30 } = options;
  const time = ((sum[ms] as number) / (comparison.sum[ms] as number)) * factor;
  const expected = before * time;
  if (!(expected >= least)) return null;
  const value = count / expected;
  const z = Math.abs(twoCountsZ(count, before, time)) / Math.sqrt(clustering);
  const sigma = Math.sqrt((clustering * (count + 1)) / expected ** 2);
  return { value, sigma, good: 1, z, beyond: value < limits.low || value > limits.high };
}

const hz = (count: number, ms: number): string => {
  const rate = (1000 * count) / ms;
  return rate >= 100 ? `${Math.round(rate)} Hz` : `${Number(rate.toPrecision(2))} Hz`;
};

/** All rates at once are the telescope's or the read-out's; a chamber alone is its own. */
export const rates: PhysicsRule = (view) => {
  const { rules, layout, search, comparison } = view;
  if (comparison === null) return [];
  const settings = rules["chamber-rate"];
  const limits = { low: settings.ratio_low, high: settings.ratio_high };
  const every = [...layout.chambers.map(({ chamber }) => chamberDomain(chamber)), timingDomain, wordsDomain];
  const all = search.find(
    "rates",
    every,
    (sum) => {
      const ratios = layout.chambers.map(({ hits }) => rateOf(view, sum, hits));
      if (ratios.some((ratio) => ratio === null)) return null;
      const reading = ratioReading(
        sum,
        comparison,
        layout.ms,
        sum[layout.hits] as number,
        comparison.sum[layout.hits] as number,
        limits,
        { clustering: hitClustering, least: settings.expected_hits },
      );
      // One chamber alone does not change the rate of all.
      const [lowest, highest] = [Math.min(...(ratios as number[])), Math.max(...(ratios as number[]))];
      return reading === null || highest > 1.5 * lowest
        ? reading && { ...reading, value: 1, z: 0, beyond: false }
        : reading;
    },
    { least: settings.windows, z: settings.significance },
  );
  if (all !== null) {
    const before = comparison.sum[layout.hits] as number;
    const reason = `hit rate in all chambers is ${percentWithError(all.value, all.sigma)} of normal: ${hz(all.sum[layout.hits] as number, all.sum[layout.ms] as number)}, expected ${hz(before, comparison.sum[layout.ms] as number)} (${comparison.by})`;
    return [
      said("chamber-rate", { kind: "whole" }, "warning", reason, {
        ratio: all.value,
        ratio_sigma: all.sigma,
        windows: all.windows,
      }),
    ];
  }
  return layout.chambers.flatMap(({ chamber, hits }) => {
    const one = search.find(
      `rate ${chamber}`,
      [chamberDomain(chamber)],
      (sum) =>
        ratioReading(
          sum,
          comparison,
          layout.ms,
          sum[hits] as number,
          comparison.sum[hits] as number,
          limits,
          { clustering: hitClustering, least: settings.expected_hits },
        ),
      { least: settings.windows, z: settings.significance },
    );
    if (one === null) return [];
    const reason = `hit rate is ${percentWithError(one.value, one.sigma)} of normal: ${hz(one.sum[hits] as number, one.sum[layout.ms] as number)}, expected ${hz(comparison.sum[hits] as number, comparison.sum[layout.ms] as number)} (${comparison.by})`;
    return [
      said("chamber-rate", { kind: "chamber", chamber }, "warning", reason, {
        ratio: one.value,
        ratio_sigma: one.sigma,
        windows: one.windows,
      }),
    ];
  });
};

/** Hits of a chamber over what the comparison gives in that time; null without any. */
function rateOf({ comparison, layout }: PhysicsView, sum: ArrayLike<number>, hits: number): number | null {
  if (comparison === null) return null;
  const expected =
    ((comparison.sum[hits] as number) * (sum[layout.ms] as number)) / (comparison.sum[layout.ms] as number);
  return expected < 10 ? null : (sum[hits] as number) / expected;
}

/** Hits that belong to no segment: of a layer, or of a chamber. */
export const noise: PhysicsRule = (view) => {
  const { rules, layout, search, comparison } = view;
  if (
    comparison === null ||
    view.said.some(({ rule, scope }) => rule === "chamber-rate" && scope.kind === "whole")
  )
    return [];
  const settings = rules.noise;
  return layout.chambers.flatMap((places) => {
    const { chamber, noiseHits } = places;
    const usual = (comparison.sum[noiseHits] as number) / (comparison.sum[layout.ms] as number);
    const isOdd = (sum: Float64Array): boolean =>
      (sum[noiseHits] as number) > 1.1 * usual * (sum[layout.ms] as number);
    if (!search.some(chamberDomain(chamber), isOdd)) return [];
    const limits = { low: 0, high: settings.ratio_high };
    const found = Array.from({ length: layersPerChamber }, (_, i) => i + 1).flatMap((layer) => {
      const before = layerNoise(comparison.sum, places, layer);
      const one = search.find(
        `noise ${chamber} ${layer}`,
        [chamberDomain(chamber)],
        (sum) =>
          ratioReading(
            sum,
            comparison,
            layout.ms,
            layerNoise(sum, places, layer),
            before,
            { low: 0, high: settings.layer_ratio_high },
            { clustering: noiseClustering },
          ),
        { least: 2, z: settings.significance },
      );
      return one === null ? [] : [{ layer, one }];
    });
    const whole = search.find(
      `noise ${chamber}`,
      [chamberDomain(chamber)],
      (sum) =>
        ratioReading(
          sum,
          comparison,
          layout.ms,
          chamberNoise(sum, places),
          chamberNoise(comparison.sum, places),
          limits,
          { clustering: noiseClustering },
        ),
      { least: 2, z: settings.significance },
    );
    if (found.length === 1 || (found.length === 2 && isUneven(found.map(({ one }) => one.value))))
      return found
        .sort((a, b) => b.one.value - a.one.value)
        .slice(0, 1)
        .map(({ layer, one }) =>
          noiseSaid(
            { kind: "layer", chamber, layer },
            `noise of layer ${layer}`,
            one,
            comparison,
            layerNoise(one.sum, places, layer),
            one.sum[layout.ms] as number,
          ),
        );
    if (whole === null) return [];
    return [
      noiseSaid(
        { kind: "chamber", chamber },
        "noise of the chamber",
        whole,
        comparison,
        chamberNoise(whole.sum, places),
        whole.sum[layout.ms] as number,
      ),
    ];
  });
};

const isUneven = ([a = 1, b = 1]: number[]): boolean => Math.max(a, b) - 1 > 3 * (Math.min(a, b) - 1);

function noiseSaid(
  scope: Said["scope"],
  what: string,
  one: Reading,
  { by }: Comparison,
  count: number,
  ms: number,
): Said {
  const reason = `${what} is ${one.value.toFixed(2)} ± ${Math.max(0.01, one.sigma).toFixed(2)} times the usual: ${hz(count, ms)} outside of segments (${by})`;
  return said("noise", scope, "warning", reason, { ratio: one.value, ratio_sigma: one.sigma });
}

const layerOf = Uint8Array.from({ length: cellsPerChamber }, (_, cell) => layerOfCell(cell));

/** Noise of a layer; a hot cell counts as a loud one, for it is found by itself. */
function layerNoise(sum: ArrayLike<number>, { cellNoise }: ChamberQuantities, layer: number): number {
  let [hits, first, second] = [0, 0, 0];
  for (let cell = 0; cell < cellsPerChamber; cell += 1) {
    if (layerOf[cell] !== layer) continue;
    const here = sum[cellNoise + cell] as number;
    hits += here;
    if (here > first) [first, second] = [here, first];
    else if (here > second) second = here;
  }
  return hits - Math.max(0, first - 2 * second - 10);
}

function chamberNoise(sum: ArrayLike<number>, places: ChamberQuantities): number {
  let hits = 0;
  for (let layer = 1; layer <= layersPerChamber; layer += 1) hits += layerNoise(sum, places, layer);
  return hits;
}

/** Second hits of a cell within 600 ns. */
export const afterPulses: PhysicsRule = (view) => {
  const { rules, layout, search } = view;
  const settings = rules["after-pulses"];
  const found = layout.chambers.flatMap(({ chamber, hits, repeats }) => {
    const one = search.find(
      `after-pulses ${chamber}`,
      [chamberDomain(chamber)],
      (sum) =>
        (sum[hits] as number) < 60
          ? null
          : highFraction(
              sum[repeats] as number,
              sum[hits] as number,
              settings.fraction_good,
              settings.fraction_high,
              1.5,
            ),
      { z: settings.significance },
    );
    return one === null ? [] : [{ chamber, one }];
  });
  const words = (value: number, sigma: number): string =>
    `after-pulses: ${percentWithError(value, sigma)} of the hits follow another of their cell within 600 ns, expected below ${Math.round(100 * settings.fraction_high)} %`;
  if (found.length === layout.chambers.length) {
    const value = medianOf(found.map(({ one }) => one.value));
    const sigma = medianOf(found.map(({ one }) => one.sigma)) / 2;
    return [
      said("after-pulses", { kind: "whole" }, "warning", `${words(value, sigma)}, in all chambers`, {
        fraction: value,
      }),
    ];
  }
  return found.map(({ chamber, one }) =>
    said("after-pulses", { kind: "chamber", chamber }, "warning", words(one.value, one.sigma), {
      fraction: one.value,
    }),
  );
};
