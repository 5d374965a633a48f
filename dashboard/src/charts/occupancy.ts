/** Hits per channel: one chamber, or all chambers side by side. */
import type { Scale } from "chart.js";
import { cellsPerChamber, layerOfCell, wireOfCell } from "../../../pipeline/model/index.js";
import type { Picture } from "../live/picture.js";
import { bars } from "./bars.js";
import { fontOf, frame } from "./frame.js";
import { compared, type Expected } from "./reference.js";
import { wholeTicks } from "./ticks.js";
import { chamberLabel } from "./names.js";
import { chamberColour, paletteOf } from "./palette.js";
import type { ChartDataset, ChartSpec, Look } from "./spec.js";

/** Which hits to count. */
export type HitSelection = "all" | "scintillator";

/** Bars for the 64 TDC_CHANNELs of a chamber. */
export function occupancyChart(
  picture: Picture | null,
  chamber: number,
  which: HitSelection,
  look: Look,
): ChartSpec {
  const { numbers, isRange, first } = axisOf(picture, chamber);
  const counts = countsOf(picture, chamber, which);
  const points = counts.map((y, cell) => ({ x: first + cell, y }));
  const expected = expectedOf(look, chamber, which, first);
  const own = bars("hits", chamberColour(look.dark, chamber), points, look.log);
  return {
    type: "bar",
    data: {
      datasets: [withMarks(own, look), ...compared(points, expected, look)],
    },
    options: frame(look, {
      x: {
        title: isRange ? "TDC channel" : "cell",
        min: first - 0.5,
        max: first + cellsPerChamber - 0.5,
        ticksBetween: (min, max) => wholeTicks(min, max, 10),
      },
      yTitle: "hits",
      yRange: clippedAt(counts),
      ratio: expected.length > 0,
      titleWords: (x) => `channel ${numbers[x - first] ?? x}, ${placeOf(x - first)}`,
    }),
  };
}

/** Consecutive TDC channels are shown as such; a chamber with others has an axis of cells. */
function axisOf(
  picture: Picture | null,
  chamber: number,
): { numbers: readonly number[]; isRange: boolean; first: number } {
  const numbers = picture?.chambers[chamber]?.numbers ?? [];
  const isRange = numbers.every((number, cell) => number === (numbers[0] as number) + cell);
  return { numbers, isRange, first: isRange ? (numbers[0] ?? 0) : 0 };
}

/** The cell of the bar at a position on the x axis; null outside of the chamber. */
export function cellAt(picture: Picture | null, chamber: number, x: number): number | null {
  const cell = Math.round(x) - axisOf(picture, chamber).first;
  return cell >= 0 && cell < cellsPerChamber ? cell : null;
}

/** All cells in one plot, chamber by chamber. */
export function occupancyOverviewChart(picture: Picture | null, look: Look): ChartSpec {
  const datasets = (picture?.chambers ?? []).map((_, chamber) => {
    const points = countsOf(picture, chamber, "all").map((y, cell) => ({
      x: chamber * cellsPerChamber + cell,
      y,
    }));
    return withMarks(
      bars(chamberLabel(look, chamber), chamberColour(look.dark, chamber), points, look.log),
      look,
    );
  });
  const all = (picture?.chambers ?? []).flatMap(({ channels }) => channels);
  const references = datasets.flatMap(({ data }, chamber) =>
    compared(data, expectedOf(look, chamber, "all", chamber * cellsPerChamber), look),
  );
  const count = picture?.chambers.length ?? 1;
  const middles = Array.from({ length: count }, (_, chamber) => (chamber + 0.5) * cellsPerChamber - 0.5);
  return {
    type: "bar",
    data: { datasets: [...datasets, ...references] },
    options: frame(look, {
      x: {
        title: "cells 0–63 of each chamber",
        min: -0.5,
        max: count * cellsPerChamber - 0.5,
        ticks: { callback: overviewLabels(middles, look) },
        ticksBetween: (min, max) => (max - min > cellsPerChamber ? middles : wholeTicks(min, max, 8)),
      },
      yTitle: "hits",
      yRange: clippedAt(all),
      ratio: references.length > 0,
      titleWords: (x) => `cell ${x % cellsPerChamber}, ${placeOf(x % cellsPerChamber)}`,
      annotations: separators(count, look),
    }),
  };
}

/** Mean width of a letter, and the least gap between two labels. */
const [letterEm, gapEm] = [0.55, 1];

/** Maximum number of hot cells whose bars are cut off. */
const mostHot = 4;
/** A cell with more than this multiple of the fullest other cell is hot. */
const hotFactor = 4;

/**
 * The end of the axis if a few hot cells would flatten all others; their bars are cut off and marked with arrows and
 * values.
 */
function clippedAt(counts: readonly number[]): { max?: number } {
  const sorted = counts.toSorted((a, b) => b - a);
  const limit = hotFactor * (sorted[mostHot] ?? 0);
  const usual = sorted.find((hits) => hits <= limit) ?? 0;
  if (usual === 0 || (sorted[0] ?? 0) <= hotFactor * usual) return {};
  return { max: Number((1.5 * usual).toPrecision(1)) };
}

/** Adds the arrows of cut bars. */
function withMarks(dataset: ChartDataset, look: Look): ChartDataset {
  return { ...dataset, marks: { colour: paletteOf(look.dark).mark } };
}

export function countsOf(picture: Picture | null, chamber: number, which: HitSelection): number[] {
  const one = picture?.chambers[chamber];
  return (which === "all" ? one?.channels : one?.scintChannels) ?? [];
}

function expectedOf(look: Look, chamber: number, which: HitSelection, first: number): Expected[] {
  return (look.references ?? []).map(({ name, picture, scale }) => {
    const points = countsOf(picture, chamber, which).map((y, cell) => ({ x: first + cell, y }));
    return { name, points, scale };
  });
}

function placeOf(cell: number): string {
  if (cell < 0 || cell >= cellsPerChamber) return "";
  return `layer ${layerOfCell(cell)}, wire ${wireOfCell(cell)}`;
}

/** Tick label: the chamber at the centre of its cells, otherwise the cell. */
/** "chamber 1", or "1" if the axis has no room for that. */
function overviewLabels(middles: readonly number[], look: Look): (this: Scale, x: number) => string {
  const long = middles.map((_, chamber) => chamberLabel(look, chamber));
  const longest = Math.max(...long.map((label) => label.length));
  return function label(x) {
    const chamber = middles.indexOf(x);
    if (chamber < 0) return String(x % cellsPerChamber);
    const roomEm = this.maxWidth / fontOf(look).size / middles.length;
    const fits = middles.length <= 4 && roomEm > letterEm * longest + gapEm;
    return (fits ? long[chamber] : look.names?.[chamber]) ?? String(chamber);
  };
}

function separators(count: number, look: Look): Record<string, Record<string, unknown>> {
  const lines = Array.from({ length: count - 1 }, (_, i) => i + 1).map((chamber) => {
    const x = chamber * cellsPerChamber - 0.5;
    const { muted } = paletteOf(look.dark);
    const line = { type: "line", xMin: x, xMax: x, borderColor: muted, borderWidth: 1, borderDash: [2, 3] };
    return [`chamber${chamber}`, line] as const;
  });
  return Object.fromEntries(lines);
}
