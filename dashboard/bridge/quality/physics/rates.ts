/** Rules about rates and noise. All but the rule on after-pulses need a comparison. */
import {
  cellsPerChamber,
  layersPerChamber,
  layerOfCell,
  type WindowMessage,
} from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { layers, medianOf, rawFinding } from "./efficiency.js";
import { highFraction } from "./fractions.js";
import type { ChamberQuantities } from "./quantities.js";
import { isFarFrom, type Found, type Reading } from "./search.js";
import { silentTime } from "./silent-time.js";
import { twoCountsZ } from "./tails.js";
import {
  chamberDomain,
  chamberDomains,
  percentWithError,
  timingDomain,
  wordsDomain,
  type Comparison,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

/** Variance of the hits over that of independent hits: a muon causes up to four in each chamber. */
export const hitClustering = 8;
/** The same for noise: a muon outside segments leaves one or two hits in a layer, more in a chamber. */
const layerNoiseClustering = 2;
const chamberNoiseClustering = 2.4;

/** Ratio of a count to the comparison's, scaled by the time and a common factor. */
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
  const beyond = value < limits.low || value > limits.high;
  const isClear = !beyond && isFarFrom(limits.low, value, sigma) && isFarFrom(limits.high, value, sigma);
  return { value, sigma, good: 1, z, beyond, isClear };
}

export const hz = (count: number, ms: number): string => {
  const rate = (1000 * count) / ms;
  return rate >= 100 ? `${Math.round(rate)} Hz` : `${Number(rate.toPrecision(2))} Hz`;
};

/**
 * Searches the spans for a deviation of a count from the comparison's.
 * @param before count in the comparison
 */
function findRatio(
  { layout, search }: PhysicsView,
  comparison: Comparison,
  name: string,
  chamber: number,
  { count, before }: { count: (sum: ArrayLike<number>) => number; before: number },
  limits: { low: number; high: number },
  { z, ...options }: { z: number; least: number; clustering: number; expected?: number },
): Found | null {
  const { clustering, expected = 30 } = options;
  return search.find(
    name,
    chamberDomains(chamber),
    (sum) =>
      ratioReading(sum, comparison, layout.ms, count(sum), before, limits, { clustering, least: expected }),
    { least: options.least, z },
  );
}

/** Hit rates: first of the whole telescope, then of single chambers. */
export const rates: PhysicsRule = (view) => {
  const { rules, layout, search, comparison, newest, deadTime } = view;
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
      // A change in one chamber is not a change of the whole telescope.
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
    const isDead = all.value < 1 && deadTime.isShown(newest, all.value);
    return [
      rawFinding(
        "chamber-rate",
        { kind: "whole" },
        "warning",
        `${reason}${isDead ? deadWords(newest, all.value) : ""}`,
        {
          ratio: all.value,
          ratio_sigma: all.sigma,
          windows: all.windows,
          ...(isDead ? { dead_time: 1 - all.value } : {}),
        },
      ),
    ];
  }
  deadTime.forget();
  return layout.chambers.flatMap(({ chamber, hits }) => {
    const one = findRatio(
      view,
      comparison,
      `rate ${chamber}`,
      chamber,
      { count: (sum) => sum[hits] as number, before: comparison.sum[hits] as number },
      limits,
      {
        z: settings.significance,
        least: settings.windows,
        clustering: hitClustering,
        expected: settings.expected_hits,
      },
    );
    if (one === null || (one.windows < windowsOfAll && areAlike(view, chamber, one, limits, ratesOf(view))))
      return [];
    const reason = `hit rate is ${percentWithError(one.value, one.sigma)} of normal: ${hz(one.sum[hits] as number, one.sum[layout.ms] as number)}, expected ${hz(comparison.sum[hits] as number, comparison.sum[layout.ms] as number)} (${comparison.by})`;
    return [
      rawFinding("chamber-rate", { kind: "chamber", chamber }, "warning", reason, {
        ratio: one.value,
        ratio_sigma: one.sigma,
        windows: one.windows,
      }),
    ];
  });
};

/** The gaps are described if they explain how many hits are lost; at low rates, they are not much longer than others. */
function deadWords(newest: WindowMessage, ratio: number): string {
  const silent = silentTime(newest);
  const [least, most] = [0.6 * (1 - ratio), 1.5 * (1 - ratio)];
  if (silent === null || silent.fraction < least || silent.fraction > most)
    return "; dead time of the read-out: in the remaining time the hits are as frequent as usual";
  const { fraction, gaps, gapMs } = silent;
  return `; dead time of the read-out: no hits in ${Math.round(100 * fraction)} % of the time, in ${gaps} gaps of ${Math.round(gapMs)} ms`;
}

type RatioOf = (sum: ArrayLike<number>, places: ChamberQuantities) => number;

