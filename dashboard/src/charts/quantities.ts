/** Derived quantities of the chambers over time, or run by run; bars are statistical errors. */
import type { QuantityName, QuantityPoint } from "../../../pipeline/model/index.js";
import { fixed, utcDateTime, utcTime } from "../words/format.js";
import { quantityTexts } from "../words/quantities.js";
import { frame } from "./frame.js";
import { timeLabel } from "./hits-over-time.js";
import { chamberColour } from "./palette.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { timeTicks } from "./ticks.js";

interface QuantityOptions {
  quantity: QuantityName;
  by: "time" | "run";
  /** Time axis, ms; by run, the axis has one position per run. */
  fromMs: number;
  toMs: number;
}

export function quantitiesChart(
  points: readonly QuantityPoint[],
  options: QuantityOptions,
  look: Look,
): ChartSpec {
  const { quantity, by, fromMs, toMs } = options;
  const chambers = Math.max(0, ...points.map((point) => point.chambers.length));
  const { digits, unit, factor, most } = quantityTexts[quantity];
  const time = {
    title: "time (UTC)",
    right: 28,
    min: fromMs,
    max: toMs,
    ticks: { callback: timeLabel(toMs - fromMs) },
    ticksBetween: (min: number, max: number, lengthEm: number) => timeTicks(min, max, 5, lengthEm),
  };
  const names = points.map(({ run }) => `${run ?? ""}`);
  const runs = {
    title: "run",
    min: -0.5,
    max: Math.max(0, points.length - 1) + 0.5,
    ticks: { callback: (x: number) => names[x] ?? "" },
    ticksBetween: () => points.map((_, i) => i),
  };
  const spec: ChartSpec = {
    type: "line",
    data: {
      datasets: Array.from({ length: chambers }, (_, chamber) =>
        lineOf(points, chamber, options, look, factor),
      ),
    },
    options: frame(look, {
      x: by === "run" ? runs : time,
      yTitle: quantityTexts[quantity].axis,
      legend: true,
      titleWords: (x) => (by === "run" ? `run ${names[x] ?? ""}` : momentOf(points, x)),
      valueWords: (y) => `${fixed(y, digits)} ${unit}`,
    }),
  };
  // The axis does not start at zero, so that a drift is visible.
  const y = spec.options?.scales?.["y"];
  if (y !== undefined) Object.assign(y, { min: undefined, suggestedMax: undefined, ...rangeOf(spec, most) });
  return spec;
}

/** The chamber whose quantity changed most, with its lowest and highest value; null with fewer than two points. */
export function widestRange(
  points: readonly QuantityPoint[],
  quantity: QuantityName,
): { chamber: number; low: number; high: number } | null {
  const chambers = Math.max(0, ...points.map((point) => point.chambers.length));
  const ranges = Array.from({ length: chambers }, (_, chamber) => {
    const values = points.flatMap((point) => point.chambers[chamber]?.[quantity]?.[0] ?? []);
    return { chamber, count: values.length, low: Math.min(...values), high: Math.max(...values) };
  });
  const [widest] = ranges.filter(({ count }) => count > 1).sort((a, b) => b.high - b.low - (a.high - a.low));
  return widest === undefined ? null : { chamber: widest.chamber, low: widest.low, high: widest.high };
}

function momentOf(points: readonly QuantityPoint[], x: number): string {
  const point = points.find(({ from_ms, to_ms }) => (from_ms + to_ms) / 2 === x);
  return point === undefined ? utcTime(x) : `${utcDateTime(point.from_ms)}–${utcTime(point.to_ms)} UTC`;
}

function lineOf(
  points: readonly QuantityPoint[],
  chamber: number,
  { quantity, by }: QuantityOptions,
  { dark, scale = 1 }: Look,
  factor: number,
): ChartDataset {
  const colour = chamberColour(dark, chamber);
  const data = points.flatMap((point, i): Point[] => {
    const measured = point.chambers[chamber]?.[quantity] ?? null;
    const x = by === "run" ? i : (point.from_ms + point.to_ms) / 2;
    const last = points[i - 1];
    const gap = by === "time" && last !== undefined && point.from_ms > last.to_ms;
    const value = { x, y: measured === null ? null : factor * measured[0] };
    return gap ? [{ x: (last.to_ms + point.from_ms) / 2, y: null }, value] : [value];
  });
  const few = points.length <= 60;
  return {
    type: "line",
    label: `chamber ${chamber}`,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1.5 * scale,
    pointRadius: few ? 2.5 * scale : 0,
    pointHitRadius: 6,
    showLine: by === "time",
  };
}

/** The range with margins, so that noise does not fill the whole plot; at most up to `most`. */
function rangeOf(
  { data }: ChartSpec,
  most = Infinity,
): { suggestedMin?: number; suggestedMax?: number; max?: number } {
  const values = data.datasets.flatMap((one) => one.data.flatMap(({ y }) => (y === null ? [] : [y])));
  if (values.length === 0) return { suggestedMin: 0, suggestedMax: 1 };
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max((high - low) / 4, 0.02 * Math.max(Math.abs(low), Math.abs(high)), 1e-3);
  const end = high + room;
  return { suggestedMin: low - room, ...(end < most ? { suggestedMax: end } : { max: most }) };
}
