/**
 * Segments and hits at the borders between the cables of a chamber. A muon that crosses from one cable of 16 channels
 * (four wires) to the next hits two cells of each. If the cables are exchanged, these hits form no segment.
 */
import {
  cellOf,
  cellsPerLayer,
  cellWidthMm,
  clockOf,
  muonAxes,
  wirePositionMm,
  type DetectorConfig,
} from "../../../../pipeline/model/index.js";
import type { ChamberQuantities, Layout } from "./quantities.js";
import { binomialZ, sumOf, twoCountsZ } from "./tails.js";
import { layers, maskIn } from "./view.js";

export const wiresPerCable = 4;

/** First bin and number of bins of the positions. */
type Bins = readonly [first: number, length: number];

interface Border {
  /**
   * The cells of a muon that crosses from one cable to the next: layers 1 and 3 are shifted by half a cell to the
   * right, so it hits wire w in them and wire w + 1 in layers 2 and 4.
   */
  cells: readonly number[];
  /** The same cells, one wire to the left and one to the right. */
  besideCells: readonly number[];
  /** The cells of the two wires, and those of the wires one further inside the same cables. */
  wires: readonly [readonly number[], readonly number[]];
  inside: readonly [readonly number[], readonly number[]];
  /** Positions in the overlap of these cells, and to the left and right of it over the same periods of the wires. */
  bins: Bins;
  before: Bins;
  after: Bins;
}

/** Between the cables 0 and 1, 1 and 2, 2 and 3. */
export const borders: readonly Border[] = Array.from(
  { length: cellsPerLayer / wiresPerCable - 1 },
  (_, cable) => {
    const wire = wiresPerCable * (cable + 1) - 1;
    const cells = crossing(wire);
    const x = cells.reduce((sum, cell) => sum + wirePositionMm(cell).x, 0) / cells.length;
    const at = (from: number, to: number): Bins => binsBetween(x + from * cellWidthMm, x + to * cellWidthMm);
    return {
      cells,
      besideCells: [...crossing(wire - 1), ...crossing(wire + 1)],
      wires: [cellsOf(wire), cellsOf(wire + 1)],
      inside: [cellsOf(wire - 1), cellsOf(wire + 2)],
      bins: at(-0.25, 0.25),
      before: at(-2.25, -0.75),
      after: at(0.75, 2.25),
    };
  },
);

function crossing(wire: number): number[] {
  return [cellOf(1, wire), cellOf(3, wire), cellOf(2, wire + 1), cellOf(4, wire + 1)];
}

function cellsOf(wire: number): number[] {
  return layers.map((layer) => cellOf(layer, wire));
}

/** The bins whose centres are between two positions, mm. */
function binsBetween(from: number, to: number): Bins {
  const { lower, upper, bins } = muonAxes.positionMm;
  const bin = (x: number): number => Math.ceil(((x - lower) * bins) / (upper - lower) - 0.5);
  return [bin(from), bin(to) - bin(from)];
}

export interface BorderCounts {
  /** Segments at the border, and those expected from both sides of it. */
  found: number;
  expected: number;
  /** Number of segments on which `expected` rests. */
  beside: number;
  /** Standard deviations by which a smaller part of its hits is in segments than beside it. */
  unusedZ: () => number;
  /** Whether cells at the border lose hits, so that it shows nothing about cables. */
  isWeak: () => boolean;
}

/** Fraction of the segments that is left at a broken border. */
export const leftOver = 0.16;

/** Logarithm of the ratio of the likelihoods that the border is broken and whole. */
export const logLikelihood = ({ found, expected }: BorderCounts): number =>
  found * Math.log(leftOver) + expected * (1 - leftOver);

/** One entry for each border; null for a border with masked cells. */
export function borderCounts(
  sum: ArrayLike<number>,
  layout: Layout,
  detector: DetectorConfig,
  chamber: number,
): (BorderCounts | null)[] {
  const places = layout.chambers[chamber] as ChamberQuantities;
  const { has } = maskIn(detector, chamber);
  const orbits = ((sum[layout.ms] as number) * 1e6) / clockOf(detector).orbitNs;
  const signalPart = (sum[layout.timing[0]?.orbits ?? layout.scintOrbits] as number) / Math.max(1, orbits);
  return borders.map((border) =>
    border.cells.filter(has).length > 1 ? null : countsAt(sum, places, border, signalPart),
  );
}

function countsAt(
  sum: ArrayLike<number>,
  places: ChamberQuantities,
  border: Border,
  signalPart: number,
): BorderCounts {
  const segments = ([first, length]: Bins): number => sumOf(sum, places.position.at + first, length);
  const { bins, before, after } = border;
  const [left, right] = [segments(before), segments(after)];
  // The harmonic mean: beside cells that are dead, nothing is expected.
  const beside = left + right === 0 ? 0 : (4 * left * right) / (left + right);
  return {
    found: segments(bins),
    expected: (beside * bins[1]) / (before[1] + after[1]),
    beside,
    isWeak: () => isWeak(sum, places, border),
    unusedZ: () => taggedZ(sum, places, border, signalPart) ?? unusedZ(sum, places, border),
  };
}

