/**
 * Derived quantities in bins of five minutes, and in the minutes of each bin, where a short fault is not hidden by the
 * data around it. Adds up counts per window, and computes quantities once per minute. Partial windows do not count:
 * they lack rows for a part of their time, which lowers the noise.
 */
import {
  quantityBinMs,
  quantityNames,
  type ChamberQuantities,
  type Measured,
  type QuantityExtremes,
  type QuantityName,
  type QuantityPoint,
  type Run,
  type TimeSpan,
  type WindowMessage,
  type WindowSum,
} from "../../../pipeline/model/index.js";
import type { QuantitiesRequest } from "../../../pipeline/model/schema/requests.js";
import type { Store, StoredQuantities } from "../store/index.js";
import { minuteMs } from "../store/trends.js";
import { measure } from "./measure.js";
import { addWindow, emptySum, fits } from "./sums.js";

/** Number of bins kept for late corrections; older bins are summed again from the store. */
const heldBins = 2;
/** Upper limit of the number of windows in a bin. */
const mostWindows = 10_000;
const defaultPoints = 200;

/** Upper limit of the error of a lowest or highest value, in usual errors. */
const mostErrors = 2.5;

/** Significant digits of stored minutes, which would otherwise fill most of the store of quantities. */
const minuteDigits = 5;

interface Minute {
  sum: WindowSum;
  /** Null after a change. */
  measured: ChamberQuantities[] | null;
}

interface Bin {
  sum: WindowSum;
  /** By start time; empty if windows are longer than a minute. */
  minutes: Map<number, Minute>;
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
      if (before !== null && !before.partial) addToBin(held, before, -1);
      if (!message.partial) addToBin(held, message);
    }
    const endMs = bin.sum.end_ms ?? 0;
    const isDue = before !== null || endMs - bin.measuredMs >= minuteMs;
    if (isDue || endMs >= startMs + quantityBinMs) this.write(startMs, bin);
  }

  /** Opens a bin with this window and the bin's other windows from the store. */
  private open(startMs: number, message: WindowMessage): Bin {
    const kept = this.store.windowsBetween(startMs, startMs + quantityBinMs, mostWindows);
    const bin: Bin = { sum: emptySum(message), minutes: new Map(), measuredMs: 0 };
    const others = kept.filter(({ window }) => window.start_ms !== message.window.start_ms);
    for (const one of [...others, message]) if (!one.partial && fits(bin.sum, one)) addToBin(bin, one);
    bin.measuredMs = bin.sum.start_ms ?? 0;
    this.bins.set(startMs, bin);
    const [oldest] = [...this.bins.keys()].sort((a, b) => a - b);
    if (this.bins.size > heldBins) this.close(oldest as number);
    return bin;
  }

  /** Measures the newest windows, too, which otherwise wait for the end of their minute. */
  measureNow(): void {
    for (const [startMs, bin] of this.bins) this.write(startMs, bin);
  }

  private close(startMs: number): void {
    this.write(startMs, this.bins.get(startMs) as Bin);
    this.bins.delete(startMs);
  }

  private write(startMs: number, bin: Bin): void {
    if (bin.sum.windows === 0) return;
    bin.measuredMs = bin.sum.end_ms ?? 0;
    const { seconds } = bin.sum;
    const minutes = [...bin.minutes]
      .filter(([, { sum }]) => sum.windows > 0)
      .sort(([a], [b]) => a - b)
      .map(([from_ms, minute]): QuantityPoint => {
        minute.measured ??= measure(minute.sum).map(shortened);
        const { measured: chambers, sum } = minute;
        return { from_ms, to_ms: from_ms + minuteMs, seconds: sum.seconds, chambers };
      });
    const point = { from_ms: startMs, to_ms: startMs + quantityBinMs, seconds, chambers: measure(bin.sum) };
    this.store.shift.putQuantities({ ...point, ...(minutes.length === 0 ? {} : { minutes }) });
  }

  /** @param runs runs that overlap the requested time, for points by run */
  read(
    { from_ms, to_ms, points = defaultPoints, by = "time" }: QuantitiesRequest,
    runs: readonly Run[],
  ): QuantityPoint[] {
    if (by === "run") return runs.flatMap((run) => this.ofRun(run, to_ms) ?? []);
    const bucketMs = bucketOf((to_ms - from_ms) / points);
    const buckets = new Map<number, QuantityPoint[]>();
    // Minutes are not kept for ever; a trend of days must not change where they end.
    const pointsOf = bucketMs > quantityBinMs ? (bin: StoredQuantities) => [wholeOf(bin)] : finestOf;
    for (const point of this.stored({ from_ms, to_ms }).flatMap(pointsOf)) {
      if (point.to_ms <= from_ms || point.from_ms >= to_ms) continue;
      const bucket = Math.floor(point.from_ms / bucketMs);
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), point]);
    }
    return [...buckets.values()].map(joined);
  }

  /**
   * The lowest and highest value of each quantity, of single minutes where they were measured, and of these points, which
   * may be of other times.
   */
  extremes(span: TimeSpan, points: readonly QuantityPoint[]): QuantityExtremes[] {
    const bins = this.stored(span);
    const chambers = Math.max(0, ...bins.map((bin) => bin.chambers.length));
    return quantityNames.flatMap((quantity) =>
      Array.from({ length: chambers }, (_, chamber) => chamber).flatMap((chamber): QuantityExtremes[] => {
        const values = bins
          .flatMap((bin) => valuesOf(bin, chamber, quantity))
          .filter(({ from_ms, to_ms }) => to_ms > span.from_ms && from_ms < span.to_ms);
        const known = [
          ...certain(values),
          ...points.flatMap((point) => valueIn(point, chamber, quantity)),
        ].sort((a, b) => a.value - b.value);
        const [lowest, highest] = [known[0], known.at(-1)];
        return lowest === undefined || highest === undefined ? [] : [{ quantity, chamber, lowest, highest }];
      }),
    );
  }

  private stored({ from_ms, to_ms }: TimeSpan): StoredQuantities[] {
    return this.store.shift.quantities(binOf(from_ms), to_ms);
  }

  /** A bin belongs to a run if more than half of it lies in the run. */
  private ofRun({ number, started_ms, stopped_ms }: Run, nowMs: number): QuantityPoint | null {
    const half = quantityBinMs / 2;
    const bins = this.store.shift.quantities(started_ms - half, (stopped_ms ?? nowMs) - half);
    return bins.length === 0 ? null : { ...joined(bins.map(wholeOf)), run: number };
  }
}

