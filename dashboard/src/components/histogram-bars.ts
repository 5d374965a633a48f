/**
 * Draws the bars of a histogram, which have no borders, with a fifth of the operations of Chart.js. One path of all bars
 * would be drawn more slowly than single rectangles.
 */
import type { BarController } from "chart.js";

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

interface DrawnBar {
  x: number;
  y: number;
  base: number;
  width: number;
  options: { backgroundColor: string };
}
