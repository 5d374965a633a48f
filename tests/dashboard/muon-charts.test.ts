/** The muon charts, checked against their window messages, for any chambers and FPGAs. */
import { describe, expect, it } from "vitest";
import { cellEfficiencyChart, cellNoiseChart } from "../../dashboard/src/charts/cell-values.js";
import { efficiencyShades, noiseShades, occupancyShades } from "../../dashboard/src/charts/cell-shades.js";
import {
  efficiencyChart,
  segmentChart,
  segmentPlots,
  type MuonLook,
} from "../../dashboard/src/charts/muons.js";
import { bxBitsChart, bxChart, tdcChart } from "../../dashboard/src/charts/read-out.js";
import type { ChartDataset, ChartSpec } from "../../dashboard/src/charts/spec.js";
import { wordChart } from "../../dashboard/src/charts/words.js";
import { binomialInterval, factsOf } from "../../dashboard/src/charts/statistics.js";
import {
  chartCsv,
  chartJson,
  chartTable,
  type PlotOrigin,
} from "../../dashboard/src/components/chart-export.js";
import { RunningSum } from "../../dashboard/src/live/muon-sums.js";
import { factWords } from "../../dashboard/src/words/facts.js";
import { addMuonCounts, cellOf, muonCountsOf, type MuonCounts } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";

const windows = new SimulatedWindows({ rateHz: 3000 }).take(5);
const parts = windows.map(muonCountsOf);
const [first] = parts as [MuonCounts];
const look: MuonLook = { dark: true, log: false, chamber: null, expected: [] };
const origin: PlotOrigin = {
  plot: "angle",
  stream: "legnaro",
  set_up: "default",
  demo: false,
  windows: 1,
  start_ms: 0,
  end_ms: 5000,
  window_id: 0,
  reference: null,
  run: null,
  link: "",
};

const labels = ({ data }: ChartSpec): unknown[] => data.datasets.map(({ label }) => label);
const ys = (dataset: ChartDataset | undefined): unknown[] => (dataset?.data ?? []).map(({ y }) => y);
const total = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0);

describe("sums of muon counts", () => {
  it("are the same when updated window by window as when computed at once, with added, removed and corrected windows", () => {
    const running = new RunningSum();
    for (const [from, to] of [
      [0, 3],
      [1, 4],
      [1, 5],
      [0, 5],
      [4, 5],
    ] as const) {
      const once = {};
      for (const part of parts.slice(from, to)) addMuonCounts(once, part);
      expect(running.of(parts.slice(from, to))).toEqual(once);
    }
    expect(running.of([])).toBeNull();
  });

  it("do not alter the counts of the windows, and omit an FPGA that is no longer present", () => {
    const before = structuredClone(parts);
    const running = new RunningSum();
    running.of(parts);
    expect(parts).toEqual(before);
    const silent = parts.map((part) => ({ ...part, read_out: { "5": part.read_out!["0"]! } }));
    running.of([...parts.slice(1), ...silent.slice(0, 1)]);
    const sum = running.of([...parts.slice(2), ...silent.slice(0, 1)]);
    expect(Object.keys(sum?.read_out ?? {})).toEqual(["0", "1", "5"]);
    expect(running.of(silent)?.read_out).not.toHaveProperty("0");
  });
});

