/** Axes, titles and legend of a chart as a picture, which is copied while only the numbers change. */
import type { Chart, ChartArea } from "chart.js";

/** A part of a chart; parts up to z = 0 are below the data. */
interface Layer {
  z: number;
  draw: (area: ChartArea) => void;
}

/** The key is the array of a chart's layers: a complete update creates a new one, so that an old picture is never used. */
const backdrops = new WeakMap<readonly Layer[], HTMLCanvasElement>();

/** @param isStill whether all axes are as in the last drawing */
export function drawNumbers(chart: Chart, isStill: boolean): void {
  const own = chart as unknown as { _layers: Layer[] };
  const layers = own._layers;
  if (!isStill) backdrops.delete(layers);
  else own._layers = stillLayers(chart, layers);
  chart.draw();
  own._layers = layers;
}

/** The first drawing with unchanged axes stores the picture, the next ones use it. */
function stillLayers(chart: Chart, layers: readonly Layer[]): Layer[] {
  const above = layers.filter(({ z }) => z > 0);
  const backdrop = backdrops.get(layers);
  if (backdrop !== undefined) return [{ z: 0, draw: () => paste(chart, backdrop) }, ...above];
  const keep = (): void => void backdrops.set(layers, copyOf(chart.canvas));
  return [...layers.filter(({ z }) => z <= 0), { z: 0, draw: keep }, ...above];
}

function copyOf(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  copy.getContext("2d")?.drawImage(canvas, 0, 0);
  return copy;
}

function paste({ ctx: context }: Chart, backdrop: HTMLCanvasElement): void {
  context.save();
  context.resetTransform();
  context.drawImage(backdrop, 0, 0);
  context.restore();
}
