/** Hits of every window against time. A missing window is a gap in the line, never a bridge over it. */
import { chamberCount, type TrendPoint } from "../../../pipeline/model/index.js";
import { rate, shortCount, utcTime } from "../words/format.js";
import { extremes } from "./decimate.js";
import { fontOf, frame } from "./frame.js";
import { chamberColour, paletteOf, type Palette } from "./palette.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { timeTicks } from "./ticks.js";

export interface HitsOverTimeOptions {
  unit: "rate" | "count";
  /** Time axis, ms. */
  fromMs: number;
  toMs: number;
  /** Upright lines with words: where runs begin. */
  marks?: readonly { ms: number; words: string }[];
  /** The window that is looked at. */
  selected?: { start_ms: number; end_ms: number } | null;
}

/** Above so many windows neighbours are drawn as one, with their extremes. */
const mostBuckets = 240;

/** Above so many windows single points are no longer drawn. */
const pointsUpTo = 80;

export function hitsOverTimeChart(
  trend: readonly TrendPoint[],
  options: HitsOverTimeOptions,
  look: Look,
): ChartSpec {
  const visible = trend.filter(
    ({ start_ms, end_ms }) => end_ms >= options.fromMs && start_ms <= options.toMs,
  );
  const points = thinned(withGaps(visible));
  const palette = paletteOf(look.dark);
  const chambers = Array.from({ length: chamberCount }, (_, chamber) => {
    const values = points.map((point) =>
      toPoint(point, options, look, (one) => one.hit_count_chamber[chamber]),
    );
    return line(`chamber ${chamber}`, chamberColour(look.dark, chamber), 1.4 * (look.scale ?? 1), values);
  });
  const total = points.map((point) => toPoint(point, options, look, (one) => one.hit_count));
  return {
    type: "line",
    data: {
      datasets: [
        { ...line("total", palette.total, 2 * (look.scale ?? 1), total), ...marks(points, palette, look) },
        ...chambers,
      ],
    },
    options: frame(look, {
      x: {
        title: "time (UTC)",
        right: 28,
        min: options.fromMs,
        max: options.toMs,
        ticks: { callback: timeLabel(options.toMs - options.fromMs) },
        ticksBetween: (min, max) => timeTicks(min, max, 8),
      },
      yTitle: options.unit === "rate" ? "hits / s" : "hits / window",
      legend: true,
      titleWords: (ms) => tooltipTitle(trend, ms),
      annotations: marksOf(options, look),
      valueWords: options.unit === "rate" ? (y) => `${rate(y)} Hz` : shortCount,
    }),
  };
}

function thinned(points: (TrendPoint | Gap)[]): (TrendPoint | Gap)[] {
  const line = (hitsOf: (point: TrendPoint) => number | undefined): (number | null)[] =>
    points.map((point) => ("gapMs" in point ? null : (hitsOf(point) ?? 0)));
  const chambers = Array.from({ length: chamberCount }, (_, c) => line((one) => one.hit_count_chamber[c]));
  const kept = extremes([line((one) => one.hit_count), ...chambers], mostBuckets, (i) => {
    const point = points[i];
    return point === undefined || "gapMs" in point || point.revision > 0 || point.partial;
  });
  return kept.map((i) => points[i] as TrendPoint | Gap);
}

/** Seconds are only shown where ticks are so close. */
export function timeLabel(spanMs: number): (ms: number) => string {
  return spanMs > longSpanMs ? (ms) => utcTime(ms).slice(0, 5) : utcTime;
}

const longSpanMs = 40 * 60_000;