describe("segments", () => {
  it("of one chamber are bars with errors, and show the statistics of the histogram", () => {
    const angle = first.segment_chamber!["2"]!.angle;
    const spec = segmentChart("angle", first, { ...look, chamber: 2 });
    expect(labels(spec)).toEqual(["segments"]);
    expect(ys(spec.data.datasets[0])).toEqual(angle.hist_counts);
    const marks = (spec.data.datasets[0] as ChartDataset).marks;
    expect(marks?.outside).toEqual({ under: angle.underflow, over: angle.overflow });
    const bin = angle.hist_counts.findIndex((n) => n > 3);
    const n = angle.hist_counts[bin]!;
    expect(marks?.errors?.[bin]).toEqual([n - Math.sqrt(n), n + Math.sqrt(n)]);
    expect(spec.facts?.[0]?.entries).toBe(total(angle.hist_counts) + angle.underflow + angle.overflow);
  });

  it("of all chambers are outlines, one per key of the message", () => {
    const chambers = { ...first.segment_chamber, "7": first.segment_chamber!["0"]! };
    const spec = segmentChart("position", { ...first, segment_chamber: chambers }, look);
    expect(labels(spec)).toEqual([0, 1, 2, 3, 7].map((one) => `chamber ${one}`));
  });

  it("show mean and RMS of their values", () => {
    const counts = { lower: 0, upper: 4, hist_counts: [1, 0, 2, 1], underflow: 2, overflow: 5 };
    const values = [0.5, 2.5, 2.5, 3.5];
    const mean = total(values) / 4;
    const rms = Math.sqrt(total(values.map((value) => (value - mean) ** 2)) / 4);
    const facts = factsOf("hits", counts);
    expect(facts).toEqual({
      label: "hits",
      entries: 11,
      mean,
      rms: expect.closeTo(rms, 12),
      underflow: 2,
      overflow: 5,
    });
    expect(factWords(facts, "mm").replaceAll("\u202F", " ")).toBe(
      "n 11 · mean 2.25 mm · RMS 1.09 mm · underflow 2 · overflow 5",
    );
    expect(factsOf("hits", { ...counts, hist_counts: [0, 0, 0, 0] })).toMatchObject({
      mean: null,
      rms: null,
    });
  });

  it("are compared with the reference: ratio with error bars of the data and an error band of the reference", () => {
    const expected = parts[1]!;
    const spec = segmentChart("angle", first, {
      ...look,
      chamber: 0,
      expected: [{ name: "good", counts: expected, scale: 2 }],
    });
    expect(labels(spec)).toEqual(["segments", "reference", "ratio"]);
    const [have, want] = [first, expected].map((one) => one.segment_chamber!["0"]!.angle.hist_counts) as [
      number[],
      number[],
    ];
    const bin = want.findIndex((n, i) => n > 2 && have[i]! > 2);
    const ratio = spec.data.datasets[2] as ChartDataset;
    expect(ys(spec.data.datasets[1])[bin]).toBe(2 * want[bin]!);
    expect(ys(ratio)[bin]).toBeCloseTo(have[bin]! / (2 * want[bin]!), 12);
    const [low, high] = ratio.marks!.errors![bin]!;
    expect((high - low) / 2).toBeCloseTo(Math.sqrt(have[bin]!) / (2 * want[bin]!), 12);
    expect(ratio.marks!.band![bin]).toBeCloseTo(1 / Math.sqrt(want[bin]!), 12);
  });

  it("are compared with three named references, each with a line, ratio, error band and column", () => {
    const names = ["monday", "run 12", "low HV"];
    const expected = names.map((name, i) => ({ name, counts: parts[1]!, scale: i + 1 }));
    const spec = segmentChart("angle", first, { ...look, chamber: 0, expected });
    expect(labels(spec)).toEqual([
      "segments",
      ...names.flatMap((name) => [`reference ${name}`, `ratio to ${name}`]),
    ]);
    const datasets: ChartDataset[] = spec.data.datasets;
    const ratios = datasets.filter((one) => one.label?.startsWith("ratio"));
    expect(new Set(ratios.map((one) => JSON.stringify(one.borderColor))).size).toBe(3);
    const lines = datasets.filter((one) => one.label?.startsWith("reference"));
    expect(new Set(lines.map((one) => JSON.stringify("borderDash" in one && one.borderDash))).size).toBe(3);
    for (const one of ratios) {
      expect(one.marks?.band?.some((width) => width !== null)).toBe(true);
      expect(one.marks?.errors?.some((range) => range !== null)).toBe(true);
    }
    const at = ys(ratios[0]).findIndex((y) => y !== null);
    expect(ys(ratios[2])[at]).toBeCloseTo(Number(ys(ratios[0])[at]) / 3, 9);
    expect(spec.whole!().map((one) => one.label)).toEqual([
      "segments",
      "error",
      ...names.map((name) => `reference ${name}`),
    ]);
  });

  it("with other bins than the reference are not compared", () => {
    const other = structuredClone(first);
    other.segment_chamber!["0"]!.angle.upper = 60;
    const spec = segmentChart("angle", first, {
      ...look,
      chamber: 0,
      expected: [{ name: "good", counts: other, scale: 1 }],
    });
    expect(labels(spec)).toEqual(["segments"]);
  });

  it.each(Object.keys(segmentPlots) as (keyof typeof segmentPlots)[])(
    "%s can be drawn without data",
    (kind) => {
      for (const chamber of [null, 0])
        expect(segmentChart(kind, null, { ...look, chamber }).data.datasets).toEqual([]);
    },
  );

  it("are exported with unit, windows, set-up, underflow and overflow", () => {
    const spec = segmentChart("residual", first, { ...look, chamber: 1 });
    const csv = chartCsv(spec, { ...origin, demo: true });
    expect(csv).toMatch(/^# DEMO: simulated data\n/);
    expect(csv).toContain("# x: residual (mm)\n");
    expect(csv).toMatch(/# layer 3: entries \d+, mean -?[\d.e-]+, rms [\d.]+, underflow \d+, overflow \d+\n/);
    const json = JSON.parse(chartJson(spec, origin)) as { histograms: object[]; axes: object };
    expect(json.histograms).toHaveLength(4);
    expect(json.histograms[0]).toMatchObject(factsOf("layer 1", first.segment_chamber!["1"]!.residual[0]!));
    expect(json.axes).toEqual({ x: "residual (mm)", y: "hits / 0.1\u202Fmm" });
  });
});

describe("efficiencies", () => {
  it("per layer are found / (found + missed), with binomial intervals", () => {
    const spec = efficiencyChart(first, { ...look, chamber: 3 });
    const { layer_found: found, layer_missed: missed } = first.segment_chamber!["3"]!;
    const expected = found.map((k, i) => k / (k + missed[i]!));
    expect(ys(spec.data.datasets[0])).toEqual(expected);
    expect(chartTable(spec).rows.map(([layer, efficiency]) => [layer, efficiency])).toEqual(
      expected.map((value, i) => [i + 1, value]),
    );
  });

  it("have an interval with about 68 % coverage", () => {
    for (const [p, n] of [
      [0.95, 40],
      [0.6, 100],
      [0.99, 300],
    ] as const) {
      const covered = binomialProbabilities(n, p).reduce((sum, probability, k) => {
        const [low, high] = binomialInterval(k, n)!;
        return low <= p && p <= high ? sum + probability : sum;
      }, 0);
      expect(covered).toBeGreaterThan(0.57);
      expect(covered).toBeLessThan(0.82);
    }
    expect(binomialInterval(0, 0)).toBeNull();
    expect(binomialInterval(10, 10)![0]).toBeLessThan(0.95);
    expect(binomialInterval(10, 10)![1]).toBe(1);
  });

  it("per cell, and noise per cell, are those of the message", () => {
    const { cell_found: found, cell_missed: missed } = first.segment_chamber!["0"]!;
    const cell = found.findIndex((k) => k > 0);
    const table = chartTable(cellEfficiencyChart(first, 0, look));
    expect(table.columns).toEqual(["x", "efficiency", "low", "high", "found", "missed"]);
    expect(table.rows[cell]?.[1]).toBe(found[cell]! / (found[cell]! + missed[cell]!));
    const noise = chartTable(cellNoiseChart(first, 0, 5, look));
    expect(noise.rows.map((row) => row[1])).toEqual(first.noise_chamber!["0"]!.cells.map((hits) => hits / 5));
  });
});

describe("the colours of cells", () => {
  const even = Array.from({ length: 64 }, () => 100);
  const numbers = even.map((_, cell) => 64 + cell);
  const neutral = occupancyShades(even, null, numbers, true)[0]!.fill;

  it("show a hot and a dead cell without affecting the others", () => {
    const shades = occupancyShades(even.with(17, 5000).with(30, 0), null, numbers, true);
    expect(shades[30]).toMatchObject({ hollow: true });
    expect(shades[30]!.words).toContain("channel 94: 0 hits, 0.00 × the median of the neighbouring cells");
    const coloured = shades.flatMap(({ fill }, cell) => (fill === neutral ? [] : [cell]));
    expect(coloured).toEqual([17, 30]);
  });

  it("show a dead layer, which does not affect the expected counts", () => {
    const shades = occupancyShades(
      even.map((hits, cell) => (cell % 4 === 2 ? 5 : hits)),
      null,
      numbers,
      true,
    );
    expect(shades.filter(({ fill }) => fill !== neutral)).toHaveLength(16);
  });

  it("compare with the reference if there is one, and show few hits without colour", () => {
    const reference = even.with(5, 300);
    expect(occupancyShades(even, reference, numbers, true)[5]!.fill).not.toBe(neutral);
    expect(
      occupancyShades(
        even.map(() => 2),
        null,
        numbers,
        true,
      ).every(({ fill }) => fill === neutral),
    ).toBe(true);
  });

  it("show inefficient and noisy cells", () => {
    const efficiency = efficiencyShades(even.with(9, 40), even.map(() => 1).with(9, 60), true);
    const least = efficiency.filter(({ fill }) => fill === efficiency[9]!.fill);
    expect(least).toHaveLength(1);
    expect(efficiency[9]!.words.replaceAll("\u202F", " ")).toContain(
      "40.0 % (35.2 % to 45.0 %), 40 of 100 muons",
    );
    expect(noiseShades(even.with(3, 900), 10, true).filter(({ fill }) => fill !== neutral)).toHaveLength(1);
  });

  it("of noise compare the protruding cells, where muons cross few layers, with each other", () => {
    const { total } = new SimulatedWindows({ rateHz: 3000 })
      .take(30)
      .map((one) => one.noise_chamber?.[0]?.cells ?? [])
      .reduce<{ total: number[] }>(
        (sum, cells) => ({ total: cells.map((hits, cell) => hits + (sum.total[cell] ?? 0)) }),
        { total: [] },
      );
    const fills = (cells: number[]): string[] => noiseShades(cells, 150, true).map(({ fill }) => fill);
    const red = (fill: string): number => Number.parseInt(fill.slice(1, 3), 16);
    const protruding = [cellOf(4, 0), cellOf(2, 0), cellOf(3, 15), cellOf(1, 15)];
    const others = fills(total).filter((_, cell) => !protruding.includes(cell));
    // Otherwise, they have more than twice as many hits as the others.
    expect(Math.max(...protruding.map((cell) => red(fills(total)[cell]!)))).toBeLessThanOrEqual(
      Math.max(...others.map(red)) + 20,
    );
    const hot = cellOf(2, 0);
    expect(red(fills(total.with(hot, 5 * total[hot]!))[hot]!)).toBeGreaterThan(
      Math.max(...others.map(red)) + 60,
    );
  });
});

describe("read-out and trigger words", () => {
  it("of an FPGA are the counts of the message", () => {
    const one = first.read_out!["1"]!;
    expect(ys(tdcChart(first, "1", look).data.datasets[0])).toEqual(one.tdc);
    expect(chartTable(tdcChart(first, "1", look)).rows[30]?.slice(0, 2)).toEqual([30, one.tdc[30]]);
    expect(ys(bxChart(first, "1", look).data.datasets[0])).toEqual(one.bx.hist_counts);
    expect(ys(bxBitsChart(first, "1", look).data.datasets[0])).toEqual(
      one.bx_bits.map((set) => set / one.hits),
    );
    const words = first.trigger_words!["0"]!;
    expect(ys(wordChart("dt0", first, "0", look).data.datasets[0])).toEqual(words.dt0.hist_counts);
    expect(ys(wordChart("layers", first, "0", look).data.datasets[0])).toEqual(words.layers);
  });

  it("of whole numbers have the mean of these numbers, not of the bins' centres", () => {
    const counts = structuredClone(first);
    counts.read_out!["0"]!.tdc = Array.from({ length: 32 }, (_, tdc) => (tdc >= 1 && tdc <= 30 ? 10 : 0));
    expect(tdcChart(counts, "0", look).facts?.[0]?.mean).toBeCloseTo(15.5, 9);
    counts.trigger_words!["0"]!.layers = [0, 0, 0, 25, 75];
    expect(wordChart("layers", counts, "0", look).facts?.[0]?.mean).toBeCloseTo(3.75, 9);
  });

  it("count an impossible BX as overflow", () => {
    const counts = structuredClone(first);
    counts.read_out!["0"]!.bx_out = 12;
    expect(bxChart(counts, "0", look).facts?.[0]?.overflow).toBe(12);
  });

  it("of an FPGA without data are empty", () => {
    for (const spec of [
      tdcChart(first, "6", look),
      bxChart(null, "0", look),
      wordChart("x", first, "6", look),
    ])
      expect(spec.data.datasets).toEqual([]);
    expect(ys(bxBitsChart(null, "0", look).data.datasets[0])).toEqual([]);
  });
});

/** Binomial probabilities of k = 0..n. */
function binomialProbabilities(n: number, p: number): number[] {
  let logChoose = 0;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    return Math.exp(logChoose + k * Math.log(p) + (n - k) * Math.log(1 - p));
  });
}
