/** References over a histogram and the ratios to them, with the errors of both. */
import { outline } from "./bars.js";
import { paletteOf } from "./palette.js";
import type { ChartDataset, Look, Point } from "./spec.js";

/** What one reference expects. */
export interface Expected {
  /** Of the reference. */
  name: string;
  /** Not scaled, at the same places as the data. */
  points: readonly Point[];
  /** By which these counts are multiplied. */
  scale: number;
}

/** Each reference has a line and a point of its own, whatever the colours. */
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

/** A single reference needs no name beside the plot; several have theirs. */
export function referenceLabel(name: string, count: number): string {
  return count === 1 ? "reference" : `reference ${name}`;
}

/**
 * The references as outlines over the bars, and the ratios in the pad below: error bars of the data, an error band of
 * each reference. Nothing without references.
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

/** For one of several histograms in one plot: outlines in its colour. */
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

/** What the reference would give in the time of the data. */
export function scaled({ points, scale }: Expected): Point[] {
  return points.map(({ x, y }) => ({ x, y: (y ?? 0) * scale }));
}

/** No ratio where the reference expects less than one entry. */
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
