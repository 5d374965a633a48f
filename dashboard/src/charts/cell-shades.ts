/** Colours and texts of the cells of a chamber: hits relative to the expected hits, efficiency, noise. */
import { cellsPerChamber, cellsPerLayer, layerOfCell, wireOfCell } from "../../../pipeline/model/index.js";
import { count, nothing, percent, rate } from "../words/format.js";
import { paletteOf } from "./palette.js";
import { binomialInterval, medianOf } from "./statistics.js";

export interface CellShade {
  fill: string;
  /** Whether only its outline is drawn, because it has no value. */
  hollow: boolean;
  words: string;
}

/** Below this number of expected hits a ratio is not significant. */
const leastExpected = 5;
/** Number of standard deviations at which a difference reaches its full colour. */
const fullSigma = 4;
/** Ratio at which the colour reaches its maximum. */
const largestRatio = 4;
/** Number of wires on each side used for the expected hits of a cell. */
const neighbours = 2;

/**
 * Hits of each cell relative to the expected hits: blue below, orange above, weighted by significance.
 * @param numbers TDC_CHANNEL of each cell
 * @param reference expected hits of the reference in the same time; null: the median of the neighbouring cells
 */
export function occupancyShades(
  counts: readonly number[],
  reference: readonly number[] | null,
  numbers: readonly number[],
  dark: boolean,
): CellShade[] {
  return counts.map((hits, cell) => {
    const expected = reference?.[cell] ?? medianAround(counts, cell);
    const against = reference === null ? "the median of the neighbouring cells" : "the reference";
    const ratio = expected < leastExpected ? "" : `, ${(hits / expected).toFixed(2)} × ${against}`;
    return {
      fill: divergingColour(deviation(hits, expected), dark),
      hollow: hits === 0,
      words: `${placeOf(cell)}, channel ${numbers[cell] ?? cell}: ${count(hits)} hits${ratio}`,
    };
  });
}

/** Median of the neighbouring cells in all layers: it is robust against one dead layer or one hot cell. */
function medianAround(counts: readonly number[], cell: number): number {
  const wire = wireOfCell(cell);
  return medianOf(
    counts.filter((_, other) => other !== cell && Math.abs(wireOfCell(other) - wire) <= neighbours),
  );
}

/** From -1 (no hits, many expected) through 0 (as expected) to 1 (at least four times as many). */
function deviation(hits: number, expected: number): number {
  if (expected < leastExpected) return hits < leastExpected * largestRatio ? 0 : 1;
  const ratio = hits / expected;
  const size = ratio < 1 ? ratio - 1 : Math.min(1, Math.log(ratio) / Math.log(largestRatio));
  const sigma = Math.abs(hits - expected) / Math.sqrt(Math.max(hits, expected));
  return size * Math.min(1, sigma / fullSigma);
}

/** Efficiency of each cell: the deeper the blue, the more muons it misses. */
export function efficiencyShades(
  found: readonly number[],
  missed: readonly number[],
  dark: boolean,
): CellShade[] {
  return Array.from({ length: cellsPerChamber }, (_, cell) => {
    const [k, all] = [found[cell] ?? 0, (found[cell] ?? 0) + (missed[cell] ?? 0)];
    const range = binomialInterval(k, all);
    const words =
      range === null
        ? nothing
        : `${percent(k, all)} (${percent(range[0], 1)} to ${percent(range[1], 1)}), ${count(k)} of ${count(all)} muons`;
    // An inefficiency of 0.5 has the deepest blue; only a significant inefficiency is shown.
    const low = range === null ? 0 : Math.min(1, (1 - range[1]) / 0.5);
    return {
      fill: divergingColour(-low, dark),
      hollow: all === 0,
      words: `${placeOf(cell)}: ${words}`,
    };
  });
}

/**
 * Noise of each cell: blue below and orange above the median of the chamber, up to four times the median. The cells
 * that protrude are compared with each other: a muon there crosses too few layers for a segment, so its hits count as
 * noise.
 */
export function noiseShades(cells: readonly number[], seconds: number, dark: boolean): CellShade[] {
  const inside = medianOf(cells.filter((_, cell) => !protrudes(cell)));
  const protruding = Math.max(inside, medianOf(cells.filter((_, cell) => protrudes(cell))));
  return cells.map((hits, cell) => ({
    fill: divergingColour(deviation(hits, Math.max(protrudes(cell) ? protruding : inside, 1)), dark),
    hollow: hits === 0,
    words: `${placeOf(cell)}: ${seconds === 0 ? nothing : rate(hits / seconds)} Hz of noise, ${count(hits)} hits`,
  }));
}

/** Layers 1 and 3 are shifted to the right by half a cell, so their last cell and the first of the others protrude. */
function protrudes(cell: number): boolean {
  return wireOfCell(cell) === (layerOfCell(cell) % 2 === 1 ? cellsPerLayer - 1 : 0);
}

function placeOf(cell: number): string {
  return `cell ${cell}: layer ${layerOfCell(cell)}, wire ${wireOfCell(cell)}`;
}

/** @param value -1..1, 0 is neutral */
function divergingColour(value: number, dark: boolean): string {
  const { low, neutral, high } = paletteOf(dark).diverging;
  const end = value < 0 ? low : high;
  const share = Math.round(100 * Math.min(1, Math.abs(value)));
  return share === 0 ? neutral : mixed(neutral, end, share / 100);
}

function mixed(from: string, to: string, share: number): string {
  const part = (at: number): string => {
    const [a, b] = [from, to].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}
