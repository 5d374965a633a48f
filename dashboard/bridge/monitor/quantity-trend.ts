/**
 * Derived quantities in bins of five minutes: adds up counts per window, and computes quantities once per minute.
 * Partial windows do not count: they lack rows for a part of their time, which lowers the noise.
 */
import {
  quantityBinMs,
  quantityNames,
  type ChamberQuantities,
  type Measured,
  type QuantityName,
  type QuantityPoint,
  type Run,
  type WindowMessage,
  type WindowSum,
} from "../../../pipeline/model/index.js";
import type { QuantitiesRequest } from "../../../pipeline/model/schema/requests.js";
import type { Store } from "../store/index.js";
import { measure } from "./measure.js";
import { addWindow, emptySum, fits } from "./sums.js";

/** Number of bins kept for late corrections; older bins are summed again from the store. */
const heldBins = 2;
const measuredEveryMs = 60_000;
/** Upper limit of the number of windows in a bin. */
const mostWindows = 10_000;
const defaultPoints = 200;

interface Bin {
  sum: WindowSum;
  /** End of the newest window at the last measurement. */
  measuredMs: number;
}

export class QuantityTrend {
  private readonly bins = new Map<number, Bin>();

  constructor(private readonly store: Store) {}

  /** @param before the version that this window replaces; null for a new one */
  take(message: WindowMessage, before: WindowMessage | null): void {
    const startMs = binOf(message.window.start_ms);
    const held = this.bins.get(startMs);
    const bin = held ?? this.open(startMs, message);
    if (held !== undefined) {
      if (!fits(held.sum, message)) return;
      if (before !== null && !before.partial) addWindow(held.sum, before, -1);
      if (!message.partial) addWindow(held.sum, message);
    }
    const endMs = bin.sum.end_ms ?? 0;
    const isDue = before !== null || endMs - bin.measuredMs >= measuredEveryMs;
    if (isDue || endMs >= startMs + quantityBinMs) this.write(startMs, bin);
  }

  /** Opens a bin with this window and the bin's other windows from the store. */
  private open(startMs: number, message: WindowMessage): Bin {
    const kept = this.store.windowsBetween(startMs, startMs + quantityBinMs, mostWindows);
    const sum = emptySum(message);
    const others = kept.filter(({ window }) => window.start_ms !== message.window.start_ms);
    for (const one of [...others, message]) if (!one.partial && fits(sum, one)) addWindow(sum, one);
    const bin = { sum, measuredMs: sum.start_ms ?? 0 };
    this.bins.set(startMs, bin);
    const [oldest] = [...this.bins.keys()].sort((a, b) => a - b);
    if (this.bins.size > heldBins) this.close(oldest as number);
    return bin;
  }

  private close(startMs: number): void {
    this.write(startMs, this.bins.get(startMs) as Bin);
    this.bins.delete(startMs);
  }

  private write(startMs: number, bin: Bin): void {
    if (bin.sum.windows === 0) return;
    bin.measuredMs = bin.sum.end_ms ?? 0;
    const { seconds } = bin.sum;
    const point = { from_ms: startMs, to_ms: startMs + quantityBinMs, seconds, chambers: measure(bin.sum) };
    this.store.shift.putQuantities(point);
  }

  /** @param runs runs that overlap the requested time, for points by run */
  read(
    { from_ms, to_ms, points = defaultPoints, by = "time" }: QuantitiesRequest,
    runs: readonly Run[],
  ): QuantityPoint[] {
    if (by === "run") return runs.flatMap((run) => this.ofRun(run, to_ms) ?? []);
    const bucketMs = Math.max(1, Math.ceil((to_ms - from_ms) / points / quantityBinMs)) * quantityBinMs;
    const buckets = new Map<number, QuantityPoint[]>();
    for (const point of this.store.shift.quantities(binOf(from_ms), to_ms)) {
      const bucket = Math.floor(point.from_ms / bucketMs);
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), point]);
    }
    return [...buckets.values()].map(joined);
  }

  /** A bin belongs to a run if more than half of it lies in the run. */
  private ofRun({ number, started_ms, stopped_ms }: Run, nowMs: number): QuantityPoint | null {
    const half = quantityBinMs / 2;
    const bins = this.store.shift.quantities(started_ms - half, (stopped_ms ?? nowMs) - half);
    return bins.length === 0 ? null : { ...joined(bins), run: number };
  }
}

function binOf(ms: number): number {
  return Math.floor(ms / quantityBinMs) * quantityBinMs;
}

/** Joins neighbouring points into one. */
function joined(points: readonly QuantityPoint[]): QuantityPoint {
  const [first, last] = [points[0] as QuantityPoint, points.at(-1) as QuantityPoint];
  if (first === last) return first;
  const chambers = first.chambers.map((_, i) => meanOf(points.flatMap((point) => point.chambers[i] ?? [])));
  const seconds = points.reduce((sum, point) => sum + point.seconds, 0);
  return { from_ms: first.from_ms, to_ms: last.to_ms, seconds, chambers };
}

function meanOf(all: readonly ChamberQuantities[]): ChamberQuantities {
  const mean = (name: QuantityName): Measured =>
    weighted(all.flatMap((one) => (one[name] === null ? [] : [one[name]])));
  return Object.fromEntries(quantityNames.map((name) => [name, mean(name)])) as ChamberQuantities;
}

/** Mean weighted by the inverse squares of the errors. */
function weighted(values: readonly [value: number, sigma: number][]): Measured {
  const weights = values.map(([, sigma]) => 1 / Math.max(1e-12, sigma * sigma));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return null;
  const value = values.reduce((sum, [one], i) => sum + one * (weights[i] as number), 0) / total;
  return [value, 1 / Math.sqrt(total)];
}