const ratesOf =
  (view: PhysicsView): RatioOf =>
  (sum, { hits }) =>
    rateOf(view, sum, hits) ?? 1;

/**
 * Whether the other chambers have also changed by at least half of the limit: then the next windows will show a
 * change of all.
 */
function areAlike(
  view: PhysicsView,
  chamber: number,
  { value, sum }: Found,
  limits: { low: number; high: number },
  ratioOf: RatioOf,
): boolean {
  const others = view.layout.chambers.filter((other) => other.chamber !== chamber);
  if (others.length === 0) return false;
  const middle = medianOf(others.map((places) => ratioOf(sum, places)));
  return value > 1 ? middle > (1 + limits.high) / 2 : middle < (1 + limits.low) / 2;
}

/** Hits of a chamber over those expected from the comparison; null without enough. */
function rateOf({ comparison, layout }: PhysicsView, sum: ArrayLike<number>, hits: number): number | null {
  if (comparison === null) return null;
  const expected =
    ((comparison.sum[hits] as number) * (sum[layout.ms] as number)) / (comparison.sum[layout.ms] as number);
  return expected < 10 ? null : (sum[hits] as number) / expected;
}

/** Noise of layers and chambers: hits that belong to no segment. */
export const noise: PhysicsRule = (view) => {
  const { rules, layout, search, comparison } = view;
  if (
    comparison === null ||
    view.reported.some(({ rule, scope }) => rule === "chamber-rate" && scope.kind === "whole")
  )
    return [];
  const settings = rules.noise;
  const found = layout.chambers.flatMap((places) => {
    const { chamber, noiseHits } = places;
    const hot = hotCellsOf(view, chamber);
    const usual = (comparison.sum[noiseHits] as number) / (comparison.sum[layout.ms] as number);
    const isOdd = (sum: Float64Array): boolean =>
      (sum[noiseHits] as number) > 1.1 * usual * (sum[layout.ms] as number);
    if (!search.some(chamberDomain(chamber), isOdd)) return [];
    const options = { z: settings.significance, least: 2 };
    const found = layers.flatMap((layer) => {
      const counts = {
        count: (sum: ArrayLike<number>): number => layerNoise(sum, places, layer, hot, usualIn(view, sum)),
        before: layerNoise(comparison.sum, places, layer, hot),
      };
      const limits = { low: 0, high: settings.layer_ratio_high };
      const one = findRatio(view, comparison, `noise ${chamber} ${layer}`, chamber, counts, limits, {
        ...options,
        clustering: layerNoiseClustering,
      });
      return one === null ? [] : [{ layer, one }];
    });
    const ofChamber = (sum: ArrayLike<number>): number => chamberNoise(sum, places, hot, usualIn(view, sum));
    const counts = { count: ofChamber, before: chamberNoise(comparison.sum, places, hot) };
    const limits = { low: 0, high: settings.ratio_high };
    const whole = findRatio(view, comparison, `noise ${chamber}`, chamber, counts, limits, {
      ...options,
      clustering: chamberNoiseClustering,
    });
    const [loudest] = found.sort((a, b) => b.one.value - a.one.value);
    if (loudest !== undefined && isOneLayer(view, comparison, places, loudest)) {
      const { layer, one } = loudest;
      const count = layerNoise(one.sum, places, layer, hot, usualIn(view, one.sum));
      return [noiseFinding(view, { kind: "layer", chamber, layer }, `noise of layer ${layer}`, one, count)];
    }
    if (whole === null) return [];
    // The layer can be the source even if only the chamber is over its limit.
    const one = loudest === undefined ? loudestLayer(view, comparison, places, whole) : null;
    if (one !== null) {
      const { layer, found } = one;
      const hits = layerNoise(found.sum, places, layer, hot, usualIn(view, found.sum));
      return [noiseFinding(view, { kind: "layer", chamber, layer }, `noise of layer ${layer}`, found, hits)];
    }
    const usualNoise: RatioOf = (sum, other) => {
      const time = (sum[layout.ms] as number) / (comparison.sum[layout.ms] as number);
      const loud = hotCellsOf(view, other.chamber);
      const before = chamberNoise(comparison.sum, other, loud);
      return chamberNoise(sum, other, loud, usualIn(view, sum)) / (before * time + 1);
    };
    if (whole.windows < windowsOfAll && areAlike(view, chamber, whole, limits, usualNoise)) return [];
    const count = ofChamber(whole.sum);
    return [noiseFinding(view, { kind: "chamber", chamber }, "noise of the chamber", whole, count)];
  });
  return isEverywhere(found, layout.chambers.length) ? noiseOfAll(found) : found;
};

