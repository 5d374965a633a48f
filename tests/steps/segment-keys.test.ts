/** Keys across chambers: pairs, timing inputs, trigger words, read-out, and the segments in a message. */
import { describe, expect, it } from "vitest";
import { defaultDetector, type DetectorConfig, type WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { rowsOfTrack, type Track } from "../helpers/tracks.js";
import { expectSame, knownPart } from "../reference/compare.js";
import { encodeCsv } from "../reference/encode.js";
import type { Row } from "../reference/row.js";
import { runFiles } from "../reference/run.js";
import { accumulate, messagesOf } from "./run-steps.js";

const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", format: "csv" };
const exact = [0, 0, 0, 0];
const heights = defaultDetector.chambers.map(({ heightMm }) => heightMm);

function windowOf(rows: readonly Row[], more: Partial<PipelineConfig> = {}): WindowMessage {
  const its = { ...config, ...more };
  return messagesOf(its, accumulate(its, [encodeCsv(rows)]), 65_536)[0]!;
}

const track = (chamber: number, x: number, more: Partial<Track> = {}): Row[] =>
  rowsOfTrack({ chamber, orbit: 9, t0: 10_000, x, tan: 0, errors: exact, ...more });
/** A track of three hits with two solutions, one of which is selected by its signal. */
const threeHits = (chamber: number, x: number): Row[] => [
  ...track(chamber, x, { errors: [0, 0, 0, null] }),
  { head: 2, fpga: 1, channel: 128, orbit: 9, bx: 404, tdc: 0 },
];
const bins = ({ hist_counts: counts }: { hist_counts: number[] }): number[] =>
  counts.flatMap((count, bin) => Array<number>(count).fill(bin));

describe("chamber_pair", () => {
  const counts = (rows: Row[], name: string): [number, number, number[]] => {
    const { expected, found, dx } = windowOf(rows).chamber_pair![name]!;
    return [expected, found, bins(dx)];
  };

  it("contains the ordered pairs of a view, and triples with a chamber between two others", () => {
    expect(Object.keys(windowOf(track(0, 5)).chamber_pair!)).toEqual([
      ...["0-2", "0-3", "2-0", "2-3", "3-0", "3-2"],
      "0-2-3",
    ]);
  });

  it("expects a segment on the line of a chamber's only segment if it has four hits", () => {
    // 10 mm from the line, in bins of 4 mm from -100.
    const rows = [...track(0, 5), ...track(2, 15)];
    expect(counts(rows, "0-2")).toEqual([1, 1, [expect.toSatisfy((bin) => bin === 27 || bin === 28)]]);
    expect(counts(rows, "2-0")).toEqual([1, 1, [expect.toSatisfy((bin) => bin === 22 || bin === 21)]]);
    expect(counts(rows, "0-3")).toEqual([1, 0, []]);
    expect(counts(rows, "3-0")).toEqual([0, 0, []]);
    expect(counts(rows, "0-2-3")).toEqual([0, 0, []]);
  });

  it("counts a segment as found within 100 mm, and always fills the distance of the nearest segment", () => {
    expect(counts([...track(0, 5), ...track(2, 103)], "0-2").slice(0, 2)).toEqual([1, 1]);
    expect(counts([...track(0, 5), ...track(2, 107)], "0-2").slice(0, 2)).toEqual([1, 0]);
    expect(windowOf([...track(0, 5), ...track(2, 107)]).chamber_pair!["0-2"]!.dx.overflow).toBe(1);
    const two = [...track(0, 5), ...track(2, 105), ...track(2, -30, { t0: 20_000 })];
    expect(counts(two, "0-2")).toEqual([1, 1, [expect.toSatisfy((bin) => bin === 16)]]);
  });

  it("expects nothing from three-hit segments or two segments, but finds both", () => {
    expect(counts([...threeHits(0, 5), ...track(2, 5)], "0-2").slice(0, 2)).toEqual([0, 0]);
    expect(counts([...threeHits(2, 5), ...track(0, 5)], "0-2").slice(0, 2)).toEqual([1, 1]);
    const two = [...track(0, 5), ...track(0, 90, { t0: 20_000 }), ...track(2, 5)];
    expect(counts(two, "0-2").slice(0, 2)).toEqual([0, 0]);
    expect(counts(two, "2-0").slice(0, 2)).toEqual([1, 1]);
  });

  it("expects nothing within 50 mm of the outermost cell walls at -336 and 357 mm", () => {
    const expected = (x: number): number => counts(track(0, x), "0-2")[0];
    // A slope of a few 1e-4 shifts the line by less than 1 mm.
    expect([-287, -283, 304, 309].map(expected)).toEqual([0, 1, 1, 0]);
  });

  it("expects a segment in a chamber between two, with a line that needs no angle", () => {
    const slope = 0.1;
    const at = (chamber: number): number => 20 + slope * heights[chamber]!;
    const through = (chamber: number, shift = 0): Row[] =>
      track(chamber, at(chamber) - 100 + shift, { tan: slope });
    const all = [...through(0), ...through(2, 7), ...through(3)];
    expect(counts(all, "0-2-3").slice(0, 2)).toEqual([1, 1]);
    expect(windowOf(all).chamber_pair!["0-2-3"]!.dx.hist_counts[26]).toBe(1);
    expect(counts([...through(0), ...through(3)], "0-2-3")).toEqual([1, 0, []]);
    expect(counts([...through(0), ...through(2)], "0-2-3")[0]).toBe(0);
    const second = track(3, -200, { t0: 20_000 });
    expect(counts([...all, ...second], "0-2-3")[0]).toBe(0);
  });
});

describe("timing", () => {
  const signal = (channel: number, bx: number, orbit = 9): Row => ({
    ...{ head: 2, fpga: 1, channel, orbit, bx, tdc: 1 },
  });
  const both = [...track(1, 5), ...track(2, 5)];

  it("counts signals, orbits, repeated signals of an orbit, and signals without hits, by source", () => {
    const rows = [
      ...[signal(128, 400), signal(128, 500), signal(128, 100, 10), signal(129, 3563, 11)],
      ...both,
    ];
    const { timing, ledger, scint_orbit_count } = windowOf(rows);
    expect(timing!["scintillator"]).toMatchObject({ signals: 3, orbits: 2, repeated: 1, alone: 1 });
    expect(timing!["fpga1-129"]).toMatchObject({ signals: 1, orbits: 1, repeated: 0, alone: 1 });
    expect(ledger).toMatchObject({ scintillator: 3, unmapped: 1 });
    expect(scint_orbit_count).toBe(1);
  });

  it("expects a signal if the only segments of the adjacent chambers cross the plate at least 50 mm inside", () => {
    const counts = (rows: Row[]): unknown[] => {
      const { timing } = windowOf(rows);
      return ["scintillator", "fpga1-129"].map((name) => [timing![name]!.expected, timing![name]!.found]);
    };
    const nothing = [
      [0, 0],
      [0, 0],
    ];
    expect(counts(both)).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(counts([...both, signal(129, 7)])).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(counts(track(1, 5))).toEqual(nothing);
    expect(counts([...both, ...track(2, 100, { t0: 20_000 })])).toEqual(nothing);
    expect(counts([...track(1, 297), ...track(2, -297)])[0]).toEqual([1, 0]);
    expect(counts([...track(1, 303), ...track(2, 5)])).toEqual(nothing);
    // Chamber 1 is 54.7 mm below the plate, so a slope of 0.5 shifts its line by 27 mm.
    expect(counts([...track(1, 285, { tan: 0.5 }), ...track(2, 5)])).toEqual(nothing);
    expect(counts([...track(1, 285, { tan: -0.5 }), ...track(2, 5)])[0]).toEqual([1, 0]);
  });

  it("expects a signal also from three-hit segments", () => {
    expect(windowOf([...threeHits(1, 5), ...track(2, 5)]).timing!["scintillator"]).toMatchObject({
      expected: 1,
      found: 1,
    });
  });

  it("expects nothing in a set-up with one view or without a plate", () => {
    const chambers = defaultDetector.chambers.map((chamber) => ({ ...chamber, rotated: false }));
    const changes: Partial<DetectorConfig>[] = [
      { chambers },
      { timing: defaultDetector.timing.map((source) => ({ ...source, plate: null })) },
    ];
    for (const change of changes) {
      const { timing } = windowOf([...both, signal(128, 7)], { detector: { ...defaultDetector, ...change } });
      expect(timing!["scintillator"]).toEqual({ signals: 1, orbits: 1, repeated: 0, alone: 0 });
    }
  });
});

describe("trigger_words", () => {
  const word = (head: number, more: Partial<Row> = {}): Row => ({
    ...{ head, fpga: 0, channel: 1, orbit: 9, bx: 400, tdc: 0 },
    ...more,
  });
  const candidate = (more: Partial<Row> = {}): Row[] => [
    word(3, { bx: 17_480, ...more }),
    word(1, { tdc: 32, ...more }),
    word(0, more),
    word(4, { tdc: 0.301758, ...more }),
    word(5, { tdc: -120.75, ...more }),
  ];

  it("count candidates, missing words and extra words, by FPGA and orbit", () => {
    const rows = [
      ...candidate(),
      ...[...candidate({ orbit: 10 }), ...candidate({ orbit: 10 })],
      ...candidate({ orbit: 11 }).slice(0, 4),
      ...candidate({ fpga: 1 }),
      word(4, { orbit: 12, tdc: -1.7 }),
    ];
    const { trigger_words } = windowOf(rows);
    expect(trigger_words!["0"]).toMatchObject({ candidates: 5, incomplete: 2, repeated: 1, matched: 0 });
    expect(trigger_words!["1"]).toMatchObject({ candidates: 1, incomplete: 0, repeated: 0 });
    expect(trigger_words!["0"]!.layers).toEqual([0, 0, 0, 0, 4]);
    expect(trigger_words!["0"]!.tan_psi).toMatchObject({ underflow: 1, overflow: 0 });
    expect(bins(trigger_words!["0"]!.tan_psi)).toEqual([38, 38, 38, 38]);
    expect(bins(trigger_words!["0"]!.local_x)).toEqual([1, 1, 1]);
  });

  it("give the same counts in any order of their rows and in any messages", () => {
    const rows = [...candidate(), ...candidate({ orbit: 10 }), ...candidate({ orbit: 10, tdc: 1.5 })];
    const whole = windowOf(rows);
    expect(windowOf([...rows].reverse())).toEqual(whole);
    const partials = rows.flatMap((row) => accumulate(config, [encodeCsv([row])]));
    expect(messagesOf(config, partials, 65_536)[0]).toEqual(whole);
  });

  it("have the number of layers of the pattern, with one nibble per layer", () => {
    const layers = (bx: number): number[] => windowOf([word(3, { bx })]).trigger_words!["0"]!.layers;
    expect(layers(0x4448)).toEqual([0, 0, 0, 0, 1]);
    expect(layers(0x0888)).toEqual([0, 0, 0, 1, 0]);
    expect(layers(0x1020)).toEqual([0, 0, 1, 0, 0]);
    expect(layers(0)).toEqual([1, 0, 0, 0, 0]);
    expect(layers(70_000)).toEqual([0, 0, 0, 0, 0]);
  });

  it("of one candidate are compared with the nearest segment in time, with x shifted by 126 mm", () => {
    const segments = [...track(0, 6), ...track(0, 90, { t0: 20_000 }), ...track(1, 50)];
    const words = candidate().map((row) => (row.head === 4 ? { ...row, tdc: 0.01 } : row));
    const { matched, dtan, dx, dt0 } = windowOf([...segments, ...words]).trigger_words!["0"]!;
    expect(matched).toBe(1);
    // Slope 0.01 vs about 0, position -120.75 + 126 vs 6, time 10 000 vs 10 000.
    expect(bins(dtan)).toEqual([expect.toSatisfy((bin) => bin === 21 || bin === 22)]);
    expect(bins(dx)).toEqual([expect.toSatisfy((bin) => bin === 32 || bin === 33)]);
    expect(bins(dt0)).toEqual([expect.toSatisfy((bin) => bin === 19 || bin === 20)]);
    const late = words.map((row) => (row.head === 0 ? { ...row, bx: 800 } : row));
    expect(windowOf([...segments, ...late]).trigger_words!["0"]!.dx.underflow).toBe(1);
  });

  it("are not compared if there are two candidates, no segment in their chamber, or only one of another FPGA", () => {
    const matched = (rows: Row[], fpga = 0): number => windowOf(rows).trigger_words![String(fpga)]!.matched;
    expect(matched([...track(0, 6), ...candidate()])).toBe(1);
    expect(matched([...track(0, 6), ...candidate(), ...candidate()])).toBe(0);
    expect(matched([...track(1, 6), ...candidate()])).toBe(0);
    expect(matched([...track(2, 6), ...candidate({ fpga: 1 })], 1)).toBe(1);
    expect(matched([...track(3, 6), ...candidate({ fpga: 1 })], 1)).toBe(0);
    expect(matched([...track(0, 6, { orbit: 10 }), ...candidate()])).toBe(0);
  });
});

describe("read_out", () => {
  it("counts HEADs, orbits, TDC and BX of each FPGA with rows", () => {
    const row = (more: Partial<Row>): Row => ({
      ...{ head: 2, fpga: 0, channel: 5, orbit: 9, bx: 53, tdc: 1 },
      ...more,
    });
    const { read_out } = windowOf([
      ...[row({}), row({ tdc: 31.5, bx: 54, orbit: 12 }), row({ tdc: 33, bx: 3564 }), row({ bx: 4097 })],
      ...[row({ channel: 300, orbit: 8 }), row({ head: 7, orbit: 3 }), row({ head: 9, orbit: 4 })],
      ...[row({ fpga: 1, channel: 138 }), row({ fpga: 6, head: 3 }), row({ fpga: 8, head: 2 })],
    ]);
    expect(Object.keys(read_out!)).toEqual(["0", "1", "6"]);
    const first = read_out!["0"]!;
    expect(first).toMatchObject({
      heads: [0, 0, 5, 0, 0, 0, 0, 1],
      hits: 4,
      orbit_first: 8,
      orbit_last: 12,
      bx_out: 2,
      internal: {},
      bx: { underflow: 0, overflow: 2 },
    });
    expect(bins({ hist_counts: first.tdc })).toEqual([1, 1, 31]);
    expect(bins(first.bx)).toEqual([0, 1]);
    // 53 = 0b110101, 54 = 0b110110, 3564 = 0b110111101100, 4097 = 0b1000000000001
    expect(first.bx_bits).toEqual([2, 1, 3, 1, 2, 3, 1, 1, 1, 0, 1, 1]);
    expect(read_out!["1"]).toMatchObject({ hits: 0, orbit_first: 9, internal: { "138": 1 } });
    expect(read_out!["6"]).toMatchObject({ heads: [0, 0, 0, 1, 0, 0, 0, 0], orbit_first: null });
    expect(first).not.toHaveProperty("orbit_steps_back");
  });
});

describe("muons", () => {
  const many = Array.from({ length: 40 }, (_, i) => {
    const orbit = 3_000_000_000 + 7 * i;
    const one = track(i % 4, 5 * i - 90, { orbit, t0: 2000 + 1500 * i });
    return i % 3 === 0 ? [...one, ...track((i + 1) % 4, 30, { orbit })] : one;
  }).flat();

  it("are at most 24, of whole orbits in order of hash; orbits with segments in two chambers have priority", () => {
    const { muons } = windowOf(many);
    expect(muons).toHaveLength(24);
    const [expected] = runFiles([{ bytes: encodeCsv(many), format: "csv" }]).messages;
    expectSame(knownPart(windowOf(many)), knownPart(expected!));
    const orbits = [...new Set(muons!.map(({ orbit }) => orbit))];
    // 14 orbits have two segments; the message contains the 12 with the lowest hashes.
    expect(orbits).toHaveLength(12);
    for (const orbit of orbits) expect((orbit - 3_000_000_000) % 21).toBe(0);
  });

  it("are the same for any shards and partial results", () => {
    const whole = windowOf(many);
    for (const orbitShards of [1, 3]) {
      const its = { ...config, orbitShards };
      const parts = [0, 1, 2].map((part) => many.filter((_, i) => i % 3 === part));
      const partials = parts.flatMap((rows) => accumulate(its, [encodeCsv(rows)]));
      expect(messagesOf(its, partials.reverse(), 65_536)[0]).toEqual(whole);
    }
  });

  it("include no orbit with more than 24 segments", () => {
    const crowded = Array.from({ length: 7 }, (_, i) =>
      [0, 1, 2, 3].flatMap((chamber) => track(chamber, 5, { t0: 2000 + 3000 * i })),
    ).flat();
    expect(windowOf(crowded).segment_chamber!["3"]!.count).toBe(7);
    expect(windowOf(crowded).muons).toEqual([]);
    expect(windowOf([...crowded, ...track(1, 5, { orbit: 10 })]).muons).toMatchObject([{ orbit: 10 }]);
  });

  it("end with the first orbit that does not fit, even if a later one would", () => {
    // Two orbits with segments in two chambers, 20 each, and one orbit with a single segment.
    const big = [100, 200].flatMap((orbit) =>
      Array.from({ length: 10 }, (_, i) =>
        [0, 1].flatMap((chamber) => track(chamber, 5, { orbit, t0: 2000 + 3000 * i })),
      ).flat(),
    );
    const { muons } = windowOf([...big, ...track(2, 5, { orbit: 300 })]);
    expect(muons).toHaveLength(20);
    expect(new Set(muons!.map(({ orbit }) => orbit)).size).toBe(1);
  });

  it("with the same time are ordered by position, for any order of the rows", () => {
    const rows = [120, -80, 5].flatMap((x) => track(0, x));
    for (const order of [rows, [...rows].reverse()]) {
      const xs = windowOf(order).muons!.map(({ x_mm }) => Math.round(x_mm));
      expect(xs).toEqual([-80, 5, 120]);
    }
  });
});
