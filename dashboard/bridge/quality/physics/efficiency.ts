/** Rules about lost hits: no muons, low efficiency of chambers and layers. */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  chambersOf,
  layerOfCell,
  layersPerChamber,
} from "../../../../pipeline/model/index.js";
import { median } from "../statistics.js";
import type { RawFinding } from "../view.js";
import { count } from "../words.js";
import { leastSegmentShare } from "./masks.js";
import {
  chamberDomain,
  chamberDomains,
  maskIn,
  percentWithError,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";
import type { ChamberQuantities } from "./quantities.js";
import { lowFraction } from "./fractions.js";
import { areBroken } from "./lines.js";
import type { Reading } from "./search.js";
import { binomialZ, fractionError, sumOf } from "./tails.js";

export const layers = Array.from({ length: layersPerChamber }, (_, i) => i + 1);

/** Finds chambers with hits, but with hardly any of them in segments. */
export const noMuons: PhysicsRule = ({ rules, layout, search, detector, comparison }) => {
  const settings = rules["no-muons"];
  const { fraction_good: good, fraction_low: limit, significance: z } = settings;
  const words = (value: number, hits: number): string =>
    `${(100 * value).toFixed(1)} % of ${count(hits)} hits are in segments, expected at least ${100 * good} %`;
  // If most cells are masked, muons leave no segments.
  const chambers = layout.chambers.filter(
    ({ chamber }) => maskIn(detector, chamber).segmentShare >= leastSegmentShare,
  );
  const usedOf = (sum: ArrayLike<number>, of: readonly ChamberQuantities[]): number =>
    of.reduce((all, { hitsUsed }) => all + (sum[hitsUsed] as number), 0);
  const hitsOf = (sum: ArrayLike<number>, of: readonly ChamberQuantities[]): number =>
    of.reduce((all, { hits }) => all + (sum[hits] as number), 0);
  /** Hits in segments expected from the other chambers; 0 without them. */
  const usualOf = (sum: ArrayLike<number>, of: readonly ChamberQuantities[]): number => {
    const others = chambers.filter((other) => !of.includes(other));
    return others.length === 0 ? 0 : medianOf(others.map((other) => sum[other.hitsUsed] as number));
  };
  const read =
    (of: readonly ChamberQuantities[], least: number) =>
    (sum: ArrayLike<number>): Reading | null => {
      if (hitsOf(sum, of) < least) return null;
      const used = usedOf(sum, of);
      const reading = lowFraction(used, hitsOf(sum, of), good, limit, hitsPerSegment);
      if (reading?.beyond !== true) return reading;
      // With as many segments as before, or in other chambers, there are muons, and it is the noise that is high.
      const time = (sum[layout.ms] as number) / (comparison?.sum[layout.ms] ?? Infinity);
      const usual = Math.max(comparison === null ? 0 : time * usedOf(comparison.sum, of), usualOf(sum, of));
      if (usual > 0 && used > usualPart * Math.max(fewHitsUsed, usual))
        return { ...reading, z: 0, beyond: false };
      // The hits of hot cells do not show that muons are missing.
      const hits = of.reduce((all, places) => all + hitsWithoutHotCells(sum, places), 0);
      return lowFraction(Math.min(used, hits), hits, good, limit, hitsPerSegment);
    };
  const readAll = read(chambers, settings.hits / 2);
  const all = search.find(
    "no-muons",
    layout.chambers.map(({ chamber }) => chamberDomain(chamber)),
    (sum) => {
      const reading = readAll(sum);
      const isAnyGood = chambers.some((one) => usedOf(sum, [one]) > limit * hitsOf(sum, [one]));
      return reading !== null && isAnyGood ? { ...reading, z: 0, beyond: false } : reading;
    },
    { z },
  );
  if (all !== null) {
    const hits = hitsOf(all.sum, chambers);
    const reason = `no muons: only noise in all chambers; ${words(all.value, hits)}`;
    return [
      rawFinding("no-muons", { kind: "whole" }, "bad", reason, {
        fraction: all.value,
        hits,
        windows: all.windows,
      }),
    ];
  }
  return chambers.flatMap((places) => {
    const { chamber, hits } = places;
    const one = search.find(
      `no-muons ${chamber}`,
      chamberDomains(chamber),
      read([places], settings.hits / 4),
      { z },
    );
    if (one === null) return [];
    const reason = `no muons in this chamber: ${words(one.value, one.sum[hits] as number)}`;
    const numbers = { fraction: one.value, windows: one.windows };
    return [rawFinding("no-muons", { kind: "chamber", chamber }, "bad", reason, numbers)];
  });
};

const hitsPerSegment = 3.6;
/** With this part of the hits in segments of the other chambers, a chamber has muons; noise alone makes a few segments. */
const usualPart = 0.3;
const fewHitsUsed = 20;
/** A cell is hot with this many times the hits of most others. */
const hotCellRatio = 4;

function hitsWithoutHotCells(sum: ArrayLike<number>, { cellHits }: ChamberQuantities): number {
  const hits = Array.from({ length: cellsPerChamber }, (_, cell) => sum[cellHits + cell] as number);
  const most = hotCellRatio * Math.max(1, medianOf(hits));
  return hits.reduce((all, one) => all + Math.min(one, most), 0);
}

/**
 * Variance of an efficiency over the binomial variance, as measured in Legnaro: crossings of muons of one shower are
 * not independent.
 */
const crossingClustering = 1.3;
/** A layer with fewer crossings than this fraction of the maximum of all layers cannot be judged. */
const fewCrossings = 0.3;

export function rawFinding(
  rule: RawFinding["rule"],
  scope: RawFinding["scope"],
  state: RawFinding["state"],
  reason: string,
  numbers: Record<string, number>,
): RawFinding {
  return { rule, scope, state, reason, numbers };
}

/**
 * Relation between the efficiency e per layer and the fraction of three-hit segments among those of three and four
 * hits: q = 4 (1 - e)/(4 - 3 e).
 */
const missingPart = (efficiency: number): number => (4 * (1 - efficiency)) / (4 - 3 * efficiency);
const efficiencyOf = (missing: number): number => (4 * (1 - missing)) / (4 - 3 * missing);

export function chamberEfficiency(
  sum: Float64Array,
  { fourHit, layerMissed }: ChamberQuantities,
  good: number,
  limit: number,
): Reading | null {
  const missed = sumOf(sum, layerMissed, layersPerChamber);
  const n = missed + (sum[fourHit] as number);
  if (n < 8) return null;
  const part = missed / n;
  const value = efficiencyOf(part);
  const slope = 4 / (4 - 3 * part) ** 2;
  const z = Math.max(0, binomialZ(missed, n, missingPart(good)) / Math.sqrt(crossingClustering));
  return { value, sigma: fractionError(missed, n) * slope, good, z, beyond: value < limit };
}

/** Note of a loss that was reported for the whole chamber. */
const allLayers = "all layers";

/** Efficiency of layers or, if all layers are low, of the chamber. */
export const layerEfficiency: PhysicsRule = (view) =>
  view.layout.chambers.flatMap((places) => {
    const { chamber } = places;
    const keys = [
      `layer-efficiency ${chamber}`,
      ...layers.map((layer) => `layer-efficiency ${chamber} ${layer}`),
    ];
    const { search } = view;
    const [ofChamber = "", ...ofLayers] = keys;
    const stood = keys.filter((key) => search.has(key));
    const wasEven = search.noteOf(ofChamber, allLayers) !== null;
    const found = efficiencyFinding(view, places);
    // Single cells have too few hits to show that the fault is over.
    if (stood.some((key) => !search.has(key)))
      for (const cells of ["cell-efficiency", "cell-group"]) search.forget(`${cells} ${chamber} `);
    if (!wasEven || search.has(ofChamber)) return found;
    // The end of a loss in all layers is that in each of them: windows before it do not show another fault.
    for (const key of ofLayers) search.drop(key);
    search.restart(chamberDomains(chamber), 1);
    return found.filter(({ scope }) => scope.kind !== "layer");
  });

/** Whether another layer is dead: then there are no four-hit segments, and this layer cannot be judged. */
export function othersAreDead(
  sum: ArrayLike<number>,
  { layerFound, layerMissed }: ChamberQuantities,
  layer: number,
): boolean {
  return layers.some((other) => {
    const k = sum[layerFound + other - 1] as number;
    const n = k + (sum[layerMissed + other - 1] as number);
    const own = sum[layerMissed + layer - 1] as number;
    return other !== layer && n > 10 && k < 0.1 * n && n > 2 * own;
  });
}

/** Cells of a layer that are known to be dead or to lose hits on their own. */
function knownCells(
  { reported: found, known }: PhysicsView,
  chamber: number,
  layer: number,
): ReadonlySet<number> {
  const cells = [...found, ...known].flatMap(({ rule, scope, numbers }) => {
    if (!("chamber" in scope) || scope.chamber !== chamber) return [];
    if (scope.kind === "cell" && rule !== "hot-cell" && layerOfCell(scope.cell) === layer)
      return [scope.cell];
    if (scope.kind !== "layer" || scope.layer !== layer || numbers["first_wire"] === undefined) return [];
    const wires = rule === "dead-layer" ? (numbers["cells"] ?? 0) : groupWires;
    return Array.from({ length: wires }, (_, i) => cellOf(layer, (numbers["first_wire"] as number) + i));
  });
  return new Set(cells);
}

const isDeadLayer = ({ rule, scope, numbers }: RawFinding, chamber: number, layer: number): boolean =>
  rule === "dead-layer" &&
  scope.kind === "layer" &&
  scope.chamber === chamber &&
  scope.layer === layer &&
  numbers["cells"] === cellsPerLayer;

function efficiencyFinding(view: PhysicsView, places: ChamberQuantities): RawFinding[] {
  const { rules, search } = view;
  const { chamber, layerFound, layerMissed, cellFound, cellMissed } = places;
  const settings = rules["layer-efficiency"];
  const { fraction_good: good, fraction_low: limit, significance: z } = settings;
  const domains = chamberDomains(chamber);
  const whole = search.find(
    `layer-efficiency ${chamber}`,
    domains,
    (sum) =>
      areBroken(sum, view.layout, places, rules.cabling)
        ? null
        : withFewSegments(view, sum, places, chamberEfficiency(sum, places, good, limit)),
    { z, fine: 0.006 },
  );
  const few = whole === null ? fewSegments(view, places) : null;
  if (few !== null) return [few];
  const found = layers.flatMap((layer) => {
    if (view.known.some((one) => isDeadLayer(one, chamber, layer))) return [];
    const cells = knownCells(view, chamber, layer);
    const one = search.find(
      `layer-efficiency ${chamber} ${layer}`,
      domains,
      (sum) => {
        let k = sum[layerFound + layer - 1] as number;
        let n = k + (sum[layerMissed + layer - 1] as number);
        for (const cell of cells) {
          k -= sum[cellFound + cell] as number;
          n -= (sum[cellFound + cell] as number) + 1.25 * (sum[cellMissed + cell] as number);
        }
        return n < 8 ||
          othersAreDead(sum, places, layer) ||
          areBroken(sum, view.layout, places, rules.cabling)
          ? null
          : lowFraction(Math.max(0, Math.min(k, n)), n, good, limit, crossingClustering);
      },
      { z, fine: 0.01 },
    );
    return one === null ? [] : [{ layer, one }];
  });
  const expected = `expected at least ${Math.round(100 * good)} %`;
  const of = (sum: Float64Array): number[] => {
    const crossings = layers.map(
      (_, i) => (sum[layerFound + i] as number) + (sum[layerMissed + i] as number),
    );
    const most = Math.max(1, ...crossings);
    // With a dead layer, no segments measure the other layers: they count as good.
    return layers.map((_, i) =>
      (crossings[i] as number) < fewCrossings * most
        ? 1
        : (sum[layerFound + i] as number) / (crossings[i] as number),
    );
  };
  const state = (value: number): "bad" | "warning" => (value < settings.fraction_bad ? "bad" : "warning");
  const isDead = view.known.some(
    ({ rule, scope }) => rule === "dead-layer" && "chamber" in scope && scope.chamber === chamber,
  );
  if (whole !== null && !isDead && isEven(of(whole.sum), good)) {
    search.note(whole.key, allLayers, 1);
    const reason = `the chamber loses hits: efficiency ${percentWithError(whole.value, whole.sigma)} in all layers, ${expected}`;
    const numbers = { efficiency: whole.value, efficiency_sigma: whole.sigma, windows: whole.windows };
    return [
      rawFinding("layer-efficiency", { kind: "chamber", chamber }, state(whole.value), reason, numbers),
    ];
  }
  if (found.length > 0)
    return found.map(({ layer, one }) => {
      const reason = `layer ${layer} loses hits: efficiency ${percentWithError(one.value, one.sigma)}, ${expected}`;
      const numbers = { efficiency: one.value, efficiency_sigma: one.sigma, windows: one.windows };
      return rawFinding(
        "layer-efficiency",
        { kind: "layer", chamber, layer },
        state(one.value),
        reason,
        numbers,
      );
    });
  // A layer is not reported if its dead cells or a group explain the loss.
  if (whole === null || layers.some((layer) => knownCells(view, chamber, layer).size > 0)) return [];
  if (isDead) return [];
  const values = of(whole.sum);
  const layer = values.indexOf(Math.min(...values)) + 1;
  const reason = `layer ${layer} loses hits: efficiency ${Math.round(100 * Math.min(...values))} %, ${expected}`;
  const numbers = { efficiency: Math.min(...values), windows: whole.windows };
  return [rawFinding("layer-efficiency", { kind: "layer", chamber, layer }, "warning", reason, numbers)];
}

const segmentsOf = (
  sum: ArrayLike<number>,
  { fourHit, threeHit, ambiguous, showers }: ChamberQuantities,
): number => [fourHit, threeHit, ambiguous, showers].reduce((all, at) => all + (sum[at] as number), 0);
/** Lowest ratio of the segments of a good chamber to those of the others: its position alone can halve it. */
const fewSegmentsGood = 0.4;
const fewSegmentsLow = 0.1;

/**
 * The fewer hits a chamber has, the fewer segments measure its loss, so a small number of segments is further
 * evidence.
 */
function withFewSegments(
  { layout }: PhysicsView,
  sum: Float64Array,
  places: ChamberQuantities,
  reading: Reading | null,
): Reading | null {
  if (!reading?.beyond) return reading;
  const usual = medianOf(layout.chambers.map((other) => segmentsOf(sum, other)));
  const own = Math.min(usual, segmentsOf(sum, places));
  const few = lowFraction(own, usual, fewSegmentsGood, 1, 1.5);
  return few === null ? reading : { ...reading, z: Math.hypot(reading.z, few.z) };
}

/** Finds a chamber that loses most hits, with hardly any segments left to measure its efficiency. */
function fewSegments(
  { rules, layout, search, detector, known, reported: found }: PhysicsView,
  places: ChamberQuantities,
): RawFinding | null {
  const { chamber } = places;
  const isExplained = [...known, ...found].some(
    ({ rule, scope }) =>
      ["silent-chamber", "dead-fpga", "no-muons", "cabling", "dead-layer"].includes(rule) &&
      chambersOf(scope).includes(chamber),
  );
  const { segmentShare } = maskIn(detector, chamber);
  if (isExplained || layout.chambers.length < 3 || segmentShare < leastSegmentShare) return null;
  const others = layout.chambers.filter((other) => other !== places);
  const usualOf = (sum: ArrayLike<number>): number =>
    segmentShare * medianOf(others.map((other) => segmentsOf(sum, other)));
  const one = search.find(
    `few-segments ${chamber}`,
    chamberDomains(chamber),
    (sum) => {
      const usual = usualOf(sum);
      if (usual < 30 || areBroken(sum, layout, places, rules.cabling)) return null;
      return lowFraction(
        Math.min(usual, segmentsOf(sum, places)),
        usual,
        fewSegmentsGood,
        fewSegmentsLow,
        1.5,
      );
    },
    { z: rules["layer-efficiency"].significance },
  );
  if (one === null) return null;
  const reason = `the chamber loses hits: it has ${count(segmentsOf(one.sum, places))} segments, ${count(usualOf(one.sum))} expected from the other chambers`;
  return rawFinding("layer-efficiency", { kind: "chamber", chamber }, "bad", reason, {
    segments_ratio: one.value,
    segments_ratio_sigma: one.sigma,
    windows: one.windows,
  });
}

/** Whether at least two other layers are about as low as the lowest. */
function isEven(values: number[], good: number): boolean {
  const sorted = [...values].sort((a, b) => a - b);
  const losses = sorted.map((value) => Math.max(0, good + 0.03 - value));
  return (losses[2] as number) > 0.4 * (losses[0] as number);
}

export const groupWires = 4;

export const medianOf = (values: readonly number[]): number => median(values);
