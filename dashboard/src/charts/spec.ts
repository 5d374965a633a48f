/** Result of a chart function: a whole Chart.js configuration over points on linear or logarithmic axes. */
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

/** Marks over the points of a dataset (components/plot-marks.ts). */
export interface Marks {
  /** Both ends of the error bar of each point, null where it has none. */
  errors?: readonly (readonly [low: number, high: number] | null)[];
  /** Half width of the error band around each point, null where it has none. */
  band?: readonly (number | null)[];
  /** Entries below and above the x axis. */
  outside?: { under: number; over: number };
  /** Colour of all of these; that of the dataset by default. */
  colour?: string;
}

/** Numbers of a histogram as a whole; mean and RMS of the entries in range, null without any. */
export interface HistogramFacts {
  label: string;
  /** Under- and overflow included. */
  entries: number;
  mean: number | null;
  rms: number | null;
  underflow: number;
  overflow: number;
}

export type ChartSpec = ChartConfiguration<"line" | "bar", Point[]> & {
  /** All points of the datasets, where not all are drawn. */
  whole?: () => ChartDataset[];
  /** Of each histogram that is drawn. */
  facts?: readonly HistogramFacts[];
  /** Of the x axis; "" for a number without one. */
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
  /** Size of letters and lines, 1 on a usual screen. */
  scale?: number;
  /** Names of the chambers; their numbers where absent. */
  names?: readonly string[];
  /** Longest drift time in each chamber, ns; that of the default set-up where absent. */
  boxEndsNs?: readonly number[];
  /** What to compare with; at most three. */
  references?: readonly Reference[];
}

/** A comparison in a plot. */
export interface Reference {
  name: string;
  picture: Picture;
  /** Factor for its counts: the time that the data covers over that of the reference. */
  scale: number;
}
