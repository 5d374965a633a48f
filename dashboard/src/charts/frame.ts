/**
 * Common parts of all charts: axes, grid, tooltip, zoom. Charts have no animation, and the plot area does not move.
 */
import type { LegendItem, Scale, TooltipItem } from "chart.js";
import { count, shortCount } from "../words/format.js";
import { paletteOf } from "./palette.js";
import type { ChartOptions, ChartSpec, Look } from "./spec.js";

export const fontFamily =
  "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const fontSize = 11;
/** Fixed width, so that longer numbers do not move the plot. */
const yAxisWidth = 58;
/** Less than one entry, so that a bar of one is visible on a logarithmic axis. */
const logFloor = 0.5;

interface XAxis {
  title: string;
  min?: number;
  max?: number;
  ticks?: Record<string, unknown>;
  /** Space for the label at the right end, px. */
  right?: number;
  /** Positions of the ticks between two values on an axis of this length, in em; default: chosen by Chart.js. */
  ticksBetween?: (min: number, max: number, lengthEm: number) => number[];
}

interface FrameOptions {
  x: XAxis;
  yTitle: string;
  /** Title line of the tooltip. */
  titleWords: (x: number) => string;
  legend?: boolean;
  /** Whether the ratio to the reference is drawn in a panel below. */
  ratio?: boolean;
  /** Fixed range of the y axis, or its upper end; default: from 0 to slightly above the data. */
  yRange?: { min?: number; max?: number };
  /** Positions of the ticks of a fixed y axis. */
  yTicks?: readonly number[];
  /** Label of a tick of the y axis. */
  yWords?: (y: number) => string;
  /** Value of the named dataset at x, for datasets whose points have different x. */
  valueAt?: (label: string, x: number) => number | null;
  /** Value with unit in the tooltip; a count by default. */
  valueWords?: (y: number) => string;
  annotations?: Record<string, Record<string, unknown>>;
  /** Whether there is a line for marks above the plot, such as the number of entries outside the x axis. */
  lineAbove?: boolean;
}

/** Height of the line above the plot, px. */
const lineAbovePx = 12;

export function frame(look: Look, options: FrameOptions): ChartOptions {
  const ratio = options.ratio ?? false;
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    font: fontOf(look),
    color: paletteOf(look.dark).text,
    layout: { padding: { right: 6, top: options.lineAbove ? lineAbovePx * (look.scale ?? 1) : 0 } },
    interaction: { mode: options.valueAt ? "nearestOfEach" : "index", intersect: false, axis: "x" },
    scales: {
      x: xAxis(look, options.x),
      y: yAxis(look, options, ratio),
      ...(ratio ? { ratio: ratioAxis(look) } : {}),
    },
    plugins: {
      legend: legend(look, options.legend ?? false),
      tooltip: tooltip(look, options),
      zoom: zoom(look),
      annotation: { annotations: { ...options.annotations, ...(ratio ? { one: ratioOne(look) } : {}) } },
    },
  };
}

export function fontOf({ scale = 1 }: Look): { family: string; size: number } {
  return { family: fontFamily, size: fontSize * scale };
}

function xAxis(look: Look, axis: XAxis): Record<string, unknown> {
  const { text, grid, muted } = paletteOf(look.dark);
  const font = fontOf(look);
  // Also fixed: labels that move with time must not move the plot.
  const right = (axis.right ?? 18) * (look.scale ?? 1);
  return {
    type: "linear",
    min: axis.min,
    max: axis.max,
    offset: false,
    title: { display: true, text: axis.title, color: muted, font, padding: { top: 2, bottom: 0 } },
    border: { color: grid },
    grid: { color: grid, tickColor: grid, drawOnChartArea: false, tickLength: 4 },
    ticks: {
      color: text,
      font,
      maxRotation: 0,
      autoSkipPadding: 14,
      includeBounds: false,
      callback: tickLabel,
      ...axis.ticks,
    },
    afterBuildTicks: placeTicks(axis, font.size),
    afterFit: (scale: object) => void Object.assign(scale, { paddingLeft: 0, paddingRight: right }),
  };
}

function placeTicks({ ticksBetween }: XAxis, em: number): ((scale: Scale) => void) | undefined {
  if (ticksBetween === undefined) return undefined;
  return (scale) => {
    const places = ticksBetween(scale.min, scale.max, scale.maxWidth / em);
    scale.ticks = places.map((value) => ({ value }));
  };
}

function yAxis(
  look: Look,
  { yTitle, yRange = {}, yTicks, yWords }: FrameOptions,
  withRatio: boolean,
): Record<string, unknown> {
  const { grid } = paletteOf(look.dark);
  const fixed = yRange.max !== undefined && !look.log;
  return {
    ...leftAxis(look, yTitle),
    type: look.log ? "logarithmic" : "linear",
    min: look.log ? logFloor : (yRange.min ?? 0),
    ...(fixed ? { max: yRange.max } : { suggestedMax: look.log ? 10 : 4 }),
    grace: look.log || fixed ? undefined : "6%",
    grid: { color: grid, drawTicks: false },
    ...(withRatio ? { stack: "plot", stackWeight: 3, weight: 2 } : {}),
    ...(yTicks === undefined || look.log
      ? {}
      : { afterBuildTicks: (scale: Scale) => void (scale.ticks = yTicks.map((value) => ({ value }))) }),
    ticks: {
      ...leftTicks(look),
      maxTicksLimit: 6,
      callback: (value: number, index: number, ticks: readonly { value: number }[]) => {
        if (look.log && !isPowerOfTen(value)) return "";
        return yWords === undefined ? tickLabel(value, index, ticks) : yWords(value);
      },
    },
  };
}

