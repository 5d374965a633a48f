/** Expected counts: from the reference, from the normal past or, while neither exists, from the neighbours. */
import {
  cellsPerChamber,
  layerOfCell,
  layersPerChamber,
  maxChambers,
  type Reference,
} from "../../../pipeline/model/index.js";
import type { RulesConfig } from "./default-rules.js";
import { at, cellsOf } from "./facts.js";
import { median, total } from "./statistics.js";

/** Cells of each chamber that are not judged. */
type Masked = readonly (readonly number[])[];

/** How reasons name the source of an expectation. */
type Expecter = "the reference" | "its past" | "its neighbours";

export interface Expectation {
  by: Expecter;
  /** Hits that the cells of a chamber should have in a span, shape (64). */
  cells(sum: Float64Array, chamber: number): Float64Array;
  /** Hits that a chamber should have, from those of the others; 0 when the others have none. */
  chamber(sum: Float64Array, chamber: number): number;
  /** Rows that the scintillator should have, from the hits. */
  scintillator(sum: Float64Array): number;
  /** The picture behind it, a vector as of a window's facts; null with neighbours. */
  picture: Float64Array | null;
  /** Length of the picture, ms; null when rates cannot be compared. */
  pictureMs: number | null;
}

/** A reference as a vector like a window's facts. Drift times of other bins are left out. */
export function vectorOf(reference: Reference, driftBins: number): Float64Array {
  const vector = new Float64Array(at.drift + maxChambers * driftBins);
  for (let chamber = 0; chamber < reference.hit_count_chamber.length; chamber += 1) {
    const key = String(chamber);
    vector.set(reference.tdc_counts_chamber[key]?.hist_counts ?? [], chamber * cellsPerChamber);
    const drift = reference.drift_time_chamber[key]?.hist_counts ?? [];
    if (drift.length === driftBins) vector.set(drift, at.drift + chamber * driftBins);
  }
  vector[at.rows] = reference.ledger.rows;
  vector[at.scintillator] = reference.ledger.scintillator;
  vector[at.hits] = reference.hit_count;
  vector[at.orbits] = reference.orbit_count;
  vector[at.ms] = reference.seconds * 1000;
  return vector;
}

/** Several rules look at the same sum: its expectation is computed once. */
function remembered(cells: Expectation["cells"]): Expectation["cells"] {
  const known = new WeakMap<Float64Array, Float64Array[]>();
  return (sum, chamber) => {
    const chambers = known.get(sum) ?? [];
    known.set(sum, chambers);
    return (chambers[chamber] ??= cells(sum, chamber));
  };
}

/** From a picture of other times: its shape, scaled to the current counts. */
export function expectByPicture(
  picture: Float64Array,
  by: "the reference" | "its past",
  config: RulesConfig,
  masked: Masked = [],
): Expectation {
  const neighbours = expectByNeighbours(config, masked);
  const sizes = sizesOf(picture);
  return {
    by,
    picture,
    pictureMs: by === "the reference" ? (picture[at.ms] ?? null) : null,
    cells: remembered((sum, chamber) => {
      const shape = cellsOf(picture, chamber);
      const scale = scaleOf(cellsOf(sum, chamber), shape);
      const expected = new Float64Array(shape.length);
      for (let cell = 0; cell < shape.length; cell += 1) expected[cell] = (shape[cell] as number) * scale;
      if (by === "the reference") return expected;
      // A part that was never alive since the start may be dead by intention.
      if (!expected.includes(0)) return expected;
      const middle = neighbours.cells(sum, chamber);
      return expected.map((hits, cell) => (hits > 0 ? hits : (middle[cell] as number)));
    }),
    chamber(sum, chamber) {
      const others = sizesOf(sum);
      const scales = others.flatMap((hits, i) =>
        i !== chamber && hits > 0 && (sizes[i] ?? 0) > 0 ? [hits / (sizes[i] as number)] : [],
      );
      return (sizes[chamber] ?? 0) * median(scales);
    },
    scintillator(sum) {
      const perHit = (picture[at.scintillator] as number) / Math.max(1, picture[at.hits] as number);
      return perHit * (sum[at.hits] as number);
    },
  };
}

