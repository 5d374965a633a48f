/** Brings new data to a drawn chart: hidden lines stay hidden and a zoom stays where it is. */
import type { Chart } from "chart.js";
import type { ChartOptions, ChartSpec, Point } from "../charts/spec.js";

export type PlotChart = Chart<"line" | "bar", Point[]>;

export function updateChart(chart: PlotChart, spec: ChartSpec): void {
  patchDatasets(chart, spec);
  chart.options = withZoom(chart, spec.options ?? {});
  chart.update("none");
}

/** Chart.js knows a dataset by its object: the old objects get the new content. */
function patchDatasets(chart: PlotChart, spec: ChartSpec): void {
  const old = chart.data.datasets;
  chart.data.datasets = spec.data.datasets.map((dataset, i) => {
    const before = old[i];
    return before === undefined ? dataset : Object.assign(before, dataset);
  });
}

function withZoom(chart: PlotChart, options: ChartOptions): ChartOptions {
  if (!chart.isZoomedOrPanned()) return options;
  const { min, max } = chart.scales["x"] ?? {};
  return {
    ...options,
    scales: { ...options.scales, x: { ...options.scales?.["x"], min, max } },
  };
}
