/** Rule about noise: hits that belong to no segment. */
import { cellsPerChamber, layerOfCell } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { median } from "../statistics.js";
import type { ChamberQuantities } from "./quantities.js";
import { findRatio, hz, mayBeOfAll, windowsOfAll } from "./ratio.js";
import type { Found } from "./search.js";
import {
  chamberDomain,
  layers,
  rawFinding,
  type Comparison,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

/** Variance over that of independent hits: a muon outside segments leaves one or two hits in a layer, more in a chamber. */
const layerClustering = 2;
const chamberClustering = 2.4;
/** A layer with more hot cells than this is noisy as a whole. */
const fewHotCells = 4;

const layerOf = Uint8Array.from({ length: cellsPerChamber }, (_, cell) => layerOfCell(cell));

export const noise: PhysicsRule = (view) => {
  const { comparison, reported, layout } = view;
  if (
    comparison === null ||
    reported.some(({ rule, scope }) => rule === "chamber-rate" && scope.kind === "whole")
  )
    return [];
  const chambers = layout.chambers.map((places) => new ChamberNoise(view, comparison, places));
  const found = chambers.flatMap((one) => noiseIn(view, comparison, one, chambers));
  return isEverywhere(found, chambers.length) ? noiseOfAll(found) : found;
};

function noiseIn(
  view: PhysicsView,
  comparison: Comparison,
  one: ChamberNoise,
  chambers: readonly ChamberNoise[],
): RawFinding[] {
  const { chamber } = one;
  const settings = view.rules.noise;
  if (!view.search.some(chamberDomain(chamber), (sum) => one.isRaised(sum))) return [];
  const options = { z: settings.significance, least: 2 };
  const noisy = layers.flatMap((layer) => {
    const counts = {
      count: (sum: ArrayLike<number>) => one.inLayer(sum, layer),
      before: one.usualInLayer(layer),
    };
    const limits = { low: 0, high: settings.layer_ratio_high };
    const found = findRatio(view, comparison, `noise ${chamber} ${layer}`, chamber, counts, limits, {
      ...options,
      clustering: layerClustering,
    });
    return found === null ? [] : [{ layer, found }];
  });
  const counts = { count: (sum: ArrayLike<number>) => one.count(sum), before: one.usual() };
  const limits = { low: 0, high: settings.ratio_high };
  const whole = findRatio(view, comparison, `noise ${chamber}`, chamber, counts, limits, {
    ...options,
    clustering: chamberClustering,
  });
  const [loudest] = noisy.sort((a, b) => b.found.value - a.found.value);
  if (loudest !== undefined && one.isOnlyIn(loudest)) return [layerFinding(one, loudest)];
  if (whole === null) return [];
  // The layer can be the source even if only the chamber is over its limit.
  const source = loudest === undefined ? one.loudestLayer(whole) : null;
  if (source !== null && source.found.value >= settings.layer_ratio_high && one.isOnlyIn(source))
    return [layerFinding(one, source)];
  const ratioOf = (sum: ArrayLike<number>, other: ChamberQuantities): number =>
    chambers[other.chamber]?.ratio(sum) ?? 1;
  return mayBeOfAll(view, chamber, whole, limits, ratioOf) ? [] : [chamberFinding(one, whole)];
}

/** A layer with its finding. */
interface NoisyLayer {
  layer: number;
  found: Found;
}

/** Counts of noise in a chamber without its hot cells, and those expected from the comparison. */
class ChamberNoise {
  readonly chamber: number;
  private readonly hot: ReadonlySet<number>;

  constructor(
    private readonly view: PhysicsView,
    readonly comparison: Comparison,
    private readonly places: ChamberQuantities,
  ) {
    this.chamber = places.chamber;
    this.hot = hotCellsOf(view, places.chamber);
  }

  /** Whether the noise is raised at all, hot cells included. */
  isRaised(sum: ArrayLike<number>): boolean {
    const { noiseHits } = this.places;
    return (sum[noiseHits] as number) > 1.1 * (this.comparison.sum[noiseHits] as number) * this.timeOf(sum);
  }

  /**
   * Noise of a layer in a sum. Also limits the hits of a cell that is no longer hot but was in a part of the span, unless the
   * cell is as noisy in the comparison.
   */
  inLayer(sum: ArrayLike<number>, layer: number): number {
    const { cellNoise } = this.places;
    let [hits, first, second, hottest] = [0, 0, 0, 0];
    for (let cell = 0; cell < cellsPerChamber; cell += 1) {
      if (layerOf[cell] !== layer || this.hot.has(cell)) continue;
      const here = sum[cellNoise + cell] as number;
      hits += here;
      if (here > first) {
        [first, second] = [here, first];
        hottest = cell;
      } else if (here > second) second = here;
    }
    const usual = (this.comparison.sum[cellNoise + hottest] as number) * this.timeOf(sum);
    return hits - Math.max(0, first - Math.max(2 * second, usual) - 10);
  }

  /** The same in the comparison, without a limit on single cells. */
  usualInLayer(layer: number): number {
    let hits = 0;
    for (let cell = 0; cell < cellsPerChamber; cell += 1)
      if (layerOf[cell] === layer && !this.hot.has(cell))
        hits += this.comparison.sum[this.places.cellNoise + cell] as number;
    return hits;
  }

  count(sum: ArrayLike<number>): number {
    return layers.reduce((hits, layer) => hits + this.inLayer(sum, layer), 0);
  }

  usual(): number {
    return layers.reduce((hits, layer) => hits + this.usualInLayer(layer), 0);
  }

  ratio(sum: ArrayLike<number>): number {
    return this.count(sum) / (this.usual() * this.timeOf(sum) + 1);
  }

  loudestLayer(whole: Found): NoisyLayer | null {
    const loud = layers.map((layer) => {
      const hits = this.inLayer(whole.sum, layer);
      const usual = this.expectedInLayer(whole.sum, layer);
      const sigma = Math.sqrt(layerClustering * (hits + 1)) / usual;
      return { layer, found: { ...whole, value: hits / usual, sigma } };
    });
    return loud.sort((a, b) => b.found.value - a.found.value)[0] ?? null;
  }

  /** Whether the noise has grown far more in this layer than in the other layers. */
  isOnlyIn({ layer, found: { value, sum } }: NoisyLayer): boolean {
    const others = layers
      .filter((other) => other !== layer)
      .map((other) => this.inLayer(sum, other) / this.expectedInLayer(sum, other));
    return median(others) - 1 < 0.4 * (value - 1);
  }

  /** Rate of counts in a sum. */
  rate(count: number, sum: ArrayLike<number>): string {
    return hz(count, sum[this.view.layout.ms] as number);
  }

  /** All hits of the cells of the chamber, or of a layer, that are not hot, over those expected; null without any expected. */
  hitsRatio(sum: ArrayLike<number>, layer: number | null): number | null {
    const { cellHits } = this.places;
    let [hits, usual] = [0, 0];
    for (let cell = 0; cell < cellsPerChamber; cell += 1) {
      if (this.hot.has(cell) || (layer !== null && layerOf[cell] !== layer)) continue;
      hits += sum[cellHits + cell] as number;
      usual += this.comparison.sum[cellHits + cell] as number;
    }
    return usual > 0 ? hits / (usual * this.timeOf(sum)) : null;
  }

  /** Noise of a layer expected in a sum; one more, so that ratios are finite. */
  private expectedInLayer(sum: ArrayLike<number>, layer: number): number {
    return this.usualInLayer(layer) * this.timeOf(sum) + 1;
  }

  /** Time of a sum over that of the comparison. */
  private timeOf(sum: ArrayLike<number>): number {
    const { ms } = this.view.layout;
    return (sum[ms] as number) / (this.comparison.sum[ms] as number);
  }
}

/** Cells with a rule of their own, of layers with few of them: their hits are not counted as noise. */
function hotCellsOf({ known }: PhysicsView, chamber: number): ReadonlySet<number> {
  const hot = known.flatMap(({ rule, scope }) =>
    rule === "hot-cell" && scope.kind === "cell" && scope.chamber === chamber ? [scope.cell] : [],
  );
  const inLayer = (cell: number): number => hot.filter((other) => layerOf[other] === layerOf[cell]).length;
  return new Set(hot.filter((cell) => inLayer(cell) <= fewHotCells));
}

const isEverywhere = (found: readonly RawFinding[], chambers: number): boolean =>
  chambers > 2 && found.filter(({ scope }) => scope.kind === "chamber").length >= chambers - 1;

/**
 * Joins findings in all chambers, or all but one. In the first windows this may still be a change of the rate:
 * reports nothing.
 */
function noiseOfAll(found: readonly RawFinding[]): RawFinding[] {
  const of = (name: string): number => median(found.map(({ numbers }) => numbers[name] ?? 0));
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

function layerFinding(one: ChamberNoise, { layer, found }: NoisyLayer): RawFinding {
  const scope = { kind: "layer", chamber: one.chamber, layer } as const;
  const rate = one.rate(one.inLayer(found.sum, layer), found.sum);
  return noiseFinding(one, scope, `noise of layer ${layer}`, found, rate);
}

function chamberFinding(one: ChamberNoise, whole: Found): RawFinding {
  const scope = { kind: "chamber", chamber: one.chamber } as const;
  return noiseFinding(one, scope, "noise of the chamber", whole, one.rate(one.count(whole.sum), whole.sum));
}

function noiseFinding(
  one: ChamberNoise,
  scope: { kind: "chamber"; chamber: number } | { kind: "layer"; chamber: number; layer: number },
  what: string,
  { value: ratio, sigma: ratio_sigma, windows, sum }: Found,
  rate: string,
): RawFinding {
  const error = Math.max(0.01, ratio_sigma).toFixed(2);
  const reason = `${what} is ${ratio.toFixed(2)} ± ${error} times normal: ${rate} outside of segments (${one.comparison.by})`;
  const hits_ratio = one.hitsRatio(sum, scope.kind === "layer" ? scope.layer : null);
  return rawFinding("noise", scope, "warning", reason, {
    ratio,
    ratio_sigma,
    windows,
    ...(hits_ratio === null ? {} : { hits_ratio }),
  });
}