/** The layer that causes the noise of a chamber; null if there is no single one. */
function loudestLayer(
  view: PhysicsView,
  comparison: Comparison,
  places: ChamberQuantities,
  whole: Found,
): { layer: number; found: Found } | null {
  const { layout, rules } = view;
  const hot = hotCellsOf(view, places.chamber);
  const time = (whole.sum[layout.ms] as number) / (comparison.sum[layout.ms] as number);
  const loud = layers.map((layer) => {
    const hits = layerNoise(whole.sum, places, layer, hot, usualIn(view, whole.sum));
    const usual = layerNoise(comparison.sum, places, layer, hot) * time + 1;
    const sigma = Math.sqrt(layerNoiseClustering * (hits + 1)) / usual;
    const found = { ...whole, value: hits / usual, sigma };
    return { layer, found };
  });
  const [loudest] = loud.sort((a, b) => b.found.value - a.found.value);
  if (loudest === undefined || loudest.found.value < rules.noise.layer_ratio_high) return null;
  const { layer, found: one } = loudest;
  return isOneLayer(view, comparison, places, { layer, one }) ? loudest : null;
}

const isEverywhere = (found: readonly RawFinding[], chambers: number): boolean =>
  chambers > 2 && found.filter(({ scope }) => scope.kind === "chamber").length >= chambers - 1;

/**
 * Joins findings in all chambers, or all but one. In the first windows this may still be a change of the rate:
 * reports nothing.
 */
function noiseOfAll(found: readonly RawFinding[]): RawFinding[] {
  const of = (name: string): number => medianOf(found.map(({ numbers }) => numbers[name] ?? 0));
  if (of("windows") < windowsOfAll) return [];
  const reason = `noise of all chambers is ${of("ratio").toFixed(2)} times normal`;
  return [
    rawFinding("noise", { kind: "whole" }, "warning", reason, {
      ratio: of("ratio"),
      ratio_sigma: of("ratio_sigma"),
      windows: of("windows"),
    }),
  ];
}
const windowsOfAll = 3;

/** Whether the noise has grown far more in this layer than in the other layers of its chamber. */
function isOneLayer(
  view: PhysicsView,
  comparison: Comparison,
  places: ChamberQuantities,
  { layer, one }: { layer: number; one: Found },
): boolean {
  const { layout } = view;
  const hot = hotCellsOf(view, places.chamber);
  const usual = usualIn(view, one.sum);
  const time = (one.sum[layout.ms] as number) / (comparison.sum[layout.ms] as number);
  const others = layers
    .filter((other) => other !== layer)
    .map(
      (other) =>
        layerNoise(one.sum, places, other, hot, usual) /
        (layerNoise(comparison.sum, places, other, hot) * time + 1),
    );
  return medianOf(others) - 1 < 0.4 * (one.value - 1);
}

function noiseFinding(
  view: PhysicsView,
  scope: { kind: "chamber"; chamber: number } | { kind: "layer"; chamber: number; layer: number },
  what: string,
  one: Found,
  hits: number,
): RawFinding {
  const { comparison, layout } = view;
  const reason = `${what} is ${one.value.toFixed(2)} ± ${Math.max(0.01, one.sigma).toFixed(2)} times normal: ${hz(hits, one.sum[layout.ms] as number)} outside of segments (${comparison?.by ?? ""})`;
  const numbers = { ratio: one.value, ratio_sigma: one.sigma, windows: one.windows };
  const layer = scope.kind === "layer" ? scope.layer : null;
  const hits_ratio = hitsRatio(view, one.sum, scope.chamber, layer);
  return rawFinding("noise", scope, "warning", reason, {
    ...numbers,
    ...(hits_ratio === null ? {} : { hits_ratio }),
  });
}

/** All hits of the cells of a chamber or layer that are not hot, over those expected from the comparison. */
function hitsRatio(
  view: PhysicsView,
  sum: ArrayLike<number>,
  chamber: number,
  layer: number | null,
): number | null {
  const usual = usualIn(view, sum);
  const places = view.layout.chambers[chamber];
  if (usual === null || places === undefined) return null;
  const hot = hotCellsOf(view, chamber);
  let [hits, expected] = [0, 0];
  for (let cell = 0; cell < cellsPerChamber; cell += 1) {
    if (hot.has(cell) || (layer !== null && layerOf[cell] !== layer)) continue;
    hits += sum[places.cellHits + cell] as number;
    expected += (usual.sum[places.cellHits + cell] as number) * usual.time;
  }
  return expected > 0 ? hits / expected : null;
}

const layerOf = Uint8Array.from({ length: cellsPerChamber }, (_, cell) => layerOfCell(cell));

/** Counts of the comparison, and the ratio of a sum's time to the comparison's. */
interface Usual {
  sum: ArrayLike<number>;
  time: number;
}

