/** Trigger words of the simulator, compared with an independent decoding, with its hits, and in the pipeline. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { defaultDetector } from "../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { Simulator } from "../../producer/simulator/index.js";
import { halfFloatOf, Trigger } from "../../producer/simulator/trigger.js";
import { accumulate, messagesOf } from "../steps/run-steps.js";
import { readSlowly, type Word } from "./slow-reader.js";

/** A candidate, decoded independently of the product: from the bits of its five rows, as text. */
interface Decoded {
  fpga: number;
  orbit: number;
  /** By layer 1..4: column 0..3 or null, and the side L, R or -. */
  columns: (number | null)[];
  sides: string;
  t0Ns: number;
  tan: number;
  x: number;
}

function decode(words: readonly Word[]): Decoded {
  const of = (head: number) => words.find((word) => word.head === head)!;
  const pattern = of(3).bx.toString(2).padStart(16, "0");
  const nibbles = [0, 4, 8, 12].map((at) => pattern.slice(at, at + 4));
  const codes = of(1).tdc.toString(2).padStart(8, "0");
  const pairs = [0, 2, 4, 6].map((at) => codes.slice(at, at + 2));
  return {
    fpga: of(3).fpga,
    orbit: of(3).orbit,
    columns: nibbles.map((bits) => (bits === "0000" ? null : 3 - bits.indexOf("1"))),
    sides: pairs.map((pair) => ({ "00": "L", "10": "R", "01": "-" })[pair] ?? "?").join(""),
    t0Ns: 25 * (of(0).bx + of(0).tdc / 30),
    tan: of(4).tdc,
    x: of(5).tdc,
  };
}

/** Candidates in rows: five words of one FPGA and orbit, in order of arrival. */
function candidates(words: readonly Word[]): Word[][] {
  const open = new Map<string, Word[]>();
  const found: Word[][] = [];
  for (const word of words.filter(({ head }) => head !== 2)) {
    const key = `${word.fpga}/${word.orbit}`;
    const own = [...(open.get(key) ?? []), word];
    open.set(key, own);
    if (own.length === 5) {
      found.push(own);
      open.delete(key);
    }
  }
  return found;
}

/** Local x of a wire in a macrocell, mm. */
const wireX = (layer: number, column: number): number => 42 * (column - (layer % 2 === 1 ? 1 : 1.5));
const layerOf = (channel: number): number => [4, 2, 3, 1][channel % 4]!;

/** The straight line through hits with the sides and t0 of the words, by linear regression. */
function lineOf(hits: readonly Word[], { columns, sides, t0Ns }: Decoded) {
  const points = hits.map(({ channel, bx, tdc }) => {
    const layer = layerOf(channel);
    const driftNs = 25 * (bx + tdc / 30) - t0Ns;
    const side = sides[layer - 1] === "R" ? 1 : -1;
    return { driftNs, z: 13 * (layer - 2.5), x: wireX(layer, columns[layer - 1]!) + side * 0.0538 * driftNs };
  });
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [z0, x0] = [mean(points.map(({ z }) => z)), mean(points.map(({ x }) => x))];
  const tan =
    mean(points.map(({ x, z }) => (x - x0) * (z - z0))) / mean(points.map(({ z }) => (z - z0) ** 2));
  return { tan, x: x0 - tan * z0, drifts: points.map(({ driftNs }) => driftNs) };
}

const { words } = readSlowly([new Simulator({ seed: 4, firstOrbit: 1000 }).next(60_000).bytes]);
const own = candidates(words);

describe("the words of a candidate", () => {
  it("are half of all rows, as complete candidates in the order 3, 1, 0, 4, 5", () => {
    expect(own.every((five) => five.map(({ head }) => head).join("") === "31045")).toBe(true);
    const rows = words.filter(({ head }) => head !== 2).length;
    expect(own.length * 5).toBeGreaterThan(rows - 20);
    expect(rows / words.length).toBeCloseTo(0.5, 2);
  });

  it("have one cell each in three or four layers, a side for each cell, and half floats", () => {
    for (const five of own) {
      const { columns, sides, tan, x } = decode(five);
      expect(columns.filter((column) => column !== null).length).toBeGreaterThanOrEqual(3);
      columns.forEach((column, at) => expect(sides[at] === "-").toBe(column === null));
      expect(sides).not.toContain("?");
      expect(Math.abs(tan)).toBeLessThanOrEqual(1.6);
      expect(Math.abs(x)).toBeLessThanOrEqual(128);
      for (const value of [tan, x]) expect(Math.abs(halfFloatOf(value) - value)).toBeLessThan(1e-6);
    }
    const four = own.filter((five) => !decode(five).columns.includes(null)).length;
    expect(four / own.length).toBeGreaterThan(0.5);
    expect(four / own.length).toBeLessThan(0.95);
  });

  it("have a label that is a function of pattern and sides", () => {
    const labels = new Map<string, number>();
    for (const five of own) {
      const key = `${five[0]!.bx}/${five[1]!.tdc}`;
      const label = five[2]!.channel;
      expect(labels.get(key) ?? label).toBe(label);
      labels.set(key, label);
      expect(label).toBeLessThan(32);
    }
  });
});