function binOf(ms: number): number {
  return Math.floor(ms / quantityBinMs) * quantityBinMs;
}

/** The length of a bucket of at least this length: whole minutes, from five minutes on multiples of them. */
function bucketOf(leastMs: number): number {
  const unitMs = leastMs < quantityBinMs ? minuteMs : quantityBinMs;
  return Math.max(1, Math.ceil(leastMs / unitMs)) * unitMs;
}

function addToBin(bin: Bin, message: WindowMessage, sign: 1 | -1 = 1): void {
  addWindow(bin.sum, message, sign);
  const { start_ms, end_ms } = message.window;
  if (end_ms - start_ms > minuteMs) return;
  const startMs = Math.floor(start_ms / minuteMs) * minuteMs;
  const minute = bin.minutes.get(startMs) ?? { sum: emptySum(message), measured: null };
  addWindow(minute.sum, message, sign);
  minute.measured = null;
  bin.minutes.set(startMs, minute);
}

function shortened(all: ChamberQuantities): ChamberQuantities {
  const short = (value: number): number => Number(value.toPrecision(minuteDigits));
  return byQuantity((name) => (all[name] === null ? null : [short(all[name][0]), short(all[name][1])]));
}

/** The minutes of a bin, or the bin itself if only five minutes have enough counts for all of its quantities. */
function finestOf(bin: StoredQuantities): QuantityPoint[] {
  const { minutes = [], chambers } = bin;
  const isFine = chambers.every((one, chamber) =>
    quantityNames.every(
      (name) =>
        one[name] === null || minutes.some((minute) => (minute.chambers[chamber]?.[name] ?? null) !== null),
    ),
  );
  return isFine && minutes.length > 0 ? minutes : [wholeOf(bin)];
}

function wholeOf({ from_ms, to_ms, seconds, chambers }: StoredQuantities): QuantityPoint {
  return { from_ms, to_ms, seconds, chambers };
}

/** The values of a quantity in the minutes of a bin; in the bin itself if no minute has enough counts. */
function valuesOf(bin: StoredQuantities, chamber: number, name: QuantityName): QuantityExtremes["lowest"][] {
  const fine = (bin.minutes ?? []).flatMap((minute) => valueIn(minute, chamber, name));
  return fine.length > 0 ? fine : valueIn(bin, chamber, name);
}

/** Leaves out values with exceptionally few counts, which would be the lowest and highest by chance. */
function certain(values: readonly QuantityExtremes["lowest"][]): QuantityExtremes["lowest"][] {
  const errors = values.map(({ sigma }) => sigma).sort((a, b) => a - b);
  const usual = errors[errors.length >> 1] ?? 0;
  return values.filter(({ sigma }) => sigma <= mostErrors * usual);
}

/** The value of a quantity in a point; none if it was not measured. */
function valueIn(
  { from_ms, to_ms, chambers }: QuantityPoint,
  chamber: number,
  name: QuantityName,
): QuantityExtremes["lowest"][] {
  const measured = chambers[chamber]?.[name] ?? null;
  return measured === null ? [] : [{ from_ms, to_ms, value: measured[0], sigma: measured[1] }];
}

/** Joins neighbouring points into one. */
function joined(points: readonly QuantityPoint[]): QuantityPoint {
  const [first] = points as [QuantityPoint];
  if (points.length === 1) return first;
  const chambers = first.chambers.map((_, chamber) => byQuantity((name) => meanOf(points, chamber, name)));
  const seconds = points.reduce((sum, point) => sum + point.seconds, 0);
  return { from_ms: first.from_ms, to_ms: Math.max(...points.map(({ to_ms }) => to_ms)), seconds, chambers };
}

function byQuantity(value: (name: QuantityName) => Measured): ChamberQuantities {
  return Object.fromEntries(quantityNames.map((name) => [name, value(name)])) as ChamberQuantities;
}

/**
 * Mean weighted by time: with weights from the errors, a short burst of noise, whose error is large, would hardly
 * count.
 */
function meanOf(points: readonly QuantityPoint[], chamber: number, name: QuantityName): Measured {
  const known = points.flatMap(({ seconds, chambers }) => {
    const measured = chambers[chamber]?.[name] ?? null;
    return measured === null ? [] : [{ seconds, measured }];
  });
  const total = known.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total === 0) return null;
  const value = known.reduce((sum, { seconds, measured }) => sum + seconds * measured[0], 0) / total;
  return [value, Math.hypot(...known.map(({ seconds, measured }) => seconds * measured[1])) / total];
}
