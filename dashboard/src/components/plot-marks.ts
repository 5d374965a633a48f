/** Marks over the points of a plot: error bars, entries outside the axes, and arrows on cut-off bars. */
import type { Chart as AnyChart, Plugin } from "chart.js";
import { fade } from "../charts/palette.js";
import type { ChartDataset, Marks } from "../charts/spec.js";
import { shortCount } from "../words/format.js";

interface Drawn {
  chart: AnyChart;
  context: CanvasRenderingContext2D;
  dataset: ChartDataset;
  marks: Marks;
  colour: string;
  /** Positions of the points, px. */
  places: readonly { x: number; skip?: boolean }[];
  toPixel: (value: number) => number;
}

export const plotMarks: Plugin = {
  id: "plotMarks",
  beforeDatasetsDraw: (chart) => each(chart, ({ marks }) => marks.band !== undefined, band),
  afterDatasetsDraw: (chart) =>
    each(
      chart,
      () => true,
      (drawn) => {
        errorBars(drawn);
        cutBars(drawn);
        outside(drawn);
        above(drawn);
      },
    ),
};

function each(chart: AnyChart, isMeant: (drawn: Drawn) => boolean, draw: (drawn: Drawn) => void): void {
  const { ctx: context } = chart;
  chart.data.datasets.forEach((one, i) => {
    const dataset = one as ChartDataset;
    const meta = chart.getDatasetMeta(i);
    const scale = chart.scales[meta.yAxisID ?? "y"];
    if (dataset.marks === undefined || !chart.isDatasetVisible(i) || scale === undefined) return;
    const { marks } = dataset;
    const colour = marks.colour ?? (dataset.borderColor as string);
    const toPixel = (value: number): number => scale.getPixelForValue(value);
    const places = meta.data as unknown as Drawn["places"];
    const drawn = { chart, context, dataset, marks, colour, places, toPixel };
    if (!isMeant(drawn)) return;
    context.save();
    draw(drawn);
    context.restore();
  });
}

function clip({ context, chart }: Drawn, top: number, bottom: number): void {
  const { left, right } = chart.chartArea;
  context.beginPath();
  context.rect(left - 1, top, right - left + 2, bottom - top);
  context.clip();
}

/** The pixel range of the dataset's y axis, which may be one of two. */
function axisOf({ chart, dataset }: Drawn): { top: number; bottom: number; min: number; max: number } {
  const name = "yAxisID" in dataset ? String(dataset.yAxisID) : "y";
  const { top, bottom, min, max } = chart.scales[name] ?? { ...chart.chartArea, min: 0, max: 0 };
  return { top, bottom, min, max };
}

/** Minimum distance of points for error bars, px. */
const narrowest = 3;

function errorBars(drawn: Drawn): void {
  const { context, marks, colour, places, toPixel } = drawn;
  if (marks.errors === undefined) return;
  const { top, bottom, min } = axisOf(drawn);
  // Error bars would hide bars that are narrower.
  if (Math.abs((places[1]?.x ?? 99) - (places[0]?.x ?? 0)) < narrowest) return;
  context.save();
  clip(drawn, top, bottom);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  marks.errors.forEach((range, i) => {
    const place = places[i];
    if (range === null || place === undefined || Number.isNaN(place.x)) return;
    const x = Math.round(place.x) + 0.5;
    context.moveTo(x, toPixel(Math.max(min, range[0])));
    context.lineTo(x, toPixel(Math.max(min, range[1])));
  });
  context.stroke();
  context.restore();
}

/** Band around 1 in a ratio plot: the error of the reference. */
function band(drawn: Drawn): void {
  const { context, marks, colour, places, toPixel } = drawn;
  const { top, bottom } = axisOf(drawn);
  clip(drawn, top, bottom);
  context.fillStyle = fade(colour, 0.2);
  const half = places.length < 2 ? 8 : Math.abs((places[1]?.x ?? 0) - (places[0]?.x ?? 0)) / 2;
  marks.band?.forEach((width, i) => {
    const x = places[i]?.x;
    if (width === null || x === undefined || Number.isNaN(x)) return;
    const high = toPixel(1 + width);
    context.fillRect(x - half, high, 2 * half, toPixel(1 - width) - high);
  });
}

const letter = 10;

/** An arrow with a value at the top of a bar that the axis cuts off. */
function cutBars(drawn: Drawn): void {
  const { chart, context, dataset, colour, places } = drawn;
  const { top, max } = axisOf(drawn);
  const { left, right } = chart.chartArea;
  const size = letter * sizeOf(chart);
  context.font = `600 ${size}px ${String(chart.options.font?.family)}`;
  dataset.data.forEach(({ y }, i) => {
    const x = places[i]?.x;
    if (y === null || y <= max * 1.0001 || x === undefined || x < left || x > right) return;
    const words = shortCount(y);
    const width = context.measureText(words).width;
    const onLeft = x + size + width > right;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(x, top - 1);
    context.lineTo(x - size / 2, top + size * 0.7);
    context.lineTo(x + size / 2, top + size * 0.7);
    context.fill();
    context.textBaseline = "top";
    context.textAlign = onLeft ? "right" : "left";
    context.fillStyle = chart.options.color as string;
    context.fillText(words, onLeft ? x - size * 0.8 : x + size * 0.8, top);
  });
}

/** Numbers of entries outside the x axis, above its ends: in the plot, bars would cross them. */
function outside({ chart, context, marks }: Drawn): void {
  const { under = 0, over = 0 } = marks.outside ?? {};
  const { left, right, top } = chart.chartArea;
  const size = letter * sizeOf(chart);
  context.font = `${size}px ${String(chart.options.font?.family)}`;
  context.fillStyle = chart.options.color as string;
  context.textBaseline = "bottom";
  if (under > 0) write(context, `◂ ${shortCount(under)}`, left, top - 1, "left");
  if (over > 0) write(context, `${shortCount(over)} ▸`, right, top - 1, "right");
}

/** Words above the plot, as far as their position is visible. */
function above({ chart, context, marks }: Drawn): void {
  const { left, right, top } = chart.chartArea;
  const x = marks.above === undefined ? undefined : chart.scales["x"]?.getPixelForValue(marks.above.x);
  if (marks.above === undefined || x === undefined || x <= left || x > right) return;
  context.font = `${letter * sizeOf(chart)}px ${String(chart.options.font?.family)}`;
  context.fillStyle = chart.options.color as string;
  context.textBaseline = "bottom";
  write(context, marks.above.words, x, top - 1, "right");
}

function write(
  context: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  align: CanvasTextAlign,
): void {
  context.textAlign = align;
  context.fillText(words, x, y);
}

/** Font scale of this screen; 1 on a standard screen. */
function sizeOf(chart: AnyChart): number {
  return (chart.options.font?.size ?? 11) / 11;
}