describe("words and hits of one orbit", () => {
  const hitsOf = new Map<string, Word[]>();
  for (const word of words.filter(({ head, channel }) => head === 2 && channel < 64)) {
    const key = `${word.fpga}/${word.orbit}`;
    hitsOf.set(key, [...(hitsOf.get(key) ?? []), word]);
  }
  /** Candidates with the hits of their cells: wire = column + 9. */
  const matched = own.flatMap((five) => {
    const decoded = decode(five);
    const hits = (hitsOf.get(`${decoded.fpga}/${decoded.orbit}`) ?? []).filter(
      ({ channel }) => Math.floor(channel / 4) - 9 === decoded.columns[layerOf(channel) - 1],
    );
    const isWhole = hits.length === decoded.columns.filter((column) => column !== null).length;
    return isWhole ? [{ decoded, hits }] : [];
  });

  it("agree: drift times are relative to t0 without an offset, and the line is that of HEAD 4 and 5", () => {
    expect(matched.length).toBeGreaterThan(500);
    for (const { decoded, hits } of matched) {
      const { tan, x, drifts } = lineOf(hits, decoded);
      for (const drift of drifts) {
        expect(drift).toBeGreaterThan(-10);
        expect(drift).toBeLessThan(402);
      }
      expect(Math.abs(tan - decoded.tan)).toBeLessThan(0.03);
      expect(Math.abs(x - decoded.x)).toBeLessThan(0.3);
    }
  });

  it("are 10-12 s apart with the simulator's option", () => {
    const simulator = new Simulator({ seed: 4, firstOrbit: 1000, wordsAhead: true });
    const rows = readSlowly([simulator.next(40_000).bytes]).words;
    expect(rows.filter(({ head }) => head === 2).length / rows.length).toBeCloseTo(0.5, 1);
    for (const [fpga, ahead] of [
      [0, 138_000],
      [1, 114_000],
    ]) {
      const firstOf = new Map<number, number>();
      rows.forEach((word, row) => {
        if (word.head === 3 && word.fpga === fpga) firstOf.set(word.orbit, row);
      });
      const rowsLater = rows.flatMap(({ head, fpga: of, orbit }, row) => {
        const wordRow = firstOf.get(orbit);
        return head === 2 && of === fpga && wordRow !== undefined ? [row - wordRow] : [];
      });
      expect(rowsLater.length).toBeGreaterThan(100);
      // At 1000 rows/s, rows are 11.2 orbits apart.
      for (const later of rowsLater) expect(Math.abs(later - ahead! / 11.22)).toBeLessThan(400);
    }
  });
});

