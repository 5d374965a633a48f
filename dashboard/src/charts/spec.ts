/** Result of a chart function: a whole Chart.js configuration over points on linear or logarithmic axes. */
import type { ChartConfiguration, InteractionModeFunction } from "chart.js";
import type {} from "chartjs-plugin-annotation";
import type {} from "chartjs-plugin-zoom";
import type { Picture } from "../live/picture.js";

declare module "chart.js" {
  interface InteractionModeMap {
    /** Selects the point of every dataset nearest to the pointer along the x axis (components/charting.ts). */
    nearestOfEach: InteractionModeFunction;
  }
}

export interface Point {
  x: number;
  y: number | null;
}

/** Marks over the points of a dataset (components/plot-marks.ts). */
export interface Marks {
  /** Both ends of the error bar of each point; null without one. */
  errors?: readonly (readonly [low: number, high: number] | null)[];
  /** Half width of the error band around each point; null without one. */
  band?: readonly (number | null)[];
  /** Entries below and above the x axis. */
  outside?: { under: number; over: number };
  /** Words above the plot that end at a position on the x axis. */
  above?: { x: number; words: string };
  /** Colour of all marks; default: colour of the dataset. */
  colour?: string;
}

/** Statistics of a histogram; mean and RMS of the entries in range, null without entries. */
export interface HistogramFacts {
  label: string;
  /** Including underflow and overflow. */
  entries: number;
  mean: number | null;
  rms: number | null;
  underflow: number;
  overflow: number;
}

export type ChartSpec = ChartConfiguration<"line" | "bar", Point[]> & {
  /** The datasets with all points, if not all are drawn. */
  whole?: () => ChartDataset[];
  /** Statistics of each histogram in the plot. */
  facts?: readonly HistogramFacts[];
  /** Unit of the x axis; "" if it has none. */
  unit?: string;
};
export type ChartOptions = NonNullable<ChartSpec["options"]>;
export type ChartDataset = ChartConfiguration<"line" | "bar", Point[]>["data"]["datasets"][number] & {
  marks?: Marks;
};

/** Part of the x axis, [from, to] in its unit. */
export type Zoom = readonly [number, number];

/** Appearance of a chart. */
export interface Look {
  dark: boolean;
  log: boolean;
  /** Scale of fonts and lines; 1 on a standard screen. */
  scale?: number;
  /** Names of the chambers; default: their numbers. */
  names?: readonly string[];
  /** Longest drift time in each chamber, ns; default: that of the default set-up. */
  boxEndsNs?: readonly number[];
  /** References to compare with; at most three. */
  references?: readonly Reference[];
}

/** A reference in a plot. */
export interface Reference {
  name: string;
  picture: Picture;
  /** Factor for its counts: the ratio of the data's time to the reference's. */
  scale: number;
}
