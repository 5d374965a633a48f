/** Hits of every window over time. A missing window is a gap in the line. */
import type { TrendPoint } from "../../../pipeline/model/index.js";
import { rate, shortCount, utcDateTime, utcMoment, utcTime } from "../words/format.js";
import { extremes, runLength } from "./decimate.js";
import { fontOf, frame } from "./frame.js";
import { chamberLabel } from "./names.js";
import { chamberColour, paletteOf } from "./palette.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { day, timeTicks } from "./ticks.js";

export interface HitsOverTimeOptions {
  unit: "rate" | "count";
  /** Time axis, ms. */
  fromMs: number;
  toMs: number;
  /** Vertical lines with labels at the starts of runs. */
  marks?: readonly { ms: number; words: string }[];
  /** The selected window. */
  selected?: { start_ms: number; end_ms: number } | null;
}

/** Maximum number of runs of windows: on longer axes, adjacent windows are merged and their extremes drawn. */
const mostRuns = 240;

/** Number of windows above which single points are no longer drawn. */
const pointsUpTo = 80;

/** Width of lines with many points, px: thin lines are drawn several times faster. */
const dense = { above: 240, width: 1 };

/** A line of the plot. */
interface Line {
  label: string;
  colour: string;
  width: number;
  hitsOf: (point: TrendPoint) => number;
}

export function hitsOverTimeChart(
  trend: readonly TrendPoint[],
  options: HitsOverTimeOptions,
  look: Look,
): ChartSpec {
  const lines = linesOf(trend, look);
  const places = withGaps(trend, options);
  const runs = runsOf(places, options);
  const draw = (one: Line, thin: boolean): ChartDataset => {
    const data = places.map((place) => toPoint(place, options, look, one.hitsOf));
    return line(one, thin ? thinned(data, runs, one === lines[0] ? places : []) : data);
  };
  return {
    type: "line",
    data: { datasets: [...lines.map((one) => draw(one, true)), ...marks(places, options, look)] },
    whole: () => lines.map((one) => draw(one, false)),
    options: frame(look, {
      x: {
        title: "time (UTC)",
        right: 28,
        min: options.fromMs,
        max: options.toMs,
        ticks: { callback: timeLabel(options.toMs - options.fromMs) },
        ticksBetween: (min, max, lengthEm) => timeTicks(min, max, 8, lengthEm),
      },
      yTitle: options.unit === "rate" ? "hits / s" : "hits / window",
      legend: true,
      titleWords: (ms) => tooltipTitle(trend, ms),
      valueAt: (label, ms) => valueAt(trend, lines, label, ms, options),
      annotations: marksOf(options, look),
      valueWords: options.unit === "rate" ? (y) => `${rate(y)} Hz` : shortCount,
    }),
  };
}

function linesOf(trend: readonly TrendPoint[], look: Look): [Line, ...Line[]] {
  const { dark, scale = 1 } = look;
  const count = Math.max(0, ...trend.map(({ hit_count_chamber }) => hit_count_chamber.length));
  const chambers = Array.from({ length: count }, (_, chamber) => ({
    label: chamberLabel(look, chamber),
    colour: chamberColour(dark, chamber),
    width: 1.4 * scale,
    hitsOf: (point: TrendPoint) => point.hit_count_chamber[chamber] ?? 0,
  }));
  const { total: colour } = paletteOf(dark);
  return [{ label: "total", colour, width: 2 * scale, hitsOf: (point) => point.hit_count }, ...chambers];
}

/** Runs begin at fixed times, so the drawing of a complete run does not change with new windows. */
function runsOf(places: readonly (TrendPoint | Gap)[], { fromMs, toMs }: HitsOverTimeOptions): number[] {
  // The newest point is a single window; old points may be sums of windows (see live/long-trend).
  const newest = places.findLast((place): place is TrendPoint => !("gapMs" in place));
  const length = runLength(
    toMs - fromMs,
    newest === undefined ? 1 : newest.end_ms - newest.start_ms,
    mostRuns,
  );
  return places.map((place) => Math.floor(timeOf(place) / length));
}

/** @param keep windows, of which the marked ones are kept */
function thinned(data: Point[], runs: readonly number[], keep: readonly (TrendPoint | Gap)[]): Point[] {
  const kept = extremes(
    data.map(({ y }) => y),
    runs,
    (i) => isMarked(keep[i]),
  );
  return kept.length === data.length ? data : kept.map((i) => data[i] as Point);
}

/** Shows seconds only on short axes; on long axes a day starts with its date. */
export function timeLabel(spanMs: number): (ms: number) => string {
  return spanMs > longSpanMs ? minuteOrDay : utcTime;
}

function minuteOrDay(ms: number): string {
  return ms % day === 0 ? utcDateTime(ms).slice(5, 10) : utcTime(ms).slice(0, 5);
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
  if (selected == null || selected.end_ms < fromMs || selected.start_ms > toMs)
    return Object.fromEntries(lines);
  const { start_ms: xMin, end_ms: xMax } = selected;
  const box = { type: "box", xMin, xMax, backgroundColor: band, borderColor: text, borderWidth: 1 };
  return { ...Object.fromEntries(lines), selected: { ...box, drawTime: "beforeDatasetsDraw" } };
}

