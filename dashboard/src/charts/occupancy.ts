/** Hits per channel: one chamber, or all side by side. */
import { cellsPerChamber, layerOfCell, wireOfCell } from "../../../pipeline/model/index.js";
import type { Picture } from "../live/picture.js";
import { bars } from "./bars.js";
import { frame } from "./frame.js";
import { compared } from "./reference.js";
import { wholeTicks } from "./ticks.js";
import { chamberLabel } from "./names.js";
import { chamberColour, paletteOf } from "./palette.js";
import type { ChartSpec, Look } from "./spec.js";

/** Which hits are counted. */
export type HitSelection = "all" | "scintillator";

/** Bars over the 64 TDC_CHANNELs of a chamber. */
export function occupancyChart(
  picture: Picture | null,
  chamber: number,
  which: HitSelection,
  look: Look,
): ChartSpec {
  const numbers = picture?.chambers[chamber]?.numbers ?? [];
  const isRange = numbers.every((number, cell) => number === (numbers[0] as number) + cell);
  const first = isRange ? (numbers[0] ?? 0) : 0;
  const counts = countsOf(picture, chamber, which);
  const points = counts.map((y, cell) => ({ x: first + cell, y }));
  const expected = look.reference && expectedOf(look.reference, chamber, which, first);
  return {
    type: "bar",
    data: {
      datasets: [
        bars("hits", chamberColour(look.dark, chamber), points, look.log),
        ...compared(points, expected ?? undefined, look),
      ],
    },
    options: frame(look, {
      x: {
        title: isRange ? "TDC channel" : "cell",
        min: first - 0.5,
        max: first + cellsPerChamber - 0.5,
        ticksBetween: (min, max) => wholeTicks(min, max, 10),
      },
      yTitle: "hits",
      ratio: expected != null,
      titleWords: (x) => `channel ${numbers[x - first] ?? x}, ${placeOf(x - first)}`,
    }),
  };
}

/** All cells in one plot, chamber by chamber. */
export function occupancyOverviewChart(picture: Picture | null, look: Look): ChartSpec {
  const datasets = (picture?.chambers ?? []).map((_, chamber) => {
    const points = countsOf(picture, chamber, "all").map((y, cell) => ({
      x: chamber * cellsPerChamber + cell,
      y,
    }));
    return bars(chamberLabel(look, chamber), chamberColour(look.dark, chamber), points, look.log);
  });
  const reference = look.reference?.chambers.flatMap((_, chamber) => {
    const expected = expectedOf(look.reference ?? null, chamber, "all", chamber * cellsPerChamber);
    return compared(datasets[chamber]?.data ?? [], expected, look);
  });
  const count = picture?.chambers.length ?? 1;
  const middles = Array.from({ length: count }, (_, chamber) => (chamber + 0.5) * cellsPerChamber - 0.5);
  return {
    type: "bar",
    data: { datasets: [...datasets, ...(reference ?? [])] },
    options: frame(look, {
      x: {
        title: "cells 0–63 of each chamber",
        min: -0.5,
        max: count * cellsPerChamber - 0.5,
        ticks: { callback: (x: number) => overviewLabel(x, middles, look) },
        ticksBetween: (min, max) => (max - min > cellsPerChamber ? middles : wholeTicks(min, max, 8)),
      },
      yTitle: "hits",
      ratio: reference !== undefined,
      titleWords: (x) => `cell ${x % cellsPerChamber}, ${placeOf(x % cellsPerChamber)}`,
      annotations: separators(count, look),
    }),
  };
}

export function countsOf(picture: Picture | null, chamber: number, which: HitSelection): number[] {
  const one = picture?.chambers[chamber];
  return (which === "all" ? one?.channels : one?.scintChannels) ?? [];
}

function expectedOf(
  reference: Picture | null,
  chamber: number,
  which: HitSelection,
  first: number,
): { x: number; y: number }[] {
  return countsOf(reference, chamber, which).map((y, cell) => ({ x: first + cell, y }));
}

function placeOf(cell: number): string {
  if (cell < 0 || cell >= cellsPerChamber) return "";
  return `layer ${layerOfCell(cell)}, wire ${wireOfCell(cell)}`;
}

/** The chamber in the middle of its cells, otherwise the cell. */
function overviewLabel(x: number, middles: readonly number[], look: Look): string {
  const chamber = middles.indexOf(x);
  if (chamber < 0) return String(x % cellsPerChamber);
  return middles.length > 4 ? (look.names?.[chamber] ?? String(chamber)) : chamberLabel(look, chamber);
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