describe("the trigger of a board", () => {
  const measured = new URL("../../../shared/data/field/known-answer-segments.csv", import.meta.url);

  it.skipIf(!existsSync(measured))("finds the words of the measured candidates from their hits", () => {
    const [, ...lines] = readFileSync(measured, "utf8").trim().split("\n");
    const orbits = new Map<string, string[][]>();
    for (const line of lines) {
      const fields = line.split(",");
      orbits.set(fields[0]!, [...(orbits.get(fields[0]!) ?? []), fields]);
    }
    expect(orbits.size).toBe(6);
    for (const hits of orbits.values()) checkMeasured(hits);
  });

  it("finds the words of orbit 617095: L R L L, tan psi 0.3018, x 38.25 mm", () => {
    checkMeasured([
      "617095,0,1,531,5,17480,32,0.301758,38.250000,1,11,47,538,5,175.000,L".split(","),
      "617095,0,1,531,5,17480,32,0.301758,38.250000,2,11,45,542,12,280.833,R".split(","),
      "617095,0,1,531,5,17480,32,0.301758,38.250000,3,11,46,532,20,37.500,L".split(","),
      "617095,0,1,531,5,17480,32,0.301758,38.250000,4,12,48,544,28,344.167,L".split(","),
    ]);
  });

  function checkMeasured(hits: string[][]): void {
    const trigger = new Trigger(defaultDetector);
    for (const [, fpga, , , , , , , , , , channel, bx, tdc, , side] of hits) {
      const slot = Number(fpga) * 128 + Number(channel);
      trigger.hit(slot, Number(bx) * 30 + Number(tdc), side === "R" ? 1 : -1);
    }
    const [, fpga, , t0Bx, t0Tdc, pattern, sides, tan, x] = hits[0]!.map(Number);
    const found = trigger.take(fpga!)!;
    expect(found).toMatchObject({ fpga, pattern, sides });
    expect(Math.abs(found.tan - tan!)).toBeLessThan(0.01);
    expect(Math.abs(found.xMm - x!)).toBeLessThan(0.1);
    // One of the six has a late hit; its t0 on the board is 10 ns off the fit of all four hits.
    expect(Math.abs(found.t0Tick - (t0Bx! * 30 + t0Tdc!)) * (25 / 30)).toBeLessThan(11.5);
  }

  it("finds nothing in hits of two layers, on one side only, or off a line", () => {
    const trigger = new Trigger(defaultDetector);
    const take = (...hits: [layer: number, column: number, tick: number, side: number][]) => {
      for (const hit of hits) trigger.put(0, ...hit);
      return trigger.take(0);
    };
    expect(take([1, 1, 1000, 1], [2, 1, 1000, -1])).toBeNull();
    expect(take([1, 1, 1200, 1], [2, 1, 1200, 1], [3, 1, 1200, 1])).toBeNull();
    expect(take([1, 1, 1200, 1], [2, 2, 1230, -1], [3, 1, 1200, 1], [4, 0, 1430, -1])).toBeNull();
    expect(take([1, 1, 1200, 1], [2, 2, 1252, -1], [3, 1, 1200, 1])).not.toBeNull();
  });
});

test.each([
  [0.301758, 0x34d4],
  [38.25, 0x50c8],
  [-0.070496, 0xac83],
  [1e-6, 0x0011],
])("half float %d", (value, bits) => {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  expect(halfFloatOf(value)).toBe(bits >= 0x8000 ? -size : size);
});

test("the pipeline matches the words with its own segments", () => {
  const [message] = new SimulatedWindows({ rateHz: 4000, windowMs: 20_000 }).take(1);
  for (const [fpga, chamber] of [
    ["0", "0"],
    ["1", "2"],
  ] as const) {
    const found = message!.trigger_words![fpga]!;
    expect(found.incomplete / found.candidates).toBeLessThan(0.02);
    expect(found.repeated / found.candidates).toBeLessThan(0.02);
    expect(found.matched).toBeGreaterThan(200);
    expect(found.matched).toBeLessThan(message!.segment_chamber![chamber]!.count);
    const inside = ({ hist_counts: counts }: { hist_counts: number[] }, bins: number) => {
      const middle = counts.length / 2;
      const sum = (values: number[]) => values.reduce((total, count) => total + count, 0);
      return sum(counts.slice(middle - bins, middle + bins)) / found.matched;
    };
    // Tolerances: 0.02 in tan psi, 0.5 mm, 4 ns.
    expect(inside(found.dtan, 4)).toBeGreaterThan(0.9);
    expect(inside(found.dx, 5)).toBeGreaterThan(0.9);
    expect(inside(found.dt0, 4)).toBeGreaterThan(0.9);
  }
});

test("words that arrive 10-12 s ahead are matched with their segments in detector time", () => {
  const rows = new Simulator({ seed: 6, rateHz: 1000, firstOrbit: 1000, wordsAhead: true }).next(
    40_000,
  ).bytes;
  const matchedIn = (config: PipelineConfig) =>
    messagesOf(config, accumulate(config, [rows]), 65_536).flatMap(({ trigger_words }) =>
      Object.values(trigger_words!).map(({ matched }) => matched),
    );
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const detector: PipelineConfig = { ...defaultPipelineConfig, time: "detector", format: "csv" };
  // In 40 s of rows, hits of the last 28 s have their words.
  expect(sum(matchedIn(detector))).toBeGreaterThan(200);
});
