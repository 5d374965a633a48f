/** Hits per channel: one chamber, or all four side by side. */
import { cellsPerChamber, layerOfCell, wireOfCell } from "../../../pipeline/model/index.js";
import type { Picture } from "../live/picture.js";
import { bars } from "./bars.js";
import { frame } from "./frame.js";
import { compared } from "./reference.js";
import { wholeTicks } from "./ticks.js";
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
  const first = picture?.chambers[chamber]?.firstChannel ?? 0;
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
        title: "TDC channel",
        min: first - 0.5,
        max: first + cellsPerChamber - 0.5,
        ticksBetween: (min, max) => wholeTicks(min, max, 10),
      },
      yTitle: "hits",
      ratio: expected != null,
      titleWords: (x) => `channel ${x}, ${placeOf(x - first)}`,
    }),
  };
}

/** All 256 cells in one plot, chamber by chamber. */
export function occupancyOverviewChart(picture: Picture | null, look: Look): ChartSpec {
  const datasets = (picture?.chambers ?? []).map((_, chamber) => {
    const points = countsOf(picture, chamber, "all").map((y, cell) => ({
      x: chamber * cellsPerChamber + cell,
      y,
    }));
    return bars(`chamber ${chamber}`, chamberColour(look.dark, chamber), points, look.log);
  });
  const reference = look.reference?.chambers.flatMap((_, chamber) => {
    const expected = expectedOf(look.reference ?? null, chamber, "all", chamber * cellsPerChamber);
    return compared(datasets[chamber]?.data ?? [], expected, look);
  });
  return {
    type: "bar",
    data: { datasets: [...datasets, ...(reference ?? [])] },
    options: frame(look, {
      x: {
        title: "cells 0–63 of each chamber",
        min: -0.5,
        max: 4 * cellsPerChamber - 0.5,
        ticks: { callback: (x: number) => overviewLabel(x) },
        ticksBetween: (min, max) => (max - min > cellsPerChamber ? chamberMiddles : wholeTicks(min, max, 8)),
      },
      yTitle: "hits",
      ratio: reference !== undefined,
      titleWords: (x) => `cell ${x % cellsPerChamber}, ${placeOf(x % cellsPerChamber)}`,
      annotations: separators(look),
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

const chamberMiddles = [0, 1, 2, 3].map((chamber) => (chamber + 0.5) * cellsPerChamber - 0.5);

/** The chamber in the middle of its cells, otherwise the cell. */
function overviewLabel(x: number): string {
  const chamber = chamberMiddles.indexOf(x);
  return chamber >= 0 ? `chamber ${chamber}` : String(x % cellsPerChamber);
}

function separators(look: Look): Record<string, Record<string, unknown>> {
  const lines = [1, 2, 3].map((chamber) => {
    const x = chamber * cellsPerChamber - 0.5;
    const { muted } = paletteOf(look.dark);
    const line = { type: "line", xMin: x, xMax: x, borderColor: muted, borderWidth: 1, borderDash: [2, 3] };
    return [`chamber${chamber}`, line] as const;
  });
  return Object.fromEntries(lines);
}
