/** What a chart function gives: a whole Chart.js configuration over points on linear or logarithmic axes. */
import type { ChartConfiguration } from "chart.js";
import type {} from "chartjs-plugin-annotation";
import type {} from "chartjs-plugin-zoom";
import type { Picture } from "../live/picture.js";

export interface Point {
  x: number;
  y: number | null;
}

export type ChartSpec = ChartConfiguration<"line" | "bar", Point[]>;
export type ChartOptions = NonNullable<ChartSpec["options"]>;
export type ChartDataset = ChartSpec["data"]["datasets"][number];

/** Part of the x axis, [from, to] in its unit. */
export type Zoom = readonly [number, number];

/** How a chart is looked at. */
export interface Look {
  dark: boolean;
  log: boolean;
  /** Size of letters and lines, 1 on a usual screen. */
  scale?: number;
  /** What to compare with, already scaled to the time that the picture covers. */
  reference?: Picture | null;
}