/** Axis of the ratio of data to reference, below the plot. */
function ratioAxis(look: Look): Record<string, unknown> {
  const { grid } = paletteOf(look.dark);
  return {
    ...leftAxis(look, "ratio"),
    type: "linear",
    min: 0,
    max: 2,
    stack: "plot",
    stackWeight: 1,
    weight: 1,
    grid: { color: grid, drawTicks: false },
    ticks: { ...leftTicks(look), stepSize: 1, callback: (value: number) => (value === 2 ? "" : value) },
  };
}

function leftAxis(look: Look, title: string): Record<string, unknown> {
  const { muted } = paletteOf(look.dark);
  const width = yAxisWidth * (look.scale ?? 1);
  return {
    // Chart.js would derive the axis from the first letter of its name.
    axis: "y",
    position: "left",
    title: { display: true, text: title, color: muted, font: fontOf(look), padding: { bottom: 0 } },
    border: { display: false },
    afterFit: (scale: Scale) => void (scale.width = width),
  };
}

function leftTicks(look: Look): Record<string, unknown> {
  return { color: paletteOf(look.dark).text, font: fontOf(look), padding: 6 };
}

function ratioOne(look: Look): Record<string, unknown> {
  const { muted } = paletteOf(look.dark);
  return { type: "line", scaleID: "ratio", value: 1, borderColor: muted, borderWidth: 1, borderDash: [3, 3] };
}

/** The label of one of several ticks, with as many digits as distinguish them. */
function tickLabel(value: number, _index: number, ticks: readonly { value: number }[]): string {
  const values = ticks.map((tick) => tick.value);
  const isLarge = Math.abs(value) >= 10_000;
  const unit = isLarge ? 1000 : 1;
  const label =
    isLarge || !Number.isInteger(value) ? shortest(value / unit, digitsOf(values, unit)) : count(value);
  return `${label.replace("-", "−")}${isLarge ? "k" : ""}`;
}

function shortest(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

const maxDigits = 6;
/** Largest error of a label, in steps. */
const maxError = 0.05;

function digitsOf(values: readonly number[], unit: number): number {
  const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] as number)));
  const step = Math.min(...steps.filter((one) => one > 0)) / unit;
  // A single tick.
  if (!Number.isFinite(step)) return 2;
  let digits = 0;
  while (
    digits < maxDigits &&
    values.some((value) => Math.abs(Number((value / unit).toFixed(digits)) - value / unit) > maxError * step)
  )
    digits += 1;
  return digits;
}

function isPowerOfTen(value: number): boolean {
  return Number.isInteger(Math.log10(value));
}

function legend(look: Look, display: boolean): Record<string, unknown> {
  const { text } = paletteOf(look.dark);
  const { scale = 1 } = look;
  const sizes = { boxWidth: 14 * scale, boxHeight: 2 * scale, padding: 10 * scale };
  // Datasets without a name are parts of others; names of references would fill the plot.
  const labels = {
    color: text,
    font: fontOf(look),
    ...sizes,
    filter: ({ text: name }: LegendItem) => Boolean(name) && !name.startsWith("reference"),
  };
  return { display, position: "top", align: "start", labels };
}

function tooltip(
  look: Look,
  { titleWords, valueAt, valueWords = shortCount }: FrameOptions,
): Record<string, unknown> {
  const { tooltip: background, tooltipText } = paletteOf(look.dark);
  const font = fontOf(look);
  return {
    backgroundColor: background,
    titleColor: tooltipText,
    bodyColor: tooltipText,
    titleFont: { ...font, weight: "600" },
    bodyFont: font,
    padding: 8,
    cornerRadius: 6,
    boxWidth: 8,
    boxHeight: 8,
    boxPadding: 4,
    caretSize: 4,
    filter: ({ dataset }: TooltipItem<"line" | "bar">) => dataset.label !== undefined,
    callbacks: {
      title: (items: TooltipItem<"line" | "bar">[]) => titleWords(items[0]?.parsed.x ?? 0),
      label: ({ dataset, parsed, chart }: TooltipItem<"line" | "bar">) => {
        const [label, place] = [dataset.label ?? "", chart.tooltip?.dataPoints[0]?.parsed.x ?? parsed.x ?? 0];
        const value = (valueAt ? valueAt(label, place) : parsed.y) ?? 0;
        return `${label}: ${isRatio(dataset) ? value.toFixed(2) : valueWords(value)}`;
      },
    },
  };
}

function isRatio(dataset: object): boolean {
  return "yAxisID" in dataset && dataset.yAxisID === "ratio";
}

/** Zoom by dragging over a range or by the wheel with Ctrl; the chart component resets it on a double click. */
function zoom(look: Look): Record<string, unknown> {
  const { band, muted } = paletteOf(look.dark);
  return {
    zoom: {
      mode: "x",
      wheel: { enabled: true, modifierKey: "ctrl" },
      drag: { enabled: true, backgroundColor: band, borderColor: muted, borderWidth: 1, threshold: 8 },
    },
  };
}

/** A position on the x axis, as shown in the tooltip. */
export function placeWords(spec: ChartSpec, x: number): string {
  const words = spec.options?.plugins?.tooltip?.callbacks?.title as unknown as
    ((items: { parsed: { x: number } }[]) => string) | undefined;
  return words?.([{ parsed: { x } }]) ?? String(x);
}