/** The same, with nothing expected of cells that are not judged. */
export function withoutMasked(expectation: Expectation, masked: Masked): Expectation {
  if (masked.every(({ length }) => length === 0)) return expectation;
  const cells: Expectation["cells"] = (sum, chamber) => {
    const own = masked[chamber] ?? [];
    const all = expectation.cells(sum, chamber);
    return own.length === 0 ? all : all.map((hits, cell) => (own.includes(cell) ? 0 : hits));
  };
  return { ...expectation, cells: remembered(cells) };
}

/** From the other cells of the same layer and the other chambers, with wide limits: not all are alike. */
export function expectByNeighbours({ rules }: RulesConfig, masked: Masked = []): Expectation {
  return {
    by: "its neighbours",
    picture: null,
    pictureMs: null,
    cells: remembered((sum, chamber) => {
      const cells = cellsOf(sum, chamber);
      const middles = layerMedians(cells, masked[chamber]);
      // A dead layer has no median of its own: use the chamber's.
      const middle = median(middles.filter((hits) => hits > 0));
      const fraction = rules["dead-cell"].fraction_of_neighbours;
      return cells.map((_, cell) => fraction * (middleOf(middles, cell) || middle));
    }),
    chamber(sum, chamber) {
      const others = sizesOf(sum).filter((hits, i) => i !== chamber && hits > 0);
      const live = 1 - (masked[chamber]?.length ?? 0) / cellsPerChamber;
      return rules["silent-chamber"].fraction_of_others * live * median(others);
    },
    scintillator(sum) {
      return rules.scintillator.rows_per_hit * (sum[at.hits] as number);
    },
  };
}

function middleOf(middles: number[], cell: number): number {
  return middles[layerIndex[cell] as number] as number;
}

/** Layer of each cell, from 0, shape (64). */
const layerIndex = Array.from({ length: cellsPerChamber }, (_, cell) => layerOfCell(cell) - 1);
const cellsOfLayer = Array.from({ length: layersPerChamber }, (_, layer) =>
  layerIndex.flatMap((own, cell) => (own === layer ? [cell] : [])),
);
const layerScratch = new Float64Array(cellsPerChamber / layersPerChamber);

/**
 * Median hits of a cell in each layer 1..4, shape (4); 0 of a layer that is masked.
 * @param masked cells that are left out
 */
export function layerMedians(cells: ArrayLike<number>, masked: readonly number[] = []): number[] {
  return cellsOfLayer.map((own) => {
    if (masked.length > 0)
      return median(own.flatMap((cell) => (masked.includes(cell) ? [] : [cells[cell] as number])));
    own.forEach((cell, i) => (layerScratch[i] = cells[cell] as number));
    return median(layerScratch);
  });
}

/**
 * How much larger the counts are than the picture's: the second largest of the layers, each without its highest cell.
 * So two dead layers and a hot cell in each do not matter, and empty cells count, which they must where hits are few.
 */
function scaleOf(cells: Float64Array, shape: Float64Array): number {
  let [largest, second] = [0, 0];
  for (const own of cellsOfLayer) {
    let [hits, usual, top, topUsual] = [0, 0, 0, 0];
    for (const cell of own) {
      const here = cells[cell] as number;
      hits += here;
      usual += shape[cell] as number;
      if (here <= top) continue;
      top = here;
      topUsual = shape[cell] as number;
    }
    const rest = usual - topUsual;
    const scale = rest > 0 ? (hits - top) / rest : 0;
    if (scale > largest) [largest, second] = [scale, largest];
    else if (scale > second) second = scale;
  }
  return second;
}

function sizesOf(vector: Float64Array): number[] {
  return Array.from({ length: maxChambers }, (_, chamber) => total(cellsOf(vector, chamber)));
}
