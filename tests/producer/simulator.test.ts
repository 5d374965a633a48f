import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultDetector, layerOfCell, ledgerGap, wirePositionMm } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/simulator/index.js";
import { chamberOf, driftTimesOf, kindOf, readSlowly } from "./slow-reader.js";
import type { Word } from "./slow-reader.js";

const sample = new Simulator({ seed: 11 });
const reading = readSlowly(Array.from({ length: 60 }, () => sample.next(5000).bytes));
const hits = reading.words.filter((word) => kindOf(word) === "hits");

describe("known answer", () => {
  test("equals the result of an independent slow reader", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, sizes, garbage) => {
          const simulator = new Simulator({ seed });
          simulator.setFaults({ garbage, dead_fpga: 1, hot_wire: { chamber: 0, cell: 5, rate_hz: 900 } });
          const blocks = sizes.map((size) => simulator.next(size));
          const found = readSlowly(blocks.map(({ bytes }) => bytes));
          const truth = simulator.truth();
          expect(truth.ledger).toEqual(found.ledger);
          expect(truth.hitsPerChannel).toEqual(found.hitsPerChannel);
          expect(found.ledger.rows).toBe(blocks.reduce((sum, { rows }) => sum + rows, 0));
          blocks.forEach(({ rows, spent }, i) => expect(Math.max(rows, spent)).toBe(sizes[i]));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("adds up and can be read at any time", () => {
    const truth = sample.truth();
    expect(truth.ledger).toEqual(reading.ledger);
    expect(ledgerGap(truth.ledger)).toBe(0);
    expect(truth.hitsPerChamber.reduce((sum, count) => sum + count, 0)).toBe(truth.ledger.hits);
    truth.ledger.hits = -1;
    expect(sample.truth().ledger.hits).not.toBe(-1);
  });
});

describe("determinism", () => {
  test("the same seed and calls give the same bytes", () => {
    const run = () => {
      const simulator = new Simulator({ seed: 5 });
      const blocks = [simulator.next(100), simulator.next(1)];
      simulator.setFaults({ garbage: 0.1 });
      simulator.pass(1234);
      return [...blocks, simulator.next(500)];
    };
    expect(run()).toEqual(run());
  });

  test("the size of the blocks does not change the rows", () => {
    const whole = new Simulator({ seed: 9 }).next(1000).bytes;
    const simulator = new Simulator({ seed: 9 });
    const parts = Array.from({ length: 100 }, () => simulator.next(10).bytes);
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  });

  test("another seed gives other rows", () => {
    expect(new Simulator({ seed: 1 }).next(50).bytes).not.toEqual(new Simulator({ seed: 2 }).next(50).bytes);
  });
});

describe("muons", () => {
  const drifts = driftTimesOf(reading.words);

  test("drift times fill the box from 0 to 390 ns", () => {
    const inside = drifts.filter(({ driftTimeNs }) => driftTimeNs >= 0 && driftTimeNs < 402);
    // Except for noise hits and muons that share an orbit.
    expect(inside.length / drifts.length).toBeGreaterThan(0.98);
    for (let chamber = 0; chamber < 4; chamber += 1) {
      const ofChamber = inside.filter((hit) => hit.chamber === chamber);
      const mean = ofChamber.length / 39;
      for (let bin = 0; bin < 39; bin += 1) {
        const count = ofChamber.filter(({ driftTimeNs }) => Math.floor(driftTimeNs / 10) === bin).length;
        expect(Math.abs(count - mean), `chamber ${chamber}, bin ${bin}`).toBeLessThan(6 * Math.sqrt(mean));
      }
      const late = ofChamber.filter(({ driftTimeNs }) => driftTimeNs >= 400).length;
      expect(late).toBeLessThan(0.003 * ofChamber.length);
    }
  });

  test("the hits of a track are on a line", () => {
    const tracks = new Map<string, { word: Word; driftTimeNs: number }[]>();
    for (const { word, chamber, driftTimeNs } of drifts) {
      if (driftTimeNs < 0 || driftTimeNs > 405) continue;
      const key = `${word.orbit}/${chamber}`;
      tracks.set(key, [...(tracks.get(key) ?? []), { word, driftTimeNs }]);
    }
    const full = [...tracks.values()].filter(
      (track) =>
        track.length === 4 && new Set(track.map(({ word }) => layerOfCell(word.channel % 64))).size === 4,
    );
    const residuals = full.map(bestResidualMm).sort((a, b) => a - b);
    expect(full.length).toBeGreaterThan(5000);
    // The drift-time resolution of 2 ns is 0.1 mm; larger residuals are from noise hits and second muons.
    expect(residuals[Math.floor(0.97 * residuals.length)]).toBeLessThan(0.4);
  });

  test("occupancy is flat and the chambers' rates are alike", () => {
    const { hitsPerChannel, hitsPerChamber } = sample.truth();
    const mean = hitsPerChannel.reduce((sum, count) => sum + count, 0) / 256;
    hitsPerChannel.forEach((count, cell) => {
      expect(count, `cell ${cell}`).toBeGreaterThan(0.8 * mean);
      expect(count, `cell ${cell}`).toBeLessThan(1.2 * mean);
    });
    hitsPerChamber.forEach((count) => expect(Math.abs(count / (64 * mean) - 1)).toBeLessThan(0.05));
  });

  test("about half of the orbits with a chamber crossed have a scintillator row", () => {
    const crossed = new Map<number, number>();
    for (const { orbit } of hits) crossed.set(orbit, (crossed.get(orbit) ?? 0) + 1);
    const muons = [...crossed].filter(([, count]) => count >= 3).map(([orbit]) => orbit);
    const scintillator = new Set(
      reading.words.filter((word) => kindOf(word) === "scintillator").map(({ orbit }) => orbit),
    );
    const fraction = muons.filter((orbit) => scintillator.has(orbit)).length / muons.length;
    expect(fraction).toBeGreaterThan(0.4);
    expect(fraction).toBeLessThan(0.9);
  });

  test("orbits without a scintillator row can have noise hits", () => {
    const crossed = new Map<number, number>();
    for (const { orbit } of hits) crossed.set(orbit, (crossed.get(orbit) ?? 0) + 1);
    const alone = [...crossed.values()].filter((count) => count === 1).length;
    expect(alone / hits.length).toBeGreaterThan(0.02);
    expect(alone / hits.length).toBeLessThan(0.2);
  });
});

describe("simulated rows resemble measured rows:", () => {
  const heads = (head: number) => reading.words.filter((word) => word.head === head);

  test("about half are not hits, with all HEADs", () => {
    const { rows, head_rejected, malformed, unmapped } = reading.ledger;
    expect(head_rejected / rows).toBeCloseTo(0.5, 2);
    expect(malformed).toBe(0);
    expect(unmapped).toBeGreaterThan(0);
    // Channels of the second timing input and of the read-out's own signal.
    const known = heads(2).filter(({ fpga, channel }) => fpga === 1 && (channel === 129 || channel === 138));
    expect(known).toHaveLength(unmapped);
    expect(unmapped / rows).toBeLessThan(0.035);
    for (const head of [0, 1, 3, 4, 5]) expect(heads(head).length / head_rejected).toBeCloseTo(0.2, 2);
  });

  test("hits and status words have realistic BX and TDC", () => {
    const inRange = heads(2).every(
      ({ bx, tdc }) => bx <= 3563 && Number.isInteger(tdc) && tdc >= 1 && tdc <= 30,
    );
    expect(inRange).toBe(true);
    expect(heads(3).some(({ bx }) => bx > 3563)).toBe(true);
    for (const head of [4, 5])
      expect(heads(head).some(({ tdc }) => tdc < 0 && !Number.isInteger(tdc))).toBe(true);
    expect(heads(2).some(({ fpga, channel }) => fpga === 1 && channel === 138)).toBe(true);
  });

  test("orbits of hits are out of order by tens to hundreds, and those of most words are far ahead", () => {
    const simulator = new Simulator({ seed: 2, firstOrbit: 3_387_200_000 });
    const { words } = readSlowly([simulator.next(20_000).bytes]);
    let latest = 0;
    let late = 0;
    let farthest = 0;
    for (const { orbit } of words.filter(({ head }) => head === 2)) {
      if (orbit < latest) late += 1;
      farthest = Math.max(farthest, latest - orbit);
      latest = Math.max(latest, orbit);
    }
    expect(late).toBeGreaterThan(500);
    expect(farthest).toBeGreaterThan(20);
    expect(farthest).toBeLessThan(2000);
    const status = words.filter(({ head }) => head !== 2).map(({ orbit }) => orbit);
    const [own, ahead] = [
      status.filter((orbit) => orbit <= latest),
      status.filter((orbit) => orbit > latest),
    ];
    expect(own.length / status.length).toBeGreaterThan(0.05);
    expect(Math.min(...ahead) - 3_387_200_000).toBeGreaterThan(113_000);
    expect(Math.max(...ahead) - latest).toBeLessThan(139_000);
  });
});

describe("orbit counter", () => {
  const lastHitOrbit = (simulator: Simulator, rows: number) =>
    readSlowly([simulator.next(rows).bytes]).words.findLast(({ head }) => head === 2)!.orbit;

  test("follows the time at the set rate: 89.1 us per orbit", () => {
    const simulator = new Simulator({ seed: 3, rateHz: 2000, firstOrbit: 0 });
    expect(lastHitOrbit(simulator, 20_000) * 89.1e-6).toBeCloseTo(10, 0);
    simulator.setRate(500);
    expect(lastHitOrbit(simulator, 5000) * 89.1e-6).toBeCloseTo(20, 0);
    simulator.pass(30_000);
    expect(lastHitOrbit(simulator, 100) * 89.1e-6).toBeCloseTo(50, 0);
  });

  test("drops rows prepared before a pause", () => {
    const simulator = new Simulator({ seed: 3, firstOrbit: 0 });
    simulator.next(1000);
    simulator.pass(60_000);
    const { words } = readSlowly([simulator.next(1000).bytes]);
    expect(Math.min(...words.map(({ orbit }) => orbit)) * 89.1e-6).toBeGreaterThan(60);
  });

  test("wraps at 2^32", () => {
    const simulator = new Simulator({ firstOrbit: 4_294_967_295 });
    const orbits = readSlowly([simulator.next(1000).bytes])
      .words.filter(({ head }) => head === 2)
      .map(({ orbit }) => orbit);
    expect(Math.min(...orbits)).toBeLessThan(20_000);
    expect(Math.max(...orbits)).toBeGreaterThan(4_294_967_000);
  });

  test("has a first value that depends on the seed if none is given", () => {
    const first = (seed: number) => readSlowly([new Simulator({ seed }).next(10).bytes]).words[0]!.orbit;
    expect(first(1)).toBe(first(1));
    expect(first(1)).not.toBe(first(2));
  });

  test.each([-1, 0.5, 4_294_967_296, NaN])("refuses the first orbit %s", (firstOrbit) => {
    expect(() => new Simulator({ firstOrbit })).toThrow("the first orbit must be");
  });

  test.each([0, -1, NaN, Infinity])("refuses the rate %s", (rateHz) => {
    expect(() => new Simulator({ rateHz })).toThrow("rate must be");
  });
});

test("another detector map changes the channels of the rows", () => {
  const chambers = defaultDetector.chambers.map((chamber, i) => ({
    ...chamber,
    fpga: 3 + i,
    firstChannel: 1000,
  }));
  const timing = [{ name: "scintillator", fpga: 6, channel: 7, givesT0: true, plate: null }];
  const detector = { ...defaultDetector, chambers, timing };
  const { words } = readSlowly([new Simulator({ detector }).next(2000).bytes]);
  expect([...new Set(words.map(({ fpga }) => fpga))].sort()).toEqual([3, 4, 5, 6]);
  expect(words.filter(({ head }) => head === 2).every((word) => chamberOf(word) === -1)).toBe(true);
});

/** Largest distance of four hits from a straight line, minimised over the 16 left-right choices, mm. */
function bestResidualMm(track: { word: Word; driftTimeNs: number }[]): number {
  const points = track.map(({ word, driftTimeNs }) => ({
    ...wirePositionMm(word.channel % 64),
    // Half a TDC count is subtracted, because times are rounded up.
    distance: ((driftTimeNs - 0.4) * 53.8) / 1000,
  }));
  const choices = Array.from({ length: 16 }, (_, bits) =>
    points.map(({ x, z, distance }, i) => ({ z, x: (bits >> i) % 2 === 0 ? x - distance : x + distance })),
  );
  return Math.min(...choices.map(largestDistanceFromLine));
}

function largestDistanceFromLine(points: { x: number; z: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, z0] = [mean(points.map(({ x }) => x)), mean(points.map(({ z }) => z))];
  const slope =
    mean(points.map(({ x, z }) => (x - x0) * (z - z0))) / mean(points.map(({ z }) => (z - z0) * (z - z0)));
  return Math.max(...points.map(({ x, z }) => Math.abs(x - x0 - slope * (z - z0))));
}
