import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activeChannelsChart, multiplicityChart } from "../../dashboard/src/charts/active-channels.js";
import { driftTimeChart, driftTimeOverviewChart } from "../../dashboard/src/charts/drift-time.js";
import { hitsOverTimeChart } from "../../dashboard/src/charts/hits-over-time.js";
import { occupancyChart, occupancyOverviewChart } from "../../dashboard/src/charts/occupancy.js";
import type { ChartDataset, ChartSpec, Point } from "../../dashboard/src/charts/spec.js";
import { chartCsv, chartTable, type PlotOrigin } from "../../dashboard/src/components/chart-export.js";
import { pictureOf } from "../../dashboard/src/live/picture.js";
import { trendPointOf, type TrendPoint } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";

const look = { dark: true, log: false };
const message = makeMessage({ id: 1000, orbits: 100 });
const picture = pictureOf(message);

const origin: PlotOrigin = {
  plot: "occupancy",
  stream: "legnaro",
  set_up: "0123456789abcdef",
  demo: true,
  windows: 2,
  start_ms: 30_000,
  end_ms: 40_000,
  window_id: 7,
  reference: null,
  run: 12,
  link: "http://localhost/",
};

function points(spec: ChartSpec, dataset = 0): Point[] {
  return spec.data.datasets[dataset]?.data ?? [];
}

function ys(spec: ChartSpec, dataset = 0): (number | null)[] {
  return points(spec, dataset).map(({ y }) => y);
}

describe("hit rate vs time", () => {
  const trend = [1, 2, 5, 6].map((id) =>
    trendPointOf(makeMessage({ id, orbits: 20, revision: id === 6 ? 1 : 0 })),
  );
  const options = { unit: "count", fromMs: 0, toMs: 40_000 } as const;
  const spec = hitsOverTimeChart(trend, options, look);

  it("has points of the total and every chamber at the centre of each window", () => {
    expect(spec.data.datasets.slice(0, 5).map(({ label }) => label)).toEqual([
      "total",
      ...[0, 1, 2, 3].map((key) => `chamber ${key}`),
    ]);
    expect(points(spec)[0]).toEqual({ x: 7_500, y: trend[0]?.hit_count });
    expect(points(spec, 3)[0]?.y).toBe(trend[0]?.hit_count_chamber[2]);
  });

  it("has a gap where windows are missing", () => {
    expect(ys(spec).map((y) => y === null)).toEqual([false, false, true, false, false]);
    const lines = spec.data.datasets.filter(({ label }) => label !== undefined);
    expect(lines.every((dataset) => "spanGaps" in dataset && dataset.spanGaps === false)).toBe(true);
  });

  it("marks corrected and partial windows", () => {
    const partial: TrendPoint[] = trend.map((point, i) => ({ ...point, partial: i === 0 }));
    const spec = hitsOverTimeChart(partial, options, look);
    const marks = spec.data.datasets.at(-1) as unknown as Record<string, unknown[]> & { data: Point[] };
    expect(marks["label"]).toBeUndefined();
    expect(marks.data).toEqual([points(spec)[0], points(spec).at(-1)]);
    expect(marks["pointStyle"]).toEqual(["circle", "rectRot"]);
    expect(marks["pointBorderWidth"]).toEqual([1.6, 0]);
    expect(chartTable(spec).columns).toEqual(["x", "total", ...[0, 1, 2, 3].map((key) => `chamber ${key}`)]);
  });

  it("uses the length of each window for its rate", () => {
    const rates = hitsOverTimeChart(trend, { ...options, unit: "rate" }, look);
    expect(ys(rates)[0]).toBe((trend[0]?.hit_count ?? 0) / 5);
  });

  it("has no points at zero on a logarithmic axis", () => {
    const silent = [trendPointOf(makeMessage({ id: 1, orbits: 0 }))];
    expect(ys(hitsOverTimeChart(silent, options, { dark: false, log: true }))).toEqual([null]);
  });
});

