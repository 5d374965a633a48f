/**
 * Colours of the charts. Chambers have colours of the Okabe-Ito palette, which colour-blind people can distinguish:
 * blue, orange, green and purple, then yellow, violet, red and grey. The light theme has darker variants.
 */

export interface Palette {
  /** Colours of the chambers, in order. */
  chambers: readonly string[];
  /** Colours of layers 1..4. */
  layers: readonly [string, string, string, string];
  /** Colours of values below, at and above the expected value. */
  diverging: { low: string; neutral: string; high: string };
  total: string;
  text: string;
  muted: string;
  grid: string;
  tooltip: string;
  tooltipText: string;
  mark: string;
  band: string;
  /** Background of a saved picture. */
  paper: string;
}

const dark: Palette = {
  chambers: ["#56B4E9", "#E69F00", "#2FC39B", "#DE8FBF", "#F0E442", "#A99AF2", "#F2785C", "#B7C3CE"],
  layers: ["#7CC7FF", "#F3C24F", "#FF8E66", "#C9A6FF"],
  diverging: { low: "#4FA8F0", neutral: "#2B3744", high: "#FF9A4D" },
  total: "#E8EEF4",
  text: "#B4C2CF",
  muted: "#7F90A1",
  grid: "rgba(140,162,184,0.13)",
  tooltip: "#273442",
  tooltipText: "#EEF3F8",
  mark: "#F2695C",
  band: "rgba(108,182,255,0.09)",
  paper: "#141B23",
};

const light: Palette = {
  chambers: ["#0072B2", "#D17A00", "#00875F", "#B5558F", "#8A7A00", "#6A51A3", "#B2331F", "#5B6770"],
  layers: ["#1668AD", "#8F6B00", "#C2451A", "#6E46B4"],
  diverging: { low: "#0B5CA8", neutral: "#DDE4EA", high: "#C24A00" },
  total: "#1D2934",
  text: "#45545F",
  muted: "#6B7B89",
  grid: "rgba(51,71,91,0.11)",
  tooltip: "#22303D",
  tooltipText: "#F4F7FA",
  mark: "#C22F22",
  band: "rgba(11,99,184,0.07)",
  paper: "#FFFFFF",
};

export function paletteOf(isDark: boolean): Palette {
  return isDark ? dark : light;
}

export function chamberColour(isDark: boolean, chamber: number): string {
  return paletteOf(isDark).chambers[chamber] ?? paletteOf(isDark).total;
}

export function layerColour(isDark: boolean, layer: number): string {
  return paletteOf(isDark).layers[layer - 1] ?? paletteOf(isDark).total;
}

/** A hex colour made translucent; `alpha` 0..1. */
export function fade(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
