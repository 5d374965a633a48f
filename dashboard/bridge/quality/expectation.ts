/** Expected counts: from the reference, from the data's own past or, while neither exists, from the neighbours. */
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

/** Source of an expectation, as named in reasons. */
type ExpectationSource = "the reference" | "its own past" | "its neighbours";

export interface Expectation {
  by: ExpectationSource;
  /** Expected hits of the cells of a chamber in a span, shape (64). */
  cells(sum: Float64Array, chamber: number): Float64Array;
  /** Expected hits of a chamber, from the other chambers; 0 when these have none. */
  chamber(sum: Float64Array, chamber: number): number;
  /** Expected rows of the scintillator, from the hits. */
  scintillator(sum: Float64Array): number;
  /** The vector of facts that it is based on; null if based on neighbours. */
  picture: Float64Array | null;
  /** Duration that the picture covers, ms; null when rates cannot be compared. */
  pictureMs: number | null;
}

/** A reference as a vector of facts. Drift times with different bins are left out. */
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

/** Computes the expectation of a sum once, for several rules. */
function remembered(cells: Expectation["cells"]): Expectation["cells"] {
  const known = new WeakMap<Float64Array, Float64Array[]>();
  return (sum, chamber) => {
    const chambers = known.get(sum) ?? [];
    known.set(sum, chambers);
    return (chambers[chamber] ??= cells(sum, chamber));
  };
}

/** From a picture of another time: its shape, scaled to the current counts. */
export function expectByPicture(
  picture: Float64Array,
  by: "the reference" | "its own past",
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
      // Cells without hits in the data's own past: use their neighbours.
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

/** The same expectation, with no hits expected in masked cells. */
export function withoutMasked(expectation: Expectation, masked: Masked): Expectation {
  if (masked.every(({ length }) => length === 0)) return expectation;
  const cells: Expectation["cells"] = (sum, chamber) => {
    const own = masked[chamber] ?? [];
    const all = expectation.cells(sum, chamber);
    return own.length === 0 ? all : all.map((hits, cell) => (own.includes(cell) ? 0 : hits));
  };
  return { ...expectation, cells: remembered(cells) };
}

/** From the other cells of the same layer and from the other chambers, with wide limits because these differ. */
export function expectByNeighbours({ rules }: RulesConfig, masked: Masked = []): Expectation {
  return {
    by: "its neighbours",
    picture: null,
    pictureMs: null,
    cells: remembered((sum, chamber) => {
      const cells = cellsOf(sum, chamber);
      const middles = layerMedians(cells, masked[chamber]);
      // The median of a dead layer is 0: use the chamber's.
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
 * Median hits of the cells of layers 1..4, shape (4); 0 for a masked layer.
 * @param masked cells to leave out
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
 * Ratio of the counts to the picture's: the second largest ratio of the four layers, each without its highest cell.
 * So two dead layers and a hot cell per layer have no effect, and empty cells still count when hits are few.
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