describe("hit rate over a long time", () => {
  const windowMs = 5_000;
  /** Windows, some of them missing, silent or marked. */
  const trends = fc
    .array(fc.record({ hits: fc.nat(500), missing: fc.boolean(), marked: fc.nat(40) }), {
      minLength: 1100,
      maxLength: 1800,
    })
    .map((windows) =>
      windows.flatMap(({ hits, missing, marked }, id) =>
        missing && hits < 20 ? [] : [trendOf(id, hits, marked === 0)],
      ),
    );

  function trendOf(id: number, hits: number, partial: boolean): TrendPoint {
    const { ledger } = trendPointOf(message);
    const hit_count_chamber = [hits, 500 - hits, hits % 7, 1];
    const times = { start_ms: id * windowMs, end_ms: (id + 1) * windowMs };
    return {
      msg_ID: id,
      ...times,
      hit_count: 501 + (hits % 7),
      hit_count_chamber,
      ledger,
      partial,
      revision: 0,
    };
  }
  function draw(trend: TrendPoint[]): ChartSpec {
    const [fromMs, toMs] = [0, 1800 * windowMs];
    return hitsOverTimeChart(trend, { unit: "count", fromMs, toMs }, look);
  }
  const runMs = 8 * windowMs;

  it("keeps every spike, dip, gap and marked window, with a bounded number of points", () => {
    fc.assert(
      fc.property(trends, (trend) => {
        const spec = draw(trend);
        spec.whole?.().forEach(({ data: all }, i) => {
          const drawn = points(spec, i);
          expect(extremesOf(drawn)).toEqual(extremesOf(all));
          const kept = new Set(drawn.map(({ x }) => x));
          expect(all.filter(({ x, y }) => y === null && !kept.has(x))).toEqual([]);
          const gaps = all.filter(({ y }) => y === null).length;
          const marked = i === 0 ? trend.filter(({ partial }) => partial).length : 0;
          expect(drawn.length).toBeLessThanOrEqual(2 * Math.ceil(1800 / 8) + gaps + marked + 2);
        });
      }),
      { numRuns: 20 },
    );
  });

  it("does not change the points of completed intervals", () => {
    fc.assert(
      fc.property(trends, (trend) => {
        const [before, after] = [draw(trend.slice(0, -1)), draw(trend)];
        const overMs = Math.floor((trend.at(-2)?.start_ms ?? 0) / runMs) * runMs;
        const over = (spec: ChartSpec, i: number): Point[] => points(spec, i).filter(({ x }) => x < overMs);
        for (const i of [0, 1, 2, 3, 4]) expect(over(after, i)).toEqual(over(before, i));
      }),
      { numRuns: 20 },
    );
  });

  it("has all windows in its table and all curves in its tooltip", () => {
    const trend = Array.from({ length: 1500 }, (_, id) => trendOf(id, id % 450, false));
    const spec = draw(trend);
    expect(points(spec).length).toBeLessThan(1000);
    expect(chartTable(spec).rows).toHaveLength(1500);
    const at = 7.5 * windowMs;
    const words = spec.options?.plugins?.tooltip?.callbacks?.label as unknown as (item: unknown) => string;
    const chart = { tooltip: { dataPoints: [{ parsed: { x: at } }] } };
    expect(words({ chart, dataset: { label: "chamber 1" }, parsed: { x: 0, y: 0 } })).toBe("chamber 1: 493");
  });

  /** Minimum and maximum of every interval. */
  function extremesOf(data: readonly Point[]): Record<number, [number, number]> {
    const runs: Record<number, [number, number]> = {};
    for (const { x, y } of data) {
      const [low, high] = runs[Math.floor(x / runMs)] ?? [Infinity, -Infinity];
      if (y !== null) runs[Math.floor(x / runMs)] = [Math.min(low, y), Math.max(high, y)];
    }
    return runs;
  }
});

describe("channel occupancy", () => {
  it("has a bar for each channel of the chamber, labelled by TDC_CHANNEL", () => {
    const spec = occupancyChart(picture, 1, "all", look);
    expect(points(spec).map(({ x }) => x)).toEqual(message.tdc_counts_chamber[1].bin_edges);
    expect(ys(spec)).toEqual(message.tdc_counts_chamber[1].hist_counts);
  });

  it("can be limited to orbits with a scintillator signal", () => {
    const spec = occupancyChart(picture, 2, "scintillator", look);
    expect(ys(spec)).toEqual(message.scint_tdc_counts_chamber[2].hist_counts);
  });

  it("shows all chambers side by side in the overview", () => {
    const spec = occupancyOverviewChart(picture, look);
    expect(spec.data.datasets.flatMap(({ data }) => data.map(({ x }) => x))).toEqual(
      Array.from({ length: 256 }, (_, i) => i),
    );
  });
});

