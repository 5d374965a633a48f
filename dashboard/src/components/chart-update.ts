/** Updates a drawn chart: hidden lines stay hidden, and only changed parts are laid out again. */
import type { LinearScaleOptions, Scale, Tick, TooltipItem } from "chart.js";
import { _addGrace } from "chart.js/helpers";
import type { ChartDataset, ChartSpec, Point, Zoom } from "../charts/spec.js";
import { drawNumbers } from "./chart-backdrop.js";
import { Chart } from "./charting.js";
import { placeBars } from "./histogram-bars.js";

export type PlotChart = Chart<"line" | "bar", Point[]>;

/** Last state of a chart, without its numbers and functions. */
interface Drawn {
  options: string;
  datasets: string;
  /** Format and range of the x axis. */
  tickWords: unknown;
  range: string;
}
const drawn = new WeakMap<PlotChart, Drawn>();

/**
 * Options with the same content are kept, because new options make Chart.js measure all text again, which takes
 * longer than drawing the data. Their functions depend only on the other options. If the datasets also have the same
 * content, only the numbers or the time have changed: then only points and scales are updated.
 */
export function updateChart(chart: PlotChart, spec: ChartSpec): void {
  const [before, now] = [drawn.get(chart), drawnBy(spec)];
  drawn.set(chart, now);
  patchDatasets(chart, spec);
  if (before !== undefined && onlyNumbers(before, now, spec) && chart.getActiveElements().length === 0) {
    return redraw(chart, spec, before.range !== now.range);
  }
  if (before?.options !== now.options || before.range !== now.range) chart.options = spec.options ?? {};
  // Not "none", which would not update points with a shared style. Charts have no animation anyway (see frame).
  chart.update();
}

function drawnBy({ options, data }: ChartSpec): Drawn {
  const { min, max, ...x } = options?.scales?.["x"] ?? {};
  return {
    options: JSON.stringify({ ...options, scales: { ...options?.scales, x } }),
    datasets: JSON.stringify(data.datasets.map((dataset) => ({ ...dataset, data: null, marks: null }))),
    tickWords: x.ticks?.callback,
    range: JSON.stringify([min, max]),
  };
}

/**
 * Whether only numbers or the range of the x axis have changed. Text in the plot, and another format of the axis, need a
 * complete update when the range changes.
 */
function onlyNumbers(before: Drawn, now: Drawn, spec: ChartSpec): boolean {
  if (before.options !== now.options || before.datasets !== now.datasets) return false;
  const written = Object.keys(spec.options?.plugins?.annotation?.annotations ?? {}).length;
  return before.range === now.range || (written === 0 && before.tickWords === now.tickWords);
}

/** Draws a spec for the first time. */
export function createChart(canvas: HTMLCanvasElement, spec: ChartSpec): PlotChart {
  const datasets = spec.data.datasets.map(ownDataset);
  return new Chart<"line" | "bar", Point[]>(canvas, { ...spec, data: { ...spec.data, datasets } });
}

/** The points are copied into the chart's own arrays, which are reused: see refill. */
function ownDataset(dataset: ChartDataset): ChartDataset {
  return { ...dataset, data: [...dataset.data] };
}

/** Chart.js identifies datasets by their objects: old objects with the same meaning get the new content. */
function patchDatasets(chart: PlotChart, spec: ChartSpec): void {
  const old = byName(chart.data.datasets);
  chart.data.datasets = [...byName(spec.data.datasets)].map(([name, dataset]) => {
    const before = old.get(name);
    if (before === undefined) return ownDataset(dataset);
    return Object.assign(before, dataset, { data: refill(before.data, dataset.data) });
  });
}

/**
 * Replaces the points in the same array: Chart.js wraps each new array, which takes longer than copying the points.
 */
function refill(array: Point[], points: readonly Point[]): Point[] {
  array.length = points.length;
  for (let i = 0; i < points.length; i += 1) array[i] = points[i] as Point;
  return array;
}

