/** Places and draws the bars of a histogram, which are vertical, neither stacked nor grouped, and have no borders. */
import type { BarController, Scale } from "chart.js";

/**
 * Draws them with a fifth of the operations of Chart.js. One path of all bars would be drawn more slowly than single
 * rectangles.
 */
export function drawBars(this: BarController): void {
  const { ctx: context } = this.chart;
  let drawn: string | null = null;
  context.save();
  for (const bar of this.getMeta().data as unknown as DrawnBar[]) {
    const { x, y, base, width, options } = bar;
    const { backgroundColor: colour } = options;
    // Only bars under the pointer have another colour.
    if (colour !== drawn) context.fillStyle = drawn = colour;
    context.fillRect(x - width / 2, Math.min(y, base), width, Math.abs(base - y));
  }
  context.restore();
}

/**
 * Places bars of which only the heights have changed. Chart.js would compute everything, which takes half of the memory
 * of an update of the page.
 * @returns false if the dataset has no bars, or some that are new or have moved
 */
export function placeBars(controller: object): boolean {
  const bars = controller as PlacedBars;
  const { type, data, iScale, vScale } = bars.getMeta();
  if (type !== "bar") return false;
  const zero = vScale.getBasePixel();
  // Bars stand on the upper edge of the axis line.
  const edge = zero - vScale.getLineWidthForValue(0) / 2;
  for (const [i, bar] of data.entries()) {
    const { x, y } = bars.getParsed(i);
    if (iScale.getPixelForValue(x, i) !== bar.x) return false;
    bar.y = y === null ? zero : vScale.getPixelForValue(y);
    bar.base = bar.y < zero ? edge : zero;
    bar.height = Math.abs(bar.y - bar.base);
  }
  return true;
}

/** Members of a bar controller that its types do not contain. */
interface PlacedBars {
  getMeta: () => { type: string; data: (DrawnBar & { height: number })[]; iScale: Scale; vScale: Scale };
  getParsed: (index: number) => { x: number; y: number | null };
}

interface DrawnBar {
  x: number;
  y: number;
  base: number;
  width: number;
  options: { backgroundColor: string };
}