function marksOf(
  { marks = [], selected, fromMs, toMs }: HitsOverTimeOptions,
  look: Look,
): Record<string, Record<string, unknown>> {
  const { muted, text, band } = paletteOf(look.dark);
  const lines = marks
    .filter(({ ms }) => ms >= fromMs && ms <= toMs)
    .map(({ ms, words }) => {
      const label = { display: true, content: words, position: "start", color: text, font: fontOf(look) };
      const line = { type: "line", scaleID: "x", value: ms, borderColor: muted, borderWidth: 1 };
      return [`at${ms}`, { ...line, label: { ...label, backgroundColor: "transparent" } }] as const;
    });
  if (selected == null) return Object.fromEntries(lines);
  const { start_ms: xMin, end_ms: xMax } = selected;
  const box = { type: "box", xMin, xMax, backgroundColor: band, borderColor: text, borderWidth: 1 };
  return { ...Object.fromEntries(lines), selected: { ...box, drawTime: "beforeDatasetsDraw" } };
}

interface Gap {
  gapMs: number;
}

/** Puts a gap wherever windows are missing. */
function withGaps(trend: readonly TrendPoint[]): (TrendPoint | Gap)[] {
  return trend.flatMap((point, i) => {
    const before = trend[i - 1];
    const missing = before !== undefined && point.start_ms > before.end_ms;
    return missing ? [{ gapMs: (before.end_ms + point.start_ms) / 2 }, point] : [point];
  });
}

function toPoint(
  point: TrendPoint | Gap,
  { unit }: HitsOverTimeOptions,
  { log }: Look,
  hitsOf: (point: TrendPoint) => number | undefined,
): Point {
  if ("gapMs" in point) return { x: point.gapMs, y: null };
  const hits = hitsOf(point) ?? 0;
  const y = unit === "rate" ? (1000 * hits) / windowMsOf(point) : hits;
  return { x: middleOf(point), y: log && y === 0 ? null : y };
}

/** A point of the long history is the mean window of a longer time. */
function windowMsOf(point: TrendPoint): number {
  return "window_ms" in point ? Number(point.window_ms) : point.end_ms - point.start_ms;
}

function line(label: string, colour: string, width: number, data: Point[]): ChartDataset {
  return {
    type: "line",
    label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: width,
    pointRadius: data.length <= pointsUpTo ? width : data.map((_, i) => (isAlone(data, i) ? width : 0)),
    pointBorderWidth: 0,
    pointHoverRadius: 2.5 * width,
    spanGaps: false,
  };
}

/** A point between two gaps has no line that would show it. */
function isAlone(data: Point[], i: number): boolean {
  return (data[i - 1]?.y ?? null) === null && (data[i + 1]?.y ?? null) === null;
}

/** Corrected windows are diamonds, partial ones hollow circles; both on the line of the total. */
function marks(points: (TrendPoint | Gap)[], palette: Palette, { scale = 1 }: Look): Record<string, unknown> {
  const each = <T>(plain: T, corrected: T, partial: T): T[] =>
    points.map((point) => {
      if ("gapMs" in point) return plain;
      if (point.revision > 0) return corrected;
      return point.partial ? partial : plain;
    });
  const small = points.length <= pointsUpTo ? 2 * scale : 0;
  return {
    pointStyle: each("circle", "rectRot", "circle"),
    pointRadius: each(small, 5 * scale, 4 * scale),
    pointBorderWidth: each(0, 0, 1.6 * scale),
    pointBorderColor: palette.total,
    pointBackgroundColor: each(palette.total, palette.mark, "transparent"),
  };
}

function middleOf({ start_ms, end_ms }: TrendPoint): number {
  return (start_ms + end_ms) / 2;
}

function tooltipTitle(trend: readonly TrendPoint[], ms: number): string {
  const point = trend.find((one) => middleOf(one) === ms);
  if (point === undefined) return utcTime(ms);
  const notes = [point.revision > 0 ? "corrected" : "", point.partial ? "partial" : ""].filter(Boolean);
  const words = notes.length > 0 ? ` (${notes.join(", ")})` : "";
  return `${utcTime(point.start_ms)}–${utcTime(point.end_ms)} UTC${words}`;
}
