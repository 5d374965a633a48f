/** What is drawn, as text. */
import type { ChartSpec } from "../charts/spec.js";

/** The numbers of a chart as CSV: one line per place on the x axis, one column per dataset. */
export function chartCsv(spec: ChartSpec): string {
  const { datasets } = spec.data;
  const places = [...new Set(datasets.flatMap(({ data }) => data.map(({ x }) => x)))].sort((a, b) => a - b);
  const columns = datasets.map(({ data }) => new Map(data.map(({ x, y }) => [x, y])));
  const lines = places.map((x) => [x, ...columns.map((column) => column.get(x) ?? "")].join(","));
  return [["x", ...datasets.map(({ label }) => label ?? "")].join(","), ...lines, ""].join("\n");
}
