/** References drawn over a histogram, and the ratios to them, with the errors of both. */
import { outline } from "./bars.js";
import { paletteOf } from "./palette.js";
import type { ChartDataset, Look, Point } from "./spec.js";

/** Expected counts from one reference. */
export interface Expected {
  /** Name of the reference. */
  name: string;
  /** Unscaled counts, at the same x as the data. */
  points: readonly Point[];
  /** Factor for these counts. */
  scale: number;
}

/** Each reference has its own line and point style, independent of colours. */
const dashes = [
  [4, 3],
  [1.5, 2.5],
  [9, 3, 2, 3],
] as const;
const pointStyles = ["circle", "rect", "triangle"] as const;

interface ReferenceStyle {
  line: string;
  point: string;
  dash: number[];
  pointStyle: (typeof pointStyles)[number];
}

export function referenceStyle(index: number, { dark }: Look): ReferenceStyle {
  const { total, mark, layers } = paletteOf(dark);
  const [line, point] =
    index === 0 ? [total, mark] : [layers[index === 1 ? 3 : 1], layers[index === 1 ? 3 : 1]];
  return { line, point, dash: [...(dashes[index] ?? dashes[0])], pointStyle: pointStyles[index] ?? "circle" };
}

/** Label in the legend: a single reference needs no name. */
export function referenceLabel(name: string, count: number): string {
  return count === 1 ? "reference" : `reference ${name}`;
}

/**
 * References as outlines over the bars, and ratios in the panel below, with error bars for the data and an error band
 * for each reference. Empty without references.
 */
export function compared(
  points: readonly Point[],
  expected: readonly Expected[],
  look: Look,
): ChartDataset[] {
  return expected.flatMap((one, index) => {
    const { line, dash } = referenceStyle(index, look);
    const label = referenceLabel(one.name, expected.length);
    return [
      { ...outline(label, line, scaled(one), look), borderDash: dash, borderWidth: 1.3 },
      ratioDataset(points, one, expected.length === 1 ? "ratio" : `ratio to ${one.name}`, index, look),
    ];
  });
}

/** References of one of several histograms in a plot, as outlines in its colour. */
export function comparedOutlines(
  label: string,
  colour: string,
  expected: readonly Expected[],
  look: Look,
): ChartDataset[] {
  return expected.map((one, index) => ({
    ...outline(`${referenceLabel(one.name, expected.length)} of ${label}`, colour, scaled(one), look),
    borderDash: index === 0 ? [3, 3] : referenceStyle(index, look).dash,
    borderWidth: look.scale ?? 1,
  }));
}

/** Expected counts of the reference in the time of the data. */
export function scaled({ points, scale }: Expected): Point[] {
  return points.map(({ x, y }) => ({ x, y: (y ?? 0) * scale }));
}

/** No ratio if less than one entry is expected. */
function ratioDataset(
  points: readonly Point[],
  one: Expected,
  label: string,
  index: number,
  look: Look,
): ChartDataset {
  const places = new Map(one.points.map(({ x, y }) => [x, y ?? 0]));
  const wanted = points.map(({ x }) => (places.get(x) ?? 0) * one.scale);
  const ratios = points.map(({ x, y }, i): Point => {
    const want = wanted[i] ?? 0;
    return { x, y: want < 1 ? null : (y ?? 0) / want };
  });
  const errors = ratios.map(({ y }, i): readonly [number, number] | null => {
    const error = Math.sqrt(points[i]?.y ?? 0) / (wanted[i] ?? 1);
    return y === null ? null : [y - error, y + error];
  });
  const band = ratios.map(({ x, y }) => (y === null ? null : 1 / Math.sqrt(Math.max(1, places.get(x) ?? 0))));
  const { scale: size = 1 } = look;
  const { point, pointStyle } = referenceStyle(index, look);
  return {
    type: "line",
    label,
    data: ratios,
    yAxisID: "ratio",
    showLine: false,
    pointStyle,
    pointRadius: 1.6 * size,
    pointHoverRadius: 3 * size,
    pointBackgroundColor: point,
    pointBorderWidth: 0,
    borderColor: point,
    backgroundColor: point,
    marks: { errors, band, colour: point },
  };
}