/** Assigns a number to datasets with the same name, such as those of references, which have one per chamber. */
function byName(datasets: readonly ChartDataset[]): Map<string, ChartDataset> {
  const named = new Map<string, ChartDataset>();
  for (const dataset of datasets) {
    const name = `${dataset.type} ${dataset.label ?? ""}`;
    let nth = 1;
    while (named.has(`${name} ${nth}`)) nth += 1;
    named.set(`${name} ${nth}`, dataset);
  }
  return named;
}

/** Updates only numbers: the axes keep their size (see frame), so the plot area does not move. */
function redraw(chart: PlotChart, spec: ChartSpec, moved: boolean): void {
  const controllers = chart.data.datasets.map((_, i) => chart.getDatasetMeta(i).controller);
  for (const controller of controllers) controller.buildOrUpdateElements(false);
  if (moved) move(chart.scales["x"], spec.options?.scales?.["x"]);
  const changed = Object.values(chart.scales).filter((scale) => {
    forget(scale);
    return (moved || scale.axis === "y") && rescale(scale as OwnScale);
  });
  for (const controller of controllers) if (moved || !placeBars(controller)) controller.update("none");
  drawNumbers(chart, changed.length === 0);
}

function move(scale: Scale | undefined, { min, max }: { min?: unknown; max?: unknown } = {}): void {
  if (scale === undefined) return;
  Object.assign(scale.options, { min, max });
  scale.init(scale.options);
}

/** Members that Chart.js uses in its own update; its types do not contain them. */
type OwnScale = Scale & {
  beforeLayout: () => void;
  _margins: Parameters<Scale["update"]>[2];
  _range: ReturnType<typeof _addGrace>;
};

/** Drops the values derived from the old numbers. */
function forget(scale: Scale): void {
  (scale as OwnScale).beforeLayout();
}

/**
 * Computes the range and the ticks of an axis again without moving it. If they are the same, its drawn labels are kept,
 * because measuring them takes most of the time.
 * @returns whether the axis has changed
 */
function rescale(scale: OwnScale): boolean {
  const { ticks, min, max } = scale;
  findTicks(scale);
  if (scale.min === min && scale.max === max && sameTicks(scale.ticks, ticks)) {
    scale.ticks = ticks;
    return false;
  }
  const { left, right, top, bottom, width, height, maxWidth, maxHeight } = scale;
  scale.update(maxWidth, maxHeight, scale._margins);
  Object.assign(scale, { left, right, top, bottom, width, height });
  scale.configure();
  return true;
}

/** The first half of the update of Chart.js, up to the labels. */
function findTicks(scale: OwnScale): void {
  const { grace, beginAtZero } = scale.options as LinearScaleOptions;
  scale.beforeDataLimits();
  scale.determineDataLimits();
  scale.afterDataLimits();
  scale._range = _addGrace(scale, grace ?? 0, beginAtZero);
  scale.ticks = scale.buildTicks();
  scale.afterBuildTicks();
}

function sameTicks(a: readonly Tick[], b: readonly Tick[]): boolean {
  return a.length === b.length && a.every(({ value }, i) => value === b[i]?.value);
}

/** Shows a part of the x axis. */
export function zoomed(spec: ChartSpec, zoom: Zoom | null): ChartSpec {
  if (zoom === null) return spec;
  const x = { ...spec.options?.scales?.["x"], min: zoom[0], max: zoom[1] };
  return { ...spec, options: { ...spec.options, scales: { ...spec.options?.scales, x } } };
}

/** Tooltips always use the newest spec, even if the chart keeps its options. */
export function withTooltipOf(spec: ChartSpec, newest: () => ChartSpec): ChartSpec {
  const plugins = spec.options?.plugins;
  const words = (): Callbacks => (newest().options?.plugins?.tooltip?.callbacks ?? {}) as Callbacks;
  const callbacks: Callbacks = {
    title: (items) => words().title?.(items) ?? "",
    label: (item) => words().label?.(item) ?? "",
  };
  const tooltip = { ...plugins?.tooltip, callbacks } as NonNullable<typeof plugins>["tooltip"];
  return { ...spec, options: { ...spec.options, plugins: { ...plugins, tooltip } } };
}

type Item = TooltipItem<"line" | "bar">;
interface Callbacks {
  title?: (items: Item[]) => string;
  label?: (item: Item) => string;
}
