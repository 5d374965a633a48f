/** The statistics of a histogram as one line. */
import type { HistogramFacts } from "../charts/spec.js";
import { count, fixed } from "./format.js";

/** Without underflow and overflow, for plots that show them. */
export function shortFactWords(facts: HistogramFacts, unit = ""): string {
  return factWords({ ...facts, underflow: 0, overflow: 0 }, unit);
}

/** n 1 234 · mean 0.31 mm · RMS 0.36 mm · underflow 2 · overflow 7 */
export function factWords({ entries, mean, rms, underflow, overflow }: HistogramFacts, unit = ""): string {
  const space = unit === "" || unit === "°" ? "" : "\u202F";
  const value = (number: number): string => `${shortened(number, rms)}${space}${unit}`;
  const parts = [
    `n ${count(entries)}`,
    mean === null ? "" : `mean ${value(mean)}`,
    rms === null ? "" : `RMS ${value(rms)}`,
    underflow === 0 ? "" : `underflow ${count(underflow)}`,
    overflow === 0 ? "" : `overflow ${count(overflow)}`,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Number of decimals that are meaningful for the spread. */
function shortened(value: number, rms: number | null): string {
  const size = rms === null || rms === 0 ? Math.abs(value) : rms;
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4;
  return fixed(value, digits);
}
