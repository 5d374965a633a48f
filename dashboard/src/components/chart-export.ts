/** Exports the data of charts to files. */
import type { ChartSpec } from "../charts/spec.js";

/** The numbers of a chart by x: one column per dataset, null if it has no value. */
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

/**
 * The numbers of a chart as CSV: the origin in lines that begin with #, then one line per x, with one column per
 * dataset.
 */
export function chartCsv(spec: ChartSpec, origin: PlotOrigin): string {
  const { columns, rows } = chartTable(spec);
  const lines = [
    ...headLines(spec, origin),
    columns.map(quoted).join(","),
    ...rows.map((row) => row.join(",")),
  ];
  return [...lines, ""].join("\n");
}

function headLines(spec: ChartSpec, origin: PlotOrigin): string[] {
  const { demo, link, plot, stream, set_up, run, windows, window_id, start_ms, end_ms, reference } = origin;
  const iso = (ms: number | null): string => (ms === null ? "unknown" : new Date(ms).toISOString());
  const { x, y } = axisWords(spec);
  const facts = (spec.facts ?? []).map(({ label, ...numbers }) => {
    const words = Object.entries(numbers).map(([name, value]) => `${name} ${value ?? "none"}`);
    return `${label}: ${words.join(", ")}`;
  });
  return [
    ...(demo ? ["DEMO: simulated data"] : []),
    `plot: ${plot}`,
    `x: ${x}`,
    `y: ${y}`,
    `stream: ${stream}`,
    `set-up: ${set_up}`,
    `run: ${run ?? "none"}`,
    `windows: ${windows} up to ${window_id ?? "none"}, ${iso(start_ms)} to ${iso(end_ms)}`,
    `reference: ${reference ?? "none"}`,
    ...facts,
    `link: ${link}`,
  ].map((line) => `# ${line}`);
}

/** Names of both axes, with their units. */
function axisWords({ options }: ChartSpec): { x: string; y: string } {
  const titleOf = (axis: string): string => String(options?.scales?.[axis]?.title?.text ?? axis);
  const x = titleOf("x");
  return { x: x.startsWith("time (UTC)") ? "time (ms since 1970-01-01 UTC)" : x, y: titleOf("y") };
}

function quoted(text: string): string {
  return /[,"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Origin of the numbers of a plot. */
export interface PlotOrigin {
  plot: string;
  stream: string;
  /** Hash of detector and window length, or "default". */
  set_up: string;
  demo: boolean;
  /** Number of summed windows, and the time covered, ms. */
  windows: number;
  start_ms: number | null;
  end_ms: number | null;
  /** Newest window shown. */
  window_id: number | null;
  reference: string | null;
  run: number | null;
  /** Address of this view. */
  link: string;
}

/** The numbers of a chart with their origin, as JSON. */
export function chartJson(spec: ChartSpec, origin: PlotOrigin): string {
  const histograms = spec.facts === undefined ? {} : { histograms: spec.facts };
  return `${JSON.stringify({ ...origin, axes: axisWords(spec), ...histograms, ...chartTable(spec) }, null, 1)}\n`;
}