describe("drift time", () => {
  it("has an axis over the range of the data, and counts entries outside it", () => {
    const of = (drift: number[]): ChartSpec => {
      const one = { ...picture.chambers[0]!, drift, driftUnderflow: 2, driftOverflow: 3 };
      return driftTimeChart({ ...picture, chambers: [one] }, 0, look);
    };
    const box: number[] = Array.from({ length: 100 }, (_, bin) => (bin < 39 ? 100 : 0));
    const near = of(box.with(80, 5));
    expect(near.options?.scales?.["x"]?.max).toBe(500);
    expect((near.data.datasets[0] as ChartDataset).marks?.outside).toEqual({ under: 2, over: 8 });
    // Words above the plot, where no curve crosses them.
    const { above } = (near.data.datasets[0] as ChartDataset).marks ?? {};
    expect(above?.words).toBe(`0–${Math.round(above?.x ?? 0)} ns`);
    expect(near.facts).toEqual([expect.objectContaining({ entries: 3910, underflow: 2, overflow: 3 })]);
    expect(points(near)).toHaveLength(100);
    expect(of(box.with(80, 500)).options?.scales?.["x"]?.max).toBe(1000);
  });

  it("has a bar at the centre of every bin", () => {
    const spec = driftTimeChart(picture, 3, look);
    expect(
      points(spec)
        .slice(0, 2)
        .map(({ x }) => x),
    ).toEqual([5, 15]);
    expect(ys(spec)).toEqual(message.drift_time_chamber[3].hist_counts);
  });

  it("has one outline per chamber in the overview", () => {
    expect(driftTimeOverviewChart(picture, look).data.datasets).toHaveLength(4);
  });
});

describe("active channels", () => {
  it("are drawn vs the orbit relative to the first of the window", () => {
    const spec = activeChannelsChart(message, 0, look);
    const { bin_edges: orbits, hist_counts: active } = message.active_tdc_chamber[0];
    expect(points(spec)).toEqual(
      orbits.map((orbit, i) => ({ x: orbit - message.orbit_first!, y: active[i] })),
    );
  });

  it("have a multiplicity axis that starts at one", () => {
    const spec = multiplicityChart(picture, 0, look);
    expect(ys(spec)).toEqual(message.active_tdc_multiplicity_chamber[0].slice(1));
  });
});

describe("every chart", () => {
  const makers: Record<string, (log: boolean) => ChartSpec> = {
    hits: (log) => hitsOverTimeChart([], { unit: "rate", fromMs: 0, toMs: 1 }, { dark: false, log }),
    occupancy: (log) => occupancyChart(null, 0, "all", { dark: false, log }),
    overview: (log) => occupancyOverviewChart(null, { dark: false, log }),
    drift: (log) => driftTimeChart(null, 0, { dark: false, log }),
    active: (log) => activeChannelsChart(null, 0, { dark: false, log }),
    multiplicity: (log) => multiplicityChart(null, 0, { dark: false, log }),
  };

  it.each(Object.keys(makers))(
    "%s can be drawn without data, linear and logarithmic, and has no animation",
    (name) => {
      for (const log of [false, true]) {
        const spec = makers[name]!(log);
        expect(spec.options?.animation).toBe(false);
        expect(spec.options?.scales?.["y"]).toMatchObject({ type: log ? "logarithmic" : "linear" });
      }
    },
  );

  it("truncates its axis only if a hot cell would compress all others", () => {
    const cut = (cells: number[]): unknown => {
      const chambers = picture.chambers.with(1, { ...picture.chambers[1]!, channels: cells });
      return occupancyChart({ ...picture, chambers }, 1, "all", look).options?.scales?.["y"]?.max;
    };
    const even = Array.from({ length: 64 }, (_, cell) => 100 + (cell % 5));
    expect(cut(even)).toBeUndefined();
    expect(cut(even.with(17, 5000))).toBe(200);
    expect(cut(even.with(17, 5000).with(40, 900).with(41, 700))).toBe(200);
    expect(cut(even.map((hits, cell) => (cell < 32 ? 5000 : hits)))).toBeUndefined();
    expect(cut(even.map(() => 0))).toBeUndefined();
    const chambers = picture.chambers.with(1, { ...picture.chambers[1]!, channels: even.with(17, 5000) });
    const log = occupancyChart({ ...picture, chambers }, 1, "all", { ...look, log: true });
    expect(log.options?.scales?.["y"]?.max).toBeUndefined();
    expect((points(log)[17] ?? points(log)[0])?.y).toBe(5000);
  });

  it("can be exported as CSV", () => {
    const spec = occupancyOverviewChart(picture, look);
    const all = chartCsv(spec, origin).trimEnd().split("\n");
    const lines = all.filter((line) => !line.startsWith("#"));
    expect(lines[0]).toBe("x,chamber 0,chamber 1,chamber 2,chamber 3");
    expect(lines[1]).toBe(`0,${message.tdc_counts_chamber[0].hist_counts[0]},,,`);
    expect(lines).toHaveLength(257);
    expect(all.slice(0, 8)).toEqual([
      "# DEMO: simulated data",
      "# plot: occupancy",
      "# x: cells 0–63 of each chamber",
      "# y: hits",
      "# stream: legnaro",
      "# set-up: 0123456789abcdef",
      "# run: 12",
      "# windows: 2 up to 7, 1970-01-01T00:00:30.000Z to 1970-01-01T00:00:40.000Z",
    ]);
  });
});
