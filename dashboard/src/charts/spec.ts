/** What a chart function gives: a whole Chart.js configuration over points on linear or logarithmic axes. */
import type { ChartConfiguration } from "chart.js";
import type {} from "chartjs-plugin-annotation";
import type {} from "chartjs-plugin-zoom";

export interface Point {
  x: number;
  y: number | null;
}

export type ChartSpec = ChartConfiguration<"line" | "bar", Point[]>;
export type ChartOptions = NonNullable<ChartSpec["options"]>;
export type ChartDataset = ChartSpec["data"]["datasets"][number];

/** How a chart is looked at. */
export interface Look {
  dark: boolean;
  log: boolean;
}
