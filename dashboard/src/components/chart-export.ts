/** What is drawn, as files. */
import type { ChartSpec } from "../charts/spec.js";

/** The numbers of a chart by place on the x axis: one column per dataset, null where it has none. */
interface ChartTable {
  columns: string[];
  rows: (number | null)[][];
}

export function chartTable(spec: ChartSpec): ChartTable {
  const datasets = (spec.whole?.() ?? spec.data.datasets).filter(({ label }) => label !== undefined);
  const places = [...new Set(datasets.flatMap(({ data }) => data.map(({ x }) => x)))].sort((a, b) => a - b);
  const columns = datasets.map(({ data }) => new Map(data.map(({ x, y }) => [x, y])));
  return {
    columns: ["x", ...datasets.map(({ label }) => label ?? "")],
    rows: places.map((x) => [x, ...columns.map((column) => column.get(x) ?? null)]),
  };
}

/** The numbers of a chart as CSV: one line per place on the x axis, one column per dataset. */
export function chartCsv(spec: ChartSpec): string {
  const { columns, rows } = chartTable(spec);
  return [columns.join(","), ...rows.map((row) => row.join(",")), ""].join("\n");
}

/** Where the numbers of a plot come from. */
export interface PlotOrigin {
  plot: string;
  stream: string;
  demo: boolean;
  /** Windows that are summed, and what time they cover, ms. */
  windows: number;
  start_ms: number | null;
  end_ms: number | null;
  /** Newest window that is shown. */
  window_id: number | null;
  reference: string | null;
  run: number | null;
  /** The page at this view. */
  link: string;
}

/** The numbers of a chart with where they come from, as JSON. */
export function chartJson(spec: ChartSpec, origin: PlotOrigin): string {
  return `${JSON.stringify({ ...origin, ...chartTable(spec) }, null, 1)}\n`;
}
