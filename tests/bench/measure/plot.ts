/** Measurements as bars in an SVG, readable on light and dark pages. */
import type { Measurement } from "./measurements.js";

interface PlotSpec {
  title: string;
  bars: readonly Pick<Measurement, "label" | "value" | "unit">[];
}

const width = 640;
const [left, right, top, step, bar] = [150, 110, 44, 30, 20];

/** Horizontal bars from 0, each with its label and value. */
export function barPlot({ title, bars }: PlotSpec): string {
  const most = Math.max(...bars.map(({ value }) => value), 1);
  const height = top + bars.length * step + 12;
  const rows = bars.map(({ label, value, unit }, i) => {
    const y = top + i * step;
    const length = ((width - left - right) * value) / most;
    const middle = y + bar / 2 + 4;
    return [
      `  <text x="${left - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
      `  <rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="2"/>`,
      `  <text x="${(left + length + 8).toFixed(1)}" y="${middle}">${compact(value)} ${unit}</text>`,
    ].join("\n");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    "  <style>",
    "    text { font: 13px system-ui, sans-serif; fill: #57606a; }",
    "    .title { font-weight: 600; font-size: 14px; }",
    "    rect { fill: #2f81c7; }",
    "    @media (prefers-color-scheme: dark) { text { fill: #adbac7; } rect { fill: #539bf5; } }",
    "  </style>",
    `  <text class="title" x="10" y="22">${escaped(title)}</text>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}
