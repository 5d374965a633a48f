/** Histograms of equal bins: one as bars with errors, reference and ratio, several as outlines. */
import type { BinnedCounts } from "../../../pipeline/model/index.js";
import { bars, outline } from "./bars.js";
import { frame } from "./frame.js";
import { paletteOf } from "./palette.js";
import { ratioWithErrors } from "./ratio.js";
import { comparedOutline } from "./reference.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { wholeTicks } from "./ticks.js";
import { binWidth, countError, factsOf } from "./statistics.js";

export interface Series {
  label: string;
  colour: string;
  counts: BinnedCounts;
  /** Of the reference, not scaled. */
  expected?: BinnedCounts | undefined;
}

interface HistogramOptions {
  title: string;
  /** Of the x axis; "" for a number without one. */
  unit: string;
  /** What is counted: "segments". */
  entries: string;
  /** By what the counts of the reference are multiplied. */
  scale?: number;
  legend?: boolean;
  /** Bins are whole numbers: they are named by their lower edge. */
  whole?: boolean;
  annotations?: Record<string, Record<string, unknown>>;
}

export function histogramChart(series: readonly Series[], options: HistogramOptions, look: Look): ChartSpec {
  const [first] = series;
  const width = first === undefined ? 1 : binWidth(first.counts);
  const drawing: Drawing = {
    shift: options.whole === true ? -0.5 * width : 0,
    scale: options.scale ?? 1,
    look,
  };
  const isSingle = series.length === 1;
  const { title, unit, entries } = options;
  return {
    type: "bar",
    data: { datasets: series.flatMap((one) => (isSingle ? single(one, drawing) : several(one, drawing))) },
    facts: series.map(({ label, counts }) => factsOf(label, counts)),
    unit,
    whole: () => series.flatMap((one) => tableOf(one, drawing, isSingle)),
    options: frame(look, {
      x: {
        title: unit === "" ? title : `${title} (${unit})`,
        min: (first?.counts.lower ?? 0) + drawing.shift,
        max: (first?.counts.upper ?? 1) + drawing.shift,
        ...(options.whole === true ? { ticksBetween: (min, max) => wholeTicks(min, max, 8) } : {}),
      },
      yTitle: options.whole === true ? entries : `${entries} / ${withUnit(width, unit)}`,
      ratio: isSingle && first !== undefined && expectedOf(first) !== undefined,
      legend: options.legend ?? false,
      titleWords: (x) => binWords(x, width, options),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    }),
  };
}

interface Drawing {
  /** Added to the middles of the bins. */
  shift: number;
  scale: number;
  look: Look;
}

function single(series: Series, { shift, scale, look }: Drawing): ChartDataset[] {
  const { label, colour, counts } = series;
  const points = pointsOf(counts, shift);
  const own: ChartDataset = {
    ...bars(label, colour, points, look.log),
    marks: {
      errors: counts.hist_counts.map(countError),
      outside: { under: counts.underflow, over: counts.overflow },
      colour: paletteOf(look.dark).muted,
    },
  };
  const expected = expectedOf(series);
  return expected === undefined
    ? [own]
    : [own, ...ratioWithErrors(points, pointsOf(expected, shift), scale, look)];
}

function several(series: Series, { shift, scale, look }: Drawing): ChartDataset[] {
  const { label, colour, counts } = series;
  const own = outline(label, colour, pointsOf(counts, shift), look);
  const expected = expectedOf(series);
  if (expected === undefined) return [own];
  return [own, comparedOutline(label, colour, scaled(pointsOf(expected, shift), scale), look)];
}

/** The numbers as a table: counts, with their errors where there is room, and the reference. */
function tableOf(series: Series, { shift, scale }: Drawing, withErrors: boolean): ChartDataset[] {
  const column = (label: string, data: Point[]): ChartDataset => ({ type: "line", label, data });
  const { label, counts } = series;
  const points = pointsOf(counts, shift);
  const errors = points.map(({ x, y }) => ({ x, y: Math.sqrt(y ?? 0) }));
  const expected = expectedOf(series);
  const reference = expected && scaled(pointsOf(expected, shift), scale);
  return [
    column(label, points),
    ...(withErrors ? [column("error", errors)] : []),
    ...(reference === undefined
      ? []
      : [column(withErrors ? "reference" : `reference of ${label}`, reference)]),
  ];
}

/** A reference of other bins cannot be compared. */
function expectedOf({ counts, expected }: Series): BinnedCounts | undefined {
  return isComparable(counts, expected) ? expected : undefined;
}

function scaled(points: readonly Point[], scale: number): Point[] {
  return points.map(({ x, y }) => ({ x, y: (y ?? 0) * scale }));
}

function pointsOf(counts: BinnedCounts, shift: number): Point[] {
  const width = binWidth(counts);
  return counts.hist_counts.map((y, i) => ({ x: counts.lower + (i + 0.5) * width + shift, y }));
}

function isComparable(a: BinnedCounts, b: BinnedCounts | undefined): boolean {
  return a.lower === b?.lower && a.upper === b.upper && a.hist_counts.length === b.hist_counts.length;
}

function binWords(x: number, width: number, { unit, whole, title }: HistogramOptions): string {
  if (whole === true) return `${title} ${figures(x)}`;
  return `${figures(x - width / 2)} to ${withUnit(x + width / 2, unit)}`;
}

function withUnit(value: number, unit: string): string {
  const space = unit === "" || unit === "°" ? "" : "\u202F";
  return `${figures(value)}${space}${unit}`;
}

/** No figures that are made by rounding alone. */
function figures(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Counts of the whole numbers from `lower` on as a histogram. */
export function countsFrom(values: readonly number[], lower = 0): BinnedCounts {
  return { lower, upper: lower + values.length, hist_counts: [...values], underflow: 0, overflow: 0 };
}

/** Histograms of the same axis together; null of nothing. */
export function together(all: readonly BinnedCounts[]): BinnedCounts | null {
  const [first] = all;
  if (first === undefined) return null;
  const sum = (of: (one: BinnedCounts) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    ...first,
    hist_counts: first.hist_counts.map((_, i) => sum((one) => one.hist_counts[i] ?? 0)),
    underflow: sum(({ underflow }) => underflow),
    overflow: sum(({ overflow }) => overflow),
  };
}
