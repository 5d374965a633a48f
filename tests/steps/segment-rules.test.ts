/** Each rule of segment finding, with an example at its limit and an answer calculated by hand. */
import { describe, expect, it } from "vitest";
import { defaultDetector, type WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { rowAt, rowsOfTrack, type Track } from "../helpers/tracks.js";
import { encodeCsv } from "../reference/encode.js";
import type { Row } from "../reference/row.js";
import { accumulate, messagesOf } from "./run-steps.js";

const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", format: "csv" };
const orbit = 9;

function windowOf(rows: readonly Row[], detector = defaultDetector): WindowMessage {
  const its = { ...config, detector };
  return messagesOf(its, accumulate(its, [encodeCsv(rows)]), 65_536)[0]!;
}

const cellOf = (layer: number, wire: number): number => wire * 4 + [4, 2, 3, 1].indexOf(layer);
/** One TDC count, the resolution of times. */
const tickNs = 25 / 30;
const hit = (layer: number, wire: number, tick: number, chamber = 0): Row =>
  rowAt(chamber, cellOf(layer, wire), orbit, tick * tickNs);
const signal = (timeNs: number): Row => ({ ...rowAt(3, 0, orbit, timeNs), channel: 128 });
const track = (more: Partial<Track>): Row[] =>
  rowsOfTrack({ chamber: 0, orbit, t0: 10_000, x: 5, tan: 0.1, errors: [0, 0, 0, 0], ...more });
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const bins = ({ hist_counts: counts }: { hist_counts: number[] }): number[] =>
  counts.flatMap((count, bin) => (count > 0 ? [bin] : []));

describe("a group", () => {
  const hot = (count: number, fromTick: number): Row[] =>
    Array.from({ length: count }, (_, i) => hit(1, 0, fromTick + 10 * i));

  it("with more than 24 hits is a shower", () => {
    expect(windowOf(hot(24, 1200)).segment_chamber!["0"]!.showers).toBe(0);
    expect(windowOf(hot(25, 1200)).segment_chamber!["0"]!.showers).toBe(1);
  });

  it("ends at a gap above 430 ns", () => {
    // 430 ns are 516 ticks.
    const [first, last] = [hot(13, 1200), 1200 + 120];
    expect(windowOf([...first, ...hot(12, last + 516)]).segment_chamber!["0"]!.showers).toBe(1);
    expect(windowOf([...first, ...hot(12, last + 517)]).segment_chamber!["0"]!.showers).toBe(0);
  });

  it("with more than 256 combinations (of three or four layers with adjacent cells) is a shower", () => {
    const many = [8, 8, 4].flatMap((count, layer) =>
      Array.from({ length: count }, (_, i) => hit(layer + 1, 7, 1200 + 3 * i)),
    );
    expect(windowOf(many).segment_chamber!["0"]!.showers).toBe(0);
    const far = [1, 2, 3].map((layer) => hit(layer, 2, 1300));
    const { segment_chamber, noise_chamber } = windowOf([...many, ...far]);
    expect(segment_chamber!["0"]).toMatchObject({ showers: 1, count: 0, ambiguous: 0, hits_used: 0 });
    expect(noise_chamber!["0"]!.hits).toBe(0);
    // Combinations across the gap between wires 2 and 7 do not count, because their cells are not adjacent.
    expect(windowOf([...many.slice(1), ...far]).segment_chamber!["0"]!.showers).toBe(0);
  });

  it("does not extend across the end of an orbit: hits of the next orbit are another group", () => {
    const [first, ...others] = track({});
    const { segment_chamber } = windowOf([{ ...first!, orbit: orbit + 1 }, ...others]);
    expect(segment_chamber!["0"]!.four_hit).toBe(0);
  });
});

describe("a candidate", () => {
  it("has a slope of at most 1.2", () => {
    const count = (tan: number): number => windowOf(track({ tan })).segment_chamber!["0"]!.four_hit;
    expect([1.19, -1.19, 1.22, -1.22].map(count)).toEqual([1, 1, 0, 0]);
  });

  it("has residuals of at most 1.5 mm, or the value of the detector file", () => {
    const rows = track({ errors: [-10, -10, 10, 10] });
    const residual = windowOf(rows).muons![0]!.residual_mm;
    expect(residual).toBeGreaterThan(0.2);
    const limited = (maxSegmentResidualMm: number): number =>
      windowOf(rows, { ...defaultDetector, maxSegmentResidualMm }).segment_chamber!["0"]!.four_hit;
    expect([residual + 0.001, residual - 0.001].map(limited)).toEqual([1, 0]);
    const far = track({ errors: [-30, -30, 30, 30] });
    expect(windowOf(far).segment_chamber!["0"]!.four_hit).toBe(0);
  });

  it("has adjacent cells: a difference of two wires between neighbouring layers is too large", () => {
    const rows = [hit(1, 7, 12_212), hit(2, 8, 12_212), hit(3, 7, 12_212)];
    expect(windowOf(rows).segment_chamber!["0"]!.count).toBe(1);
    // Cells of layers 1 and 3 may be two wires apart if layer 2 is between them.
    const apart = [hit(1, 7, 12_212), hit(2, 9, 12_212), hit(3, 7, 12_212)];
    expect(windowOf(apart).segment_chamber!["0"]).toMatchObject({ count: 0, ambiguous: 0 });
    expect(windowOf(apart).noise_chamber!["0"]!.hits).toBe(3);
  });
});

describe("four hits", () => {
  it("with duplicate rows give two equal segments; a partial copy is noise", () => {
    const rows = track({});
    const twice = windowOf([...rows, ...rows]);
    expect(twice.segment_chamber!["0"]).toMatchObject({ count: 2, four_hit: 2, hits_used: 8 });
    expect(twice.muons![0]).toEqual(twice.muons![1]);
    expect(twice.noise_chamber!["0"]).toMatchObject({ hits: 0, repeats: 4 });
    const half = windowOf([...rows, ...rows.slice(0, 2)]);
    expect(half.segment_chamber!["0"]).toMatchObject({ count: 1, hits_used: 4 });
    expect(half.noise_chamber!["0"]).toMatchObject({ hits: 2, repeats: 2 });
  });

  it("with equal sums of residuals: the lower time is chosen, here in layer 4", () => {
    // Sides L R L R: the residual depends on t4 - t2 + t3 - t1, which is off by one tick for both hits of layer 4.
    const [t1, t2, t3] = [12_200, 12_268, 12_210];
    const ideal = t2 + t1 - t3;
    const rows = [hit(1, 7, t1), hit(2, 7, t2), hit(3, 7, t3), hit(4, 7, ideal + 1), hit(4, 7, ideal - 1)];
    for (const order of [rows, [...rows].reverse()]) {
      const { muons, noise_chamber } = windowOf(order);
      expect(muons).toMatchObject([{ sides: "LRLR", cells: [1, 2, 3, 4].map((layer) => cellOf(layer, 7)) }]);
      const [first, , , last] = muons![0]!.drift_ns;
      expect(last! - first!).toBeCloseTo((ideal - 1 - t1) * tickNs, 2);
      expect(noise_chamber!["0"]!.hits).toBe(1);
    }
  });

  it("with equal sums of residuals: the lower wire is chosen, here in layers 2 and 4 for a track along a wall", () => {
    const rows = [hit(1, 7, 12_001), hit(3, 7, 12_001)];
    const around = [7, 8].flatMap((wire) => [hit(2, wire, 12_468), hit(4, wire, 12_468)]);
    const { muons } = windowOf([...around, ...rows]);
    expect(muons![0]!.cells.slice(1, 4)).toEqual([cellOf(2, 7), cellOf(3, 7), cellOf(4, 7)]);
  });

  it("have priority over three hits, even if three fit exactly", () => {
    const { segment_chamber } = windowOf(track({ errors: [4, -4, 4, -4] }));
    expect(segment_chamber!["0"]).toMatchObject({ four_hit: 1, three_hit: 0, ambiguous: 0 });
  });
});

describe("three hits", () => {
  /** Three hits with two valid solutions: t0 = 10 162.11 ns and 10 120.25 ns. */
  const rows = [hit(1, 7, 12_312), hit(2, 7, 12_395), hit(4, 7, 12_295)];
  const [late, early, offset] = [10_162.11, 10_120.25, 93.9];

  it("with one valid solution are a segment without residual", () => {
    const { segment_chamber, muons } = windowOf([hit(1, 7, 12_393), hit(2, 8, 12_162), hit(3, 7, 12_240)]);
    expect(segment_chamber!["0"]).toMatchObject({ count: 1, three_hit: 1, hits_used: 3, ambiguous: 0 });
    expect(muons).toMatchObject([{ sides: "RLR-", residual_mm: 0, cells: [31, 33, 30, null] }]);
    expect(muons![0]!.drift_ns[3]).toBeNull();
    expect(Math.abs(muons![0]!.t0_ns - 10_004.21)).toBeLessThan(0.01);
  });

  it("with two valid solutions are ambiguous: they are used up, but not in histograms, cells and muons", () => {
    const { segment_chamber, noise_chamber, muons } = windowOf(rows);
    const counts = segment_chamber!["0"]!;
    expect(counts).toMatchObject({ count: 0, three_hit: 0, ambiguous: 1, hits_used: 3 });
    expect([counts.layer_missed, counts.layer_found]).toEqual([
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(sum(counts.cell_missed) + sum(counts.angle.hist_counts) + sum(counts.position.hist_counts)).toBe(
      0,
    );
    expect(noise_chamber!["0"]!.hits).toBe(0);
    expect(muons).toEqual([]);
  });

  it("with solutions that miss different layers count as missed in no layer", () => {
    // No valid solution with all four hits, one without layer 1 and one without layer 4.
    const four = [hit(1, 7, 12_391), hit(2, 8, 12_228), hit(3, 8, 12_161), hit(4, 8, 12_060)];
    const counts = windowOf(four).segment_chamber!["0"]!;
    expect(counts).toMatchObject({ count: 0, ambiguous: 1, hits_used: 4, layer_missed: [0, 0, 0, 0] });
  });

  it.each([
    ["at one solution", late + offset, late],
    ["at the other solution", early + offset, early],
    ["29.5 ns after the later solution", late + offset + 29.5, late],
    ["30.9 ns after the later solution", late + offset + 30.9, null],
    ["29.1 ns before the earlier solution", early + offset - 29.1, early],
    ["between the solutions, 16 ns nearer to one", late + offset - 12.9, late],
    ["between the solutions, 14 ns nearer to one", late + offset - 13.9, null],
  ])(
    "with two valid solutions and a signal %s: the nearer is chosen if the other is 15 ns farther away",
    (_, at, t0) => {
      const { segment_chamber, muons } = windowOf([...rows, signal(at)]);
      const isTaken = t0 !== null;
      expect(segment_chamber!["0"]).toMatchObject({ count: isTaken ? 1 : 0, ambiguous: isTaken ? 0 : 1 });
      if (t0 !== null) expect(Math.abs(muons![0]!.t0_ns - t0)).toBeLessThan(0.01);
    },
  );

  it("with two valid solutions are not resolved by another timing input", () => {
    const other = { ...signal(late + offset), channel: 129 };
    expect(windowOf([...rows, other]).segment_chamber!["0"]!.ambiguous).toBe(1);
  });

  it("of several tracks in one group are one ambiguous segment, which uses up all of them", () => {
    // A group has at most 24 hits, and so at most eight segments.
    const eight = Array.from({ length: 8 }, (_, i) => [
      hit(1, 2 * i, 12_393),
      hit(2, 2 * i + 1, 12_162),
      hit(3, 2 * i, 12_240),
    ]).flat();
    expect(windowOf(eight).segment_chamber!["0"]).toMatchObject({
      showers: 0,
      count: 0,
      ambiguous: 1,
      hits_used: 24,
      layer_missed: [0, 0, 0, 1],
    });
  });
});

describe("missed layers and cells", () => {
  const missedAt = (x: number, wireless = 2): { layers: number[]; cells: number[] } => {
    const errors = [0, 0, 0, 0].map((error, i) => (i + 1 === wireless ? null : error));
    const start = signal(10_000 + 93.9);
    const counts = windowOf([...track({ x, tan: 0, errors }), start]).segment_chamber!["0"]!;
    expect(counts.three_hit).toBe(1);
    return { layers: counts.layer_missed, cells: bins({ hist_counts: counts.cell_missed }) };
  };

  it("count if the line is at least 3 mm from a cell wall", () => {
    // In layer 2 the wall between wires 7 and 8 is at 0, and wire 8 at 21.
    expect(missedAt(3.2)).toEqual({ layers: [0, 1, 0, 0], cells: [cellOf(2, 8)] });
    expect(missedAt(2.8)).toEqual({ layers: [0, 0, 0, 0], cells: [] });
    expect(missedAt(-2.8)).toEqual({ layers: [0, 0, 0, 0], cells: [] });
    expect(missedAt(-3.2)).toEqual({ layers: [0, 1, 0, 0], cells: [cellOf(2, 7)] });
  });

  it("count if the line is within the cells of wires 0 to 15", () => {
    // Layer 1 ends at 357, layer 2 at 336.
    expect(missedAt(332.8)).toEqual({ layers: [0, 1, 0, 0], cells: [cellOf(2, 15)] });
    expect(missedAt(-312, 3)).toEqual({ layers: [0, 0, 1, 0], cells: [cellOf(3, 0)] });
  });

  it("do not count if the track passes outside the layer", () => {
    // Layers 2 and 4 end at 336; two hits beyond it are not a segment.
    const beside = track({ x: 345, tan: 0 });
    expect(beside).toHaveLength(2);
    // At 340 in layer 2, which has no cell there, and 330 in layer 4: three hits.
    const slanted = track({ x: 335.2, tan: -0.385 });
    const { segment_chamber } = windowOf([...slanted, signal(10_093.9)]);
    expect(slanted).toHaveLength(3);
    expect(segment_chamber!["0"]).toMatchObject({ three_hit: 1, layer_missed: [0, 0, 0, 0] });
  });

  it("are counted as found only for segments of four hits", () => {
    const counts = windowOf(track({})).segment_chamber!["0"]!;
    expect(counts).toMatchObject({ layer_found: [1, 1, 1, 1], layer_missed: [0, 0, 0, 0] });
    expect(sum(counts.cell_found)).toBe(4);
  });
});

describe("times and angles of a segment", () => {
  it("are relative to the nearest signal, or to the earlier of two equally near signals", () => {
    const rows = track({});
    const [muon] = windowOf(rows).muons!;
    const t0 = muon!.t0_ns + 93.9;
    const timing = (...signals: number[]): number | null =>
      windowOf([...rows, ...signals.map(signal)]).muons![0]!.timing_ns;
    expect(timing()).toBeNull();
    const early = Math.round((t0 - 50) / tickNs) * tickNs;
    const late = Math.round((t0 + 40) / tickNs) * tickNs;
    expect(timing(early, late)).toBeCloseTo(t0 - late, 2);
    expect(timing(early, late + 1000)).toBeCloseTo(t0 - early, 2);
    const message = windowOf([...rows, signal(early), signal(late)]);
    const { t0_scint } = message.segment_chamber!["0"]!;
    expect(bins(t0_scint)).toEqual([Math.floor((t0 - late + 200) / 5)]);
    expect(message.timing!["scintillator"]).toMatchObject({ signals: 2, orbits: 1, repeated: 1, alone: 0 });
  });

  it("of a vertical track are in the bin from 0 to 2 degrees, in spite of rounding errors", () => {
    const vertical = [hit(1, 7, 12_235), hit(2, 7, 12_234), hit(3, 7, 12_235), hit(4, 7, 12_234)];
    const counts = windowOf(vertical).segment_chamber!["0"]!;
    expect(counts.four_hit).toBe(1);
    expect(bins(counts.angle)).toEqual([25]);
  });

  it("give mean-timer sums of drift times after the earliest signal, for alternating sides", () => {
    const rows = track({ x: 5, tan: 0.1, errors: [0, 0, 0, 0] });
    const [muon] = windowOf(rows).muons!;
    expect(muon!.sides).toBe("RLRL");
    const none = windowOf(rows).segment_chamber!["0"]!;
    expect(none.mean_timer.map(({ hist_counts }) => sum(hist_counts))).toEqual([0, 0]);
    const start = Math.round((muon!.t0_ns + 93.9) / tickNs) * tickNs;
    const shift = muon!.t0_ns + 93.9 - start;
    const [d1, d2, d3, d4] = muon!.drift_ns.map((drift) => drift! + shift) as [
      number,
      number,
      number,
      number,
    ];
    const both = windowOf([...rows, signal(start), signal(start + 300)]).segment_chamber!["0"]!;
    expect(both.mean_timer.map(bins)).toEqual(
      [(d1 + d3) / 2 + d2, (d2 + d4) / 2 + d3].map((value) => [Math.floor((value - 300) / 2)]),
    );
  });
});

describe("repeats", () => {
  it("are hits of a cell at most 600 ns after another hit of it, including identical rows", () => {
    // 600 ns are 720 ticks.
    const repeats = (...rows: Row[]): number => windowOf(rows).noise_chamber!["0"]!.repeats;
    expect(repeats(hit(1, 3, 1200), hit(1, 3, 1920))).toBe(1);
    expect(repeats(hit(1, 3, 1200), hit(1, 3, 1921))).toBe(0);
    expect(repeats(hit(1, 3, 1200), hit(1, 3, 1200), hit(1, 3, 1200))).toBe(2);
    expect(repeats(hit(1, 3, 1200), hit(2, 3, 1200))).toBe(0);
    expect(repeats(hit(1, 3, 1200), { ...hit(1, 3, 1200), orbit: 10 })).toBe(0);
    expect(repeats(hit(1, 3, 1200), hit(1, 3, 1900), hit(1, 3, 2600))).toBe(2);
  });
});
