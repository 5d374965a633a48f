/** Histograms as bars without gaps. */
import { fade } from "./palette.js";
import type { ChartDataset, Look, Point } from "./spec.js";

/** Bars of one colour; zeros are left out on a logarithmic axis. */
export function bars(label: string, colour: string, points: Point[], log: boolean): ChartDataset {
  return {
    type: "bar",
    label,
    data: log ? points.map(({ x, y }) => ({ x, y: y === 0 ? null : y })) : points,
    backgroundColor: fade(colour, 0.78),
    hoverBackgroundColor: colour,
    barPercentage: 1,
    categoryPercentage: 0.94,
    grouped: false,
    minBarLength: 0,
  };
}

/** Outline of a histogram, for several histograms in one plot. */
export function outline(label: string, colour: string, points: Point[], look: Look): ChartDataset {
  const { log, scale = 1 } = look;
  return {
    type: "line",
    label,
    data: log ? points.map(({ x, y }) => ({ x, y: y === 0 ? null : y })) : points,
    stepped: "middle",
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1.6 * scale,
    pointRadius: 0,
    pointHoverRadius: 3 * scale,
    spanGaps: false,
  };
}
