/** Brings new data to a drawn chart: hidden lines stay hidden. */
import type { Chart } from "chart.js";
import type { ChartSpec, Point, Zoom } from "../charts/spec.js";

export type PlotChart = Chart<"line" | "bar", Point[]>;

/** What the options of a drawn chart say, without their functions. */
const said = new WeakMap<PlotChart, string>();

export function updateChart(chart: PlotChart, spec: ChartSpec): void {
  patchDatasets(chart, spec);
  // New options make Chart.js measure all letters anew, which takes longer than to draw the data. The functions among
  // them depend on what the rest says.
  const words = JSON.stringify(spec.options);
  if (said.get(chart) !== words) chart.options = spec.options ?? {};
  said.set(chart, words);
  chart.update("none");
}

/** Chart.js knows a dataset by its object: the old objects get the new content, as long as they mean the same. */
function patchDatasets(chart: PlotChart, spec: ChartSpec): void {
  const old = new Map(chart.data.datasets.map((dataset) => [nameOf(dataset), dataset]));
  chart.data.datasets = spec.data.datasets.map((dataset) => {
    const before = old.get(nameOf(dataset));
    return before === undefined ? dataset : Object.assign(before, dataset);
  });
}

function nameOf({ type, label }: ChartSpec["data"]["datasets"][number]): string {
  return `${type} ${label ?? ""}`;
}

/** The same chart over a part of its x axis. */
export function zoomed(spec: ChartSpec, zoom: Zoom | null): ChartSpec {
  if (zoom === null) return spec;
  const x = { ...spec.options?.scales?.["x"], min: zoom[0], max: zoom[1] };
  return { ...spec, options: { ...spec.options, scales: { ...spec.options?.scales, x } } };
}
