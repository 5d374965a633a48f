/** Efficiency and noise of the 64 cells of a chamber as numbers, for tables and files. */
import { layerOfCell, wireOfCell, type MuonCounts } from "../../../pipeline/model/index.js";
import { percent, rate } from "../words/format.js";
import { bars } from "./bars.js";
import { frame } from "./frame.js";
import { chamberColour } from "./palette.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { binomialInterval } from "./statistics.js";

export function cellEfficiencyChart(counts: MuonCounts | null, chamber: number, look: Look): ChartSpec {
  const { cell_found: found = [], cell_missed: missed = [] } = counts?.segment_chamber?.[chamber] ?? {};
  const all = found.map((k, cell) => k + (missed[cell] ?? 0));
  const ranges = found.map((k, cell) => binomialInterval(k, all[cell] ?? 0));
  const values = found.map((k, cell) => (all[cell] === 0 ? null : k / (all[cell] ?? 1)));
  const columns = [
    column("efficiency", values),
    column(
      "low",
      ranges.map((range) => range?.[0] ?? null),
    ),
    column(
      "high",
      ranges.map((range) => range?.[1] ?? null),
    ),
    column("found", found),
    column("missed", missed),
  ];
  return cellSpec(columns, "efficiency", chamber, look, (y) => percent(y, 1));
}

export function cellNoiseChart(
  counts: MuonCounts | null,
  chamber: number,
  seconds: number,
  look: Look,
): ChartSpec {
  const { cells = [] } = counts?.noise_chamber?.[chamber] ?? {};
  const rates = cells.map((hits) => (seconds === 0 ? null : hits / seconds));
  const columns = [column("noise rate", rates), column("hits", cells)];
  return cellSpec(columns, "Hz", chamber, look, (y) => `${rate(y)} Hz`);
}

/** Only the first column is drawn. */
function cellSpec(
  columns: ChartDataset[],
  yTitle: string,
  chamber: number,
  look: Look,
  valueWords: (y: number) => string,
): ChartSpec {
  const colour = chamberColour(look.dark, chamber);
  const [first] = columns as [ChartDataset];
  return {
    type: "bar",
    data: { datasets: [bars(first.label ?? "", colour, first.data, look.log)] },
    whole: () => columns,
    options: frame(look, {
      x: { title: "cell", min: -0.5, max: 63.5 },
      yTitle,
      valueWords,
      titleWords: (cell) => `cell ${cell}: layer ${layerOfCell(cell)}, wire ${wireOfCell(cell)}`,
    }),
  };
}

function column(label: string, values: readonly (number | null)[]): ChartDataset {
  return { type: "line", label, data: values.map((y, x): Point => ({ x, y })) };
}