interface Gap {
  gapMs: number;
}

/** The windows on the axis, with gaps for missing windows. */
function withGaps(trend: readonly TrendPoint[], { fromMs, toMs }: HitsOverTimeOptions): (TrendPoint | Gap)[] {
  const places: (TrendPoint | Gap)[] = [];
  let before: TrendPoint | undefined;
  for (const point of trend) {
    if (point.end_ms < fromMs || point.start_ms > toMs) continue;
    if (before !== undefined && point.start_ms > before.end_ms) {
      places.push({ gapMs: (before.end_ms + point.start_ms) / 2 });
    }
    places.push((before = point));
  }
  return places;
}

function timeOf(place: TrendPoint | Gap): number {
  return "gapMs" in place ? place.gapMs : middleOf(place);
}

function toPoint(
  point: TrendPoint | Gap,
  { unit }: HitsOverTimeOptions,
  { log }: Pick<Look, "log">,
  hitsOf: (point: TrendPoint) => number,
): Point {
  if ("gapMs" in point) return { x: point.gapMs, y: null };
  const hits = hitsOf(point);
  const y = unit === "rate" ? (1000 * hits) / windowMsOf(point) : hits;
  return { x: middleOf(point), y: log && y === 0 ? null : y };
}

/** A point of the long history is an average over several windows. */
function windowMsOf(point: TrendPoint): number {
  return "window_ms" in point ? Number(point.window_ms) : point.end_ms - point.start_ms;
}

function line({ label, colour, width }: Line, data: Point[]): ChartDataset {
  return {
    type: "line",
    label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: data.length > dense.above ? Math.min(width, dense.width) : width,
    pointRadius: radius(data, width),
    pointBorderWidth: 0,
    pointHoverRadius: 2.5 * width,
    spanGaps: false,
  };
}

/** A single value if possible: with a list, Chart.js resolves the options of each point, which is slow. */
function radius(data: Point[], width: number): number | number[] {
  if (data.length <= pointsUpTo) return width;
  const alone = data.map((point, i) => point.y !== null && isAlone(data, i));
  return alone.includes(true) ? alone.map((is) => (is ? width : 0)) : 0;
}

/** A point between two gaps has no line, so it needs a dot. */
function isAlone(data: Point[], i: number): boolean {
  return (data[i - 1]?.y ?? null) === null && (data[i + 1]?.y ?? null) === null;
}

/**
 * Corrected windows are diamonds, partial windows hollow circles, both on the line of the total. Without a name, the
 * dataset does not appear in legend, tooltip and table.
 */
function marks(
  places: readonly (TrendPoint | Gap)[],
  options: HitsOverTimeOptions,
  look: Look,
): ChartDataset[] {
  const { dark, scale = 1 } = look;
  const palette = paletteOf(dark);
  const marked = places.filter(isMarked);
  if (marked.length === 0) return [];
  const each = <T>(corrected: T, partial: T): T[] =>
    marked.map(({ revision }) => (revision > 0 ? corrected : partial));
  const [radius, fill, border] = [
    each(5 * scale, 4 * scale),
    each(palette.mark, palette.paper),
    each(0, 1.6 * scale),
  ];
  const plain = { pointRadius: radius, pointBackgroundColor: fill, pointBorderWidth: border };
  const hovered = {
    pointHoverRadius: radius,
    pointHoverBackgroundColor: fill,
    pointHoverBorderWidth: border,
  };
  const style = { showLine: false, pointStyle: each("rectRot", "circle"), pointBorderColor: palette.total };
  const data = marked.map((point) => toPoint(point, options, look, ({ hit_count: hits }) => hits));
  return [{ type: "line", data, order: -1, ...style, ...plain, ...hovered }];
}

function isMarked(place: TrendPoint | Gap | undefined): place is TrendPoint {
  return place !== undefined && !("gapMs" in place) && (place.revision > 0 || place.partial);
}

function middleOf({ start_ms, end_ms }: TrendPoint): number {
  return (start_ms + end_ms) / 2;
}

function tooltipTitle(trend: readonly TrendPoint[], ms: number): string {
  const point = trend.find((one) => middleOf(one) === ms);
  if (point === undefined) return utcTime(ms);
  const notes = [point.revision > 0 ? "corrected" : "", point.partial ? "partial" : ""].filter(Boolean);
  const words = notes.length > 0 ? ` (${notes.join(", ")})` : "";
  const newestMs = trend.at(-1)?.end_ms ?? ms;
  return `${utcMoment(point.start_ms, newestMs)}–${utcTime(point.end_ms)} UTC${words}`;
}

/** Value of a line at any window, drawn or not; null without one. */
function valueAt(
  trend: readonly TrendPoint[],
  lines: readonly Line[],
  label: string,
  ms: number,
  options: HitsOverTimeOptions,
): number | null {
  const point = trend.find((one) => middleOf(one) === ms);
  const one = lines.find((known) => known.label === label);
  return point && one ? toPoint(point, options, { log: false }, one.hitsOf).y : null;
}
