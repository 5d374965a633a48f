/** Histograms with equal bins: a single one as bars with errors, reference and ratio; several as outlines. */
import type { BinnedCounts } from "../../../pipeline/model/index.js";
import { bars, outline } from "./bars.js";
import { frame } from "./frame.js";
import { paletteOf } from "./palette.js";
import { compared, comparedOutlines, referenceLabel, scaled, type Expected } from "./reference.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { wholeTicks } from "./ticks.js";
import { binWidth, countError, factsOf } from "./statistics.js";

export interface Series {
  label: string;
  colour: string;
  counts: BinnedCounts;
  /** Unscaled histograms of the references. */
  expected?: readonly ExpectedCounts[];
}

interface ExpectedCounts {
  /** Name of the reference. */
  name: string;
  counts: BinnedCounts | undefined;
  /** Factor for its counts. */
  scale: number;
}

interface HistogramOptions {
  title: string;
  /** Unit of the x axis; "" if it has none. */
  unit: string;
  /** Name of the entries: "segments". */
  entries: string;
  legend?: boolean;
  /** Whether bins are integers, named by their lower edge. */
  whole?: boolean;
  annotations?: Record<string, Record<string, unknown>>;
}

export function histogramChart(series: readonly Series[], options: HistogramOptions, look: Look): ChartSpec {
  const [first] = series;
  const width = first === undefined ? 1 : binWidth(first.counts);
  const drawing: Drawing = {
    shift: options.whole === true ? -0.5 * width : 0,
    look,
  };
  const isSingle = series.length === 1;
  const { title, unit, entries } = options;
  return {
    type: "bar",
    data: { datasets: series.flatMap((one) => (isSingle ? single(one, drawing) : several(one, drawing))) },
    facts: series.map(({ label, counts }) => factsOf(label, shifted(counts, drawing.shift))),
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
      ratio: isSingle && first !== undefined && expectedOf(first, 0).length > 0,
      legend: options.legend ?? false,
      lineAbove: isSingle,
      titleWords: (x) => binWords(x, width, options),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    }),
  };
}

interface Drawing {
  /** Offset added to the bin centres. */
  shift: number;
  look: Look;
}

function single(series: Series, { shift, look }: Drawing): ChartDataset[] {
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
  return [own, ...compared(points, expectedOf(series, shift), look)];
}

function several(series: Series, { shift, look }: Drawing): ChartDataset[] {
  const { label, colour, counts } = series;
  const own = outline(label, colour, pointsOf(counts, shift), look);
  return [own, ...comparedOutlines(label, colour, expectedOf(series, shift), look)];
}

/** The numbers as a table: counts, their errors if space permits, and the references. */
function tableOf(series: Series, { shift }: Drawing, withErrors: boolean): ChartDataset[] {
  const column = (label: string, data: Point[]): ChartDataset => ({ type: "line", label, data });
  const { label, counts } = series;
  const points = pointsOf(counts, shift);
  const errors = points.map(({ x, y }) => ({ x, y: Math.sqrt(y ?? 0) }));
  const expected = expectedOf(series, shift);
  return [
    column(label, points),
    ...(withErrors ? [column("error", errors)] : []),
    ...expected.map((one) => {
      const name = referenceLabel(one.name, expected.length);
      return column(withErrors ? name : `${name} of ${label}`, scaled(one));
    }),
  ];
}

/** References with other bins cannot be compared. */
function expectedOf({ counts, expected = [] }: Series, shift: number): Expected[] {
  return expected.flatMap(({ name, counts: own, scale }) =>
    own !== undefined && isComparable(counts, own) ? [{ name, points: pointsOf(own, shift), scale }] : [],
  );
}

function shifted(counts: BinnedCounts, shift: number): BinnedCounts {
  return { ...counts, lower: counts.lower + shift, upper: counts.upper + shift };
}

function pointsOf(counts: BinnedCounts, shift: number): Point[] {
  const width = binWidth(counts);
  return counts.hist_counts.map((y, i) => ({ x: counts.lower + (i + 0.5) * width + shift, y }));
}

function isComparable(a: BinnedCounts, b: BinnedCounts): boolean {
  return a.lower === b.lower && a.upper === b.upper && a.hist_counts.length === b.hist_counts.length;
}

function binWords(x: number, width: number, { unit, whole, title }: HistogramOptions): string {
  if (whole === true) return `${title} ${figures(x)}`;
  return `${figures(x - width / 2)} to ${withUnit(x + width / 2, unit)}`;
}

function withUnit(value: number, unit: string): string {
  const space = unit === "" || unit === "°" ? "" : "\u202F";
  return `${figures(value)}${space}${unit}`;
}

/** The number without rounding errors. */
function figures(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A histogram of the counts of the integers from `lower` up. */
export function countsFrom(values: readonly number[], lower = 0): BinnedCounts {
  return { lower, upper: lower + values.length, hist_counts: [...values], underflow: 0, overflow: 0 };
}

/** Sum of histograms with the same axis; null for an empty list. */
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
