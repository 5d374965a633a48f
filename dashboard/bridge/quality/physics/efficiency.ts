/** Rule about lost hits: low efficiency of chambers and layers. */
import { cellOf, cellsPerLayer, layerOfCell, layersPerChamber } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import {
  chamberDomains,
  layers,
  percentWithError,
  rawFinding,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";
import type { ChamberQuantities } from "./quantities.js";
import { fewSegments, withFewSegments } from "./few-segments.js";
import { lowFraction } from "./fractions.js";
import { areBroken } from "./lines.js";
import type { Reading } from "./search.js";
import { binomialZ, fractionError, sumOf } from "./tails.js";

/**
 * Variance of an efficiency over the binomial variance, as measured in Legnaro: crossings of muons of one shower are
 * not independent.
 */
const crossingClustering = 1.3;
/** A layer with fewer crossings than this fraction of the maximum of all layers cannot be judged. */
const fewCrossings = 0.3;

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

/** Whether at least two other layers are about as low as the lowest. */
function isEven(values: number[], good: number): boolean {
  const sorted = [...values].sort((a, b) => a - b);
  const losses = sorted.map((value) => Math.max(0, good + 0.03 - value));
  return (losses[2] as number) > 0.4 * (losses[0] as number);
}

export const groupWires = 4;
