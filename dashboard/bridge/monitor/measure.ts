/** Derived quantities of a sum of windows, each with its statistical error; null where counts are too few. */
import {
  chamberKeysOf,
  type ChamberQuantities,
  type Measured,
  type WindowSum,
} from "../../../pipeline/model/index.js";
import { core, fractionError } from "../quality/physics/tails.js";

interface Histogram {
  lower: number;
  upper: number;
  hist_counts: readonly number[];
}

/** Fewest entries for a measurement, and for a mean. */
const [fewestEntries, fewestOfMean] = [100, 20];
/** A mean uses only values within this distance of the median. */
const residualHalfMm = 2;
const t0HalfNs = 40;
/** Quantile of the filled bins that estimates the plateau of the drift-time box; bins above half of it are inside. */
const plateauQuantile = 0.8;

export function measure(sum: WindowSum): ChamberQuantities[] {
  return chamberKeysOf(sum).map((key) => measureChamber(sum, key));
}

function measureChamber(sum: WindowSum, key: string): ChamberQuantities {
  const segments = sum.segment_chamber?.[key];
  const noise = sum.noise_chamber?.[key];
  const drift = sum.drift_time_chamber[key];
  const edges = drift && boxEdges(drift.bin_edges, drift.hist_counts, drift.underflow);
  return {
    efficiency:
      segments === undefined ? null : fraction(totalOf(segments.layer_found), totalOf(segments.layer_missed)),
    residual_mm: segments === undefined ? null : mean(summed(segments.residual), residualHalfMm),
    t0_ns: segments === undefined ? null : mean(segments.t0_scint, t0HalfNs),
    drift_start_ns: edges?.[0] ?? null,
    drift_end_ns: edges?.[1] ?? null,
    noise_hz:
      noise === undefined || sum.seconds <= 0
        ? null
        : perSecond(noise.hits, sum.seconds * noise.cells.length),
  };
}

function fraction(found: number, missed: number): Measured {
  const n = found + missed;
  return n < fewestEntries ? null : [found / n, fractionError(found, n)];
}

function perSecond(hits: number, seconds: number): Measured {
  return [hits / seconds, Math.sqrt(Math.max(1, hits)) / seconds];
}

function mean({ lower, upper, hist_counts: counts }: Histogram, half: number): Measured {
  const bins = counts.length;
  const { n, mean: value, rms } = core(counts, { at: 0, bins, lower, width: (upper - lower) / bins }, half);
  return n < fewestOfMean ? null : [value, rms / Math.sqrt(n)];
}

/** Sum of histograms with the same axis. */
function summed(all: readonly Histogram[]): Histogram {
  const [first] = all;
  const { lower = 0, upper = 1, hist_counts = [] } = first ?? {};
  return {
    lower,
    upper,
    hist_counts: hist_counts.map((_, i) => totalOf(all.map((one) => one.hist_counts[i] ?? 0))),
  };
}

/**
 * The times at which the drift-time box rises and falls through half of its height.
 * @param underflow entries below the axis: upper limit of a bin before the first, if the box starts at the axis
 */
export function boxEdges(
  edges: readonly number[],
  counts: readonly number[],
  underflow: number,
): [Measured, Measured] | null {
  if (totalOf(counts) < 4 * fewestEntries) return null;
  const filled = counts.filter((one) => one > 0).toSorted((a, b) => a - b);
  const height = filled[Math.floor(plateauQuantile * filled.length)] ?? 0;
  const half = height / 2;
  const first = counts.findIndex((count, i) => count >= half && (counts[i + 1] ?? 0) >= half);
  const last = counts.findLastIndex((count, i) => count >= half && (counts[i - 1] ?? 0) >= half);
  if (first < 0 || last <= first) return null;
  const crossing = (inside: number, outside: number): Measured => {
    const [high, low] = [counts[inside] ?? 0, outside < 0 ? underflow : (counts[outside] ?? 0)];
    if (outside >= counts.length || low >= half) return null;
    const width = (outside - inside) * ((edges[1] ?? 0) - (edges[0] ?? 0));
    const x = ((edges[inside] ?? 0) + (edges[inside + 1] ?? 0)) / 2 + (width * (high - half)) / (high - low);
    return [x, Math.abs((width * Math.sqrt(half + 1)) / (high - low))];
  };
  return [crossing(first, first - 1), crossing(last, last + 1)];
}

function totalOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
