/** Rate of a single cell over time. */
import { rate, utcTime } from "../words/format.js";
import { outline } from "./bars.js";
import { frame } from "./frame.js";
import { timeLabel } from "./hits-over-time.js";
import { chamberColour } from "./palette.js";
import type { ChartSpec, Look, Point } from "./spec.js";
import { timeTicks } from "./ticks.js";

/** @param points middle of each window or bucket in ms, and the rate in Hz; null in gaps */
export function cellRateChart(points: readonly Point[], chamber: number, look: Look): ChartSpec {
  const line = outline("rate", chamberColour(look.dark, chamber), [...points], look);
  return {
    type: "line",
    data: { datasets: [{ ...line, stepped: false }] },
    options: frame(look, {
      x: {
        title: "time (UTC)",
        right: 28,
        min: points[0]?.x ?? 0,
        max: points.at(-1)?.x ?? 1,
        ticks: { callback: timeLabel((points.at(-1)?.x ?? 1) - (points[0]?.x ?? 0)) },
        ticksBetween: (min, max, lengthEm) => timeTicks(min, max, 5, lengthEm),
      },
      yTitle: "hits / s",
      titleWords: (ms) => `${utcTime(ms)} UTC`,
      valueWords: (y) => `${rate(y)} Hz`,
    }),
  };
}