function usualIn({ comparison, layout }: PhysicsView, sum: ArrayLike<number>): Usual | null {
  if (comparison === null) return null;
  return {
    sum: comparison.sum,
    time: (sum[layout.ms] as number) / (comparison.sum[layout.ms] as number),
  };
}

/** A layer with more hot cells than this is noisy as a whole. */
const fewHotCells = 4;

/** Cells with a rule of their own, of layers with few of them: their hits are not counted as noise. */
function hotCellsOf({ known }: PhysicsView, chamber: number): ReadonlySet<number> {
  const hot = known.flatMap(({ rule, scope }) =>
    rule === "hot-cell" && scope.kind === "cell" && scope.chamber === chamber ? [scope.cell] : [],
  );
  const inLayer = (cell: number): number => hot.filter((other) => layerOf[other] === layerOf[cell]).length;
  return new Set(hot.filter((cell) => inLayer(cell) <= fewHotCells));
}

/**
 * Noise of a layer without its hot cells. Also limits the hits of a cell that is no longer hot but was in a part of the
 * span, unless the cell is as noisy in the comparison.
 */
function layerNoise(
  sum: ArrayLike<number>,
  { cellNoise }: ChamberQuantities,
  layer: number,
  hot: ReadonlySet<number>,
  usual: Usual | null = null,
): number {
  let [hits, first, second, hottest] = [0, 0, 0, 0];
  for (let cell = 0; cell < cellsPerChamber; cell += 1) {
    if (layerOf[cell] !== layer || hot.has(cell)) continue;
    const here = sum[cellNoise + cell] as number;
    hits += here;
    if (here > first) {
      [first, second] = [here, first];
      hottest = cell;
    } else if (here > second) second = here;
  }
  // The comparison has no limit on hot cells.
  if (usual === null) return hits;
  const loud = Math.max(2 * second, (usual.sum[cellNoise + hottest] as number) * usual.time) + 10;
  return hits - Math.max(0, first - loud);
}

function chamberNoise(
  sum: ArrayLike<number>,
  places: ChamberQuantities,
  hot: ReadonlySet<number>,
  usual: Usual | null = null,
): number {
  let hits = 0;
  for (let layer = 1; layer <= layersPerChamber; layer += 1)
    hits += layerNoise(sum, places, layer, hot, usual);
  return hits;
}

/** Standard deviations for a fault in a chamber after it was found in another. */
const alsoSignificance = 3;
/** Variance of the repeated hits over that of independent ones: a shower causes many at once. */
const repeatClustering = 7;

/** Repeated hits of a cell within 600 ns. */
export const afterPulses: PhysicsRule = (view) => {
  const { rules, layout, search } = view;
  const settings = rules["after-pulses"];
  const found = layout.chambers.flatMap(({ chamber, hits, repeats }) => {
    const one = search.find(
      `after-pulses ${chamber}`,
      chamberDomains(chamber),
      (sum) =>
        (sum[hits] as number) < 60
          ? null
          : highFraction(
              sum[repeats] as number,
              sum[hits] as number,
              settings.fraction_good,
              settings.fraction_high,
              repeatClustering,
            ),
      { z: settings.significance },
    );
    return one === null ? [] : [{ chamber, one }];
  });
  const limit = `expected below ${Math.round(100 * settings.fraction_high)} %`;
  // Once it is found in some chambers, the others need less evidence: gas and high voltage affect all.
  const isAlso = (chamber: number): boolean =>
    found.some((other) => other.chamber === chamber) || isPulsing(found[0]?.one, layout.chambers[chamber]);
  const isPulsing = (one: Found | undefined, places: ChamberQuantities | undefined): boolean => {
    if (one === undefined || places === undefined) return false;
    const { fraction_good: good, fraction_high: high } = settings;
    const [k, n] = [one.sum[places.repeats] as number, one.sum[places.hits] as number];
    const reading = highFraction(k, n, good, high, repeatClustering);
    return reading !== null && reading.beyond && reading.z > alsoSignificance;
  };
  if (found.length > 0 && layout.chambers.every(({ chamber }) => isAlso(chamber))) {
    const value = medianOf(found.map(({ one }) => one.value));
    const sigma = medianOf(found.map(({ one }) => one.sigma)) / 2;
    const words = `after-pulses in all chambers: ${percentWithError(value, sigma)}, ${limit}`;
    return [
      rawFinding("after-pulses", { kind: "whole" }, "warning", words, {
        fraction: value,
        windows: Math.max(...found.map(({ one }) => one.windows)),
      }),
    ];
  }
  return found.map(({ chamber, one: { value, sigma, windows } }) => {
    const words = `after-pulses: ${percentWithError(value, sigma)} of the hits, ${limit}`;
    return rawFinding("after-pulses", { kind: "chamber", chamber }, "warning", words, {
      fraction: value,
      windows,
    });
  });
};