/** Mean number of hits of one muon in the four cells of a border. */
const hitsPerMuon = 2.6;
/** Fraction of muon hits that are in no segment in good data. */
const usualLoss = 0.1;
/** Limit on the hits in segments per muon hit with a timing signal: about 1 beside the plate, 3 far from it. */
const mostPerTagged = 1.6;
const fewestTagged = 20;

/** Compares the hits in segments with the muon hits selected by timing signals; null where these select few muons. */
function taggedZ(
  sum: ArrayLike<number>,
  { cellHits, cellNoise, scintCells }: ChamberQuantities,
  { cells, besideCells }: Border,
  signalPart: number,
): number | null {
  const count = (all: readonly number[]): { used: number; tagged: number; noise: number } => {
    let [used, tagged, noise] = [0, 0, 0];
    for (const cell of all) {
      const [hits, selected] = [sum[cellHits + cell] as number, sum[scintCells + cell] as number];
      used += hits - (sum[cellNoise + cell] as number);
      // Noise is equally frequent in orbits with and without a signal.
      noise += (hits - selected) * signalPart;
      tagged += selected - (hits - selected) * signalPart;
    }
    return { used, tagged, noise };
  };
  const [at, beside] = [count(cells), count(besideCells)];
  const perTagged = beside.used / beside.tagged;
  if (beside.tagged < fewestTagged || at.tagged <= 0 || !(perTagged < mostPerTagged)) return null;
  // Muons with and without a signal fluctuate independently, so their ratio fluctuates, too.
  const others = Math.max(0, 1 - 0.95 / perTagged) + Math.max(0, perTagged - 0.95) ** 2 / perTagged;
  const expected = perTagged * at.tagged;
  const variance = hitsPerMuon * (usualLoss + others) * expected * (1 + at.tagged / beside.tagged);
  return (expected - at.used) / Math.sqrt(variance + perTagged ** 2 * at.noise + 1);
}

/** A cell with this many times the hits of the calmest one at the border may be hot, and is left out. */
const hotRatio = 1.6;

/** Compares the part of the hits that are in segments. */
function unusedZ(
  sum: ArrayLike<number>,
  { cellHits, cellNoise }: ChamberQuantities,
  { cells, besideCells }: Border,
): number {
  const hitsOf = (cells: readonly number[]): number => sumOver(sum, cellHits, cells);
  const usedOf = (cells: readonly number[]): number => hitsOf(cells) - sumOver(sum, cellNoise, cells);
  const least = Math.min(...cells.map((cell) => hitsOf([cell])));
  const most = hotRatio * (least + hitsPerMuon * Math.sqrt(least));
  const calm = cells.filter((cell) => hitsOf([cell]) <= most);
  const [hits, besideHits] = [hitsOf(calm), hitsOf(besideCells)];
  const part = (usedOf(besideCells) + 0.5) / (besideHits + 1);
  const error = hitsPerMuon * (1 + hits / Math.max(1, besideHits));
  return -binomialZ(usedOf(calm), hits, part) / Math.sqrt(error);
}

/** Sum of a quantity that has one value per cell. */
function sumOver(sum: ArrayLike<number>, at: number, cells: readonly number[]): number {
  return cells.reduce((n, cell) => n + (sum[at + cell] as number), 0);
}

/** Limits on the hits of wires at a border relative to those inside their cables, and on their efficiency. */
const [weakRatio, usualRatio] = [0.8, 0.95];
const [weakEfficiency, usualEfficiency] = [0.78, 0.88];
/** The same ratio for one cell. */
const weakCellRatio = 0.35;
/** Standard deviations and crossings that are needed. */
const [weakSigmas, fewestCrossings] = [2.5, 12];

/** Whether wires, or at least two cells of the border, lose hits; after an exchange of cables, the hits are still there. */
function isWeak(
  sum: ArrayLike<number>,
  { cellHits, cellFound, cellMissed }: ChamberQuantities,
  { cells, wires, inside }: Border,
): boolean {
  const hasFewHits = (few: readonly number[], usual: readonly number[], ratio: number): boolean => {
    const [n, other] = [sumOver(sum, cellHits, few), sumOver(sum, cellHits, usual)];
    return n < ratio * other && -twoCountsZ(n, other, usualRatio) > weakSigmas * Math.sqrt(hitsPerWire);
  };
  const [left, right] = wires;
  const [leftInside, rightInside] = inside;
  if (hasFewHits(left, leftInside, weakRatio) || hasFewHits(right, rightInside, weakRatio)) return true;
  if (hasFewHits([...left, ...right], [...leftInside, ...rightInside], weakRatio)) return true;
  const weakCells = cells.filter((cell) => {
    const [own, beside] = left.includes(cell) ? [left, leftInside] : [right, rightInside];
    return hasFewHits([cell], [beside[own.indexOf(cell)] as number], weakCellRatio);
  });
  if (weakCells.length > 1) return true;
  const [found, missed] = [cellFound, cellMissed].map((at) => sumOver(sum, at, wires.flat())) as [
    number,
    number,
  ];
  const n = found + missed;
  return (
    n >= fewestCrossings && found < weakEfficiency * n && binomialZ(found, n, usualEfficiency) < -weakSigmas
  );
}

/** Mean number of hits of a muon in the cells of one wire. */
const hitsPerWire = 1.6;
