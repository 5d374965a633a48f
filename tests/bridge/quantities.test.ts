/** Derived quantities, checked against formulas and independently computed sums. */
import { describe, expect, it, onTestFinished } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { boxEdges, measure } from "../../dashboard/bridge/monitor/measure.js";
import { QuantityTrend } from "../../dashboard/bridge/monitor/quantity-trend.js";
import { sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import {
  maxReportMs,
  quantityBinMs,
  type Measured,
  type QuantityPoint,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { SimulatedStream } from "./quality/simulated-stream.js";

describe("the edges of the drift-time box", () => {
  const edges = Array.from({ length: 101 }, (_, i) => 10 * i);

  /** A box smeared by a Gaussian: it has half its height at its edges, for any width of the Gaussian. */
  function smeared(from: number, to: number, sigma: number, height: number): number[] {
    const phi = (x: number): number => 1 / (1 + Math.exp(-1.702 * x));
    return edges.slice(0, -1).map((edge) => {
      const x = edge + 5;
      return Math.round(height * (phi((x - from) / sigma) - phi((x - to) / sigma)));
    });
  }

  it.each([
    [12, 398, 8],
    [103, 489, 15],
    [57, 420, 4],
  ])("are found for a box from %i to %i ns smeared by %i ns", (from, to, sigma) => {
    const [start, end] = boxEdges(edges, smeared(from, to, sigma, 400), 0)!;
    expect(start![0]).toBeGreaterThan(from - 2);
    expect(start![0]).toBeLessThan(from + 2);
    expect(end![0]).toBeGreaterThan(to - 2);
    expect(end![0]).toBeLessThan(to + 2);
    expect(start![1]).toBeGreaterThan(0);
  });

  it("are unknown for few or no entries", () => {
    expect(boxEdges(edges, smeared(12, 398, 8, 2), 0)).toBeNull();
    expect(
      boxEdges(
        edges,
        edges.slice(1).map(() => 0),
        0,
      ),
    ).toBeNull();
  });
});

const simulated = (windows: number): WindowMessage[] => {
  const stream = new SimulatedStream({ firstId: 12_000 });
  return Array.from({ length: windows }, () => stream.next()).flat();
};

describe("quantities of simulated windows", () => {
  const messages = simulated(24);
  const [chamber] = measure(sumWindows(messages)!);

  it("have t0 from 20 entries on, with its error: a minute with much noise has no more", () => {
    const sum = sumWindows(messages.slice(0, 1))!;
    const { t0_scint: t0 } = sum.segment_chamber!["0"]!;
    const bins = t0.hist_counts.length;
    t0.hist_counts = t0.hist_counts.map((_, i) => (i === bins / 2 ? 10 : i === bins / 2 + 1 ? 9 : 0));
    expect(measure(sum)[0]!.t0_ns).toBeNull();
    t0.hist_counts[bins / 2 + 1] = 10;
    const width = (t0.upper - t0.lower) / bins;
    const [mean, error] = measure(sum)[0]!.t0_ns!;
    expect(mean).toBeCloseTo(t0.lower + width * (bins / 2 + 1), 6);
    expect(error).toBeCloseTo(width / 2 / Math.sqrt(20), 6);
  });

  it("have the efficiency and noise computed from the counts", () => {
    const of = messages.map((message) => message.segment_chamber!["0"]!);
    const count = (key: "layer_found" | "layer_missed"): number =>
      of.flatMap((one) => one[key]).reduce((a, b) => a + b, 0);
    const [found, missed] = [count("layer_found"), count("layer_missed")];
    expect(chamber!.efficiency![0]).toBeCloseTo(found / (found + missed), 10);
    const noise = messages.reduce((sum, message) => sum + message.noise_chamber!["0"]!.hits, 0);
    const seconds = messages.reduce((sum, { window }) => sum + (window.end_ms - window.start_ms) / 1000, 0);
    expect(chamber!.noise_hz![0]).toBeCloseTo(noise / seconds / 64, 10);
  });

  it("have residuals around 0 and a box as long as the maximum drift time", () => {
    expect(Math.abs(chamber!.residual_mm![0])).toBeLessThan(0.1);
    const length = chamber!.drift_end_ns![0] - chamber!.drift_start_ns![0];
    expect(Math.abs(chamber!.drift_start_ns![0])).toBeLessThan(10);
    expect(length).toBeGreaterThan(350);
    expect(length).toBeLessThan(420);
  });
});

describe("the trend of quantities", () => {
  function open(): { store: Store; trend: QuantityTrend } {
    const store = new Store({ file: null });
    onTestFinished(() => store.close());
    return { store, trend: new QuantityTrend(store) };
  }
  const give = (
    { store, trend }: ReturnType<typeof open>,
    message: WindowMessage,
    before?: WindowMessage,
  ): void => {
    store.putWindow(message);
    trend.take(message, before ?? null);
  };
  const perBin = quantityBinMs / 5000;
  const span = { from_ms: 0, to_ms: 1e9 };

  it("counts each window once, corrected windows in their last revision", () => {
    const book = open();
    const old = makeMessage({ id: 3, orbits: 400 });
    const corrected = makeMessage({ id: 3, orbits: 900, revision: 1 });
    for (let id = 0; id < perBin; id += 1) give(book, id === 3 ? old : makeMessage({ id, orbits: 80 }));
    give(book, corrected, old);
    const all = Array.from({ length: perBin }, (_, id) =>
      id === 3 ? corrected : makeMessage({ id, orbits: 80 }),
    );
    const [point] = book.trend.read(span, []);
    expect(point).toMatchObject({ from_ms: 0, to_ms: quantityBinMs, seconds: 300 });
    expect(point!.chambers).toEqual(measure(sumWindows(all)!));
  });

  it("leaves partial windows out, until they are complete", () => {
    const book = open();
    const partial = (id: number): WindowMessage => makeMessage({ id, orbits: 10, partial: true });
    give(book, partial(0));
    expect(book.trend.read(span, [])).toEqual([]);
    for (let id = 1; id < perBin; id += 1)
      give(book, id === 3 ? partial(3) : makeMessage({ id, orbits: 80 }));
    expect(book.trend.read(span, [])).toMatchObject([{ seconds: 290 }]);
    const complete = makeMessage({ id: 3, orbits: 80, revision: 1 });
    give(book, complete, partial(3));
    const all = Array.from({ length: perBin - 1 }, (_, i) =>
      i === 2 ? complete : makeMessage({ id: i + 1, orbits: 80 }),
    );
    const [point] = book.trend.read(span, []);
    expect(point!.seconds).toBe(295);
    expect(point!.chambers).toEqual(measure(sumWindows(all)!));
    // After a restart, too.
    const again = new QuantityTrend(book.store);
    again.take(makeMessage({ id: 1, orbits: 80 }), makeMessage({ id: 1, orbits: 80 }));
    expect(again.read(span, [])).toMatchObject([{ seconds: 295 }]);
  });

  it("resumes from the store after a restart", () => {
    const book = open();
    for (let id = 0; id < 30; id += 1) give(book, makeMessage({ id, orbits: 80 }));
    const again = { ...book, trend: new QuantityTrend(book.store) };
    for (let id = 30; id < perBin; id += 1) give(again, makeMessage({ id, orbits: 80 }));
    expect(again.trend.read(span, [])).toMatchObject([{ seconds: 300 }]);
  });

  const none = { residual_mm: null, t0_ns: null, drift_start_ns: null, drift_end_ns: null, noise_hz: null };
  /** A point of one chamber with an efficiency. */
  const point = (from_ms: number, length: number, efficiency: Measured): QuantityPoint => ({
    ...{ from_ms, to_ms: from_ms + length, seconds: length / 1000 },
    chambers: [{ efficiency, ...none }],
  });

  /** Stores a bin and its minutes. */
  function putBin(store: Store, i: number, measured: Measured, minutes?: readonly Measured[]): void {
    const from_ms = i * quantityBinMs;
    const fine = minutes?.map((one, minute) => point(from_ms + minute * 60_000, 60_000, one));
    store.shift.putQuantities({
      ...point(from_ms, quantityBinMs, measured),
      ...(fine === undefined ? {} : { minutes: fine }),
    });
  }

  it("averages neighbouring bins with weights from their time, and averages a run over its bins", () => {
    const { store, trend } = open();
    putBin(store, 0, [0.9, 0.01]);
    putBin(store, 1, [0.8, 0.02]);
    putBin(store, 2, [0.5, 0.01]);
    const [both] = trend.read({ from_ms: 0, to_ms: 2 * quantityBinMs, points: 1 }, []);
    expect(both!.chambers[0]!.efficiency![0]).toBeCloseTo(0.85, 10);
    expect(both!.chambers[0]!.efficiency![1]).toBeCloseTo(Math.hypot(0.01, 0.02) / 2, 10);
    expect(both!.chambers[0]!.residual_mm).toBeNull();
    const run = { number: 7, started_ms: 2 * quantityBinMs - 1000, stopped_ms: 3 * quantityBinMs };
    const of = trend.read({ ...span, by: "run" }, [
      { ...run, comment: "", windows: 0, rows: 0, hit_count: 0, demo: false },
    ]);
    expect(of).toMatchObject([{ run: 7, from_ms: 2 * quantityBinMs }]);
    expect(of[0]!.chambers[0]!.efficiency![0]).toBeCloseTo(0.5, 10);
  });

  it("shows a fault of three minutes in a bin, of which the longer part is good", () => {
    const book = open();
    const isFault = (id: number): boolean => id >= 12 && id < 48;
    const all = simulated(perBin).map((message, i): WindowMessage => {
      const copy = structuredClone(message);
      const length = message.window.end_ms - message.window.start_ms;
      copy.msg_ID = i;
      copy.window = { ...message.window, start_ms: i * length, end_ms: (i + 1) * length };
      // A chamber that is noisy for three of five minutes.
      if (isFault(i)) copy.noise_chamber!["2"]!.hits *= 10;
      return copy;
    });
    for (const message of all) give(book, message);
    const points = book.trend.read({ from_ms: 0, to_ms: quantityBinMs }, []);
    expect(points.map(({ from_ms, to_ms }) => [from_ms, to_ms])).toEqual(
      [0, 1, 2, 3, 4].map((minute) => [minute * 60_000, (minute + 1) * 60_000]),
    );
    points.forEach(({ seconds, chambers }, minute) => {
      const [value] = measure(sumWindows(all.slice(12 * minute, 12 * (minute + 1)))!)[2]!.noise_hz!;
      expect(seconds).toBe(60);
      expect(chambers[2]!.noise_hz![0] / value).toBeCloseTo(1, 3);
    });
    const [range] = book.trend
      .extremes({ from_ms: 0, to_ms: quantityBinMs }, points)
      .filter(({ quantity, chamber }) => quantity === "noise_hz" && chamber === 2);
    expect([0, 240_000]).toContain(range!.lowest.from_ms);
    expect(range!.highest.from_ms).toBeGreaterThanOrEqual(60_000);
    expect(range!.highest.to_ms).toBeLessThanOrEqual(240_000);
    expect(range!.highest.value).toBeGreaterThan(5 * range!.lowest.value);
    // Joined minutes keep their part of the time.
    const [joined] = book.trend.read({ from_ms: 0, to_ms: quantityBinMs, points: 1 }, []);
    const mean = points.reduce((sum, { chambers }) => sum + chambers[2]!.noise_hz![0], 0) / 5;
    expect(joined!.chambers[2]!.noise_hz![0]).toBeCloseTo(mean, 6);
  });

  it("has points of five minutes where minutes have too few counts", () => {
    const { store, trend } = open();
    putBin(store, 0, [0.9, 0.01], [null, null, null, null, null]);
    putBin(store, 1, [0.8, 0.01], [[0.9, 0.02], null, [0.6, 0.02], [0.7, 0.02], null]);
    putBin(store, 2, [0.95, 0.01]);
    const both = { from_ms: 0, to_ms: 3 * quantityBinMs };
    const lengths = trend.read(both, []).map(({ from_ms, to_ms }) => (to_ms - from_ms) / 60_000);
    expect(lengths).toEqual([5, 1, 1, 1, 1, 1, 5]);
    expect(trend.extremes(both, [])).toEqual([
      {
        ...{ quantity: "efficiency", chamber: 0 },
        lowest: { from_ms: 420_000, to_ms: 480_000, value: 0.6, sigma: 0.02 },
        highest: { from_ms: 600_000, to_ms: 900_000, value: 0.95, sigma: 0.01 },
      },
    ]);
    // The lowest value is never above one of the points.
    expect(trend.extremes(both, [point(0, 1, [0.5, 0.1])])).toMatchObject([
      { lowest: { to_ms: 1, value: 0.5, sigma: 0.1 }, highest: { value: 0.95 } },
    ]);
    // Trends of days consist of bins, and have a bounded number of points.
    const long = trend.read({ from_ms: 0, to_ms: 86_400_000, points: 200 }, []);
    expect(long).toMatchObject([
      { from_ms: 0, to_ms: 2 * quantityBinMs },
      { from_ms: 2 * quantityBinMs, to_ms: 3 * quantityBinMs },
    ]);
    expect(long[0]!.chambers[0]!.efficiency![0]).toBeCloseTo(0.85, 10);
  });

  it("keeps minutes for the longest report only", () => {
    const { store, trend } = open();
    const minutes = [[0.9, 0.02]] as const satisfies Measured[];
    const newest = Math.ceil(maxReportMs / quantityBinMs) + 2;
    putBin(store, 0, [0.8, 0.01], minutes);
    putBin(store, newest, [0.8, 0.01], minutes);
    // The first window that is written deletes old data.
    store.putWindow(makeMessage({ id: newest * perBin, orbits: 80 }));
    store.flush();
    const stored = store.shift.quantities(0, Number.MAX_SAFE_INTEGER);
    expect(stored.map((bin) => bin.minutes?.length)).toEqual([undefined, 1]);
    expect(trend.read({ from_ms: 0, to_ms: quantityBinMs }, [])).toMatchObject([{ to_ms: quantityBinMs }]);
  });
});
