/** What a chart function gives: a whole Chart.js configuration over points on linear or logarithmic axes. */
import type { ChartConfiguration, InteractionModeFunction } from "chart.js";
import type {} from "chartjs-plugin-annotation";
import type {} from "chartjs-plugin-zoom";
import type { Picture } from "../live/picture.js";

declare module "chart.js" {
  interface InteractionModeMap {
    /** Of every dataset the point nearest to the pointer along the x axis (components/charting.ts). */
    nearestOfEach: InteractionModeFunction;
  }
}

export interface Point {
  x: number;
  y: number | null;
}

export type ChartSpec = ChartConfiguration<"line" | "bar", Point[]> & {
  /** All points of the datasets, where not all are drawn. */
  whole?: () => ChartDataset[];
};
export type ChartOptions = NonNullable<ChartSpec["options"]>;
export type ChartDataset = ChartConfiguration<"line" | "bar", Point[]>["data"]["datasets"][number];

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
