/** Segments of simulated muons, compared with the true tracks. */
import { describe, expect, it } from "vitest";
import { defaultDetector, timeInOrbitNs, type MuonSegment } from "../../pipeline/model/index.js";
import {
  bytesInMemory,
  defaultPipelineConfig,
  mergePartials,
  orderOf,
  PartialCursor,
  type PipelineConfig,
} from "../../pipeline/steps/index.js";
import { ChamberHits } from "../../pipeline/steps/muons/chamber-hits.js";
import { SegmentFinder } from "../../pipeline/steps/muons/finder.js";
import { SegmentList } from "../../pipeline/steps/muons/segment-list.js";
import { Random } from "../../producer/random.js";
import { crossChamber } from "../../producer/simulator/cells.js";
import { MuonFlux } from "../../producer/simulator/muon.js";
import { simulatorPresets } from "../../producer/simulator/presets.js";
import { rowAt } from "../helpers/tracks.js";
import { encodeCsv } from "../reference/encode.js";
import type { Row } from "../reference/row.js";
import { accumulate, messagesOf } from "./run-steps.js";

const config: PipelineConfig = {
  ...defaultPipelineConfig,
  time: "detector",
  format: "csv",
  windowMs: 60_000,
};
const { chambers } = defaultDetector;
const drift = { nsPerMm: 1000 / defaultDetector.driftVelocityUmPerNs, speed: 1 };

interface Crossing {
  t0: number;
  x: number;
  tan: number;
  layers: number;
}

/** Rows of muons in orbits 0, 1, 2, ..., and the true tracks by orbit and chamber. */
function muons(count: number, efficiency = 1): { rows: Row[]; truth: Map<string, Crossing> } {
  const random = new Random(7);
  const flux = new MuonFlux(defaultDetector, random);
  const rows: Row[] = [];
  const truth = new Map<string, Crossing>();
  for (let orbit = 0; orbit < count; orbit += 1) {
    const track = flux.next();
    const start = 1000 + random.uniform() * 86_000;
    for (const [chamber, config] of chambers.entries()) {
      const x = config.rotated
        ? track.yMm + track.slopeY * config.heightMm
        : track.xMm + track.slopeX * config.heightMm;
      const t0 = start - config.driftOffsetNs;
      let layers = 0;
      crossChamber(track, config, simulatorPresets.clean, drift, random, (cell, driftTimeNs) => {
        if (random.uniform() >= efficiency) return;
        rows.push(rowAt(chamber, cell, orbit, t0 + driftTimeNs));
        layers += 1;
      });
      truth.set(`${orbit}/${chamber}`, {
        t0,
        x,
        tan: config.rotated ? track.slopeY : track.slopeX,
        layers,
      });
    }
  }
  return { rows, truth };
}

function segmentsOf(rows: Row[]): MuonSegment[] {
  const found: MuonSegment[] = [];
  for (const { bytes, windowStartMs } of accumulate(config, [encodeCsv(rows)])) {
    if (windowStartMs < 0) continue;
    mergePartials([new PartialCursor(bytesInMemory(bytes))], defaultDetector, {
      muons: true,
      segments: (orbit, list) => found.push(...orderOf(list).map((i) => list.extract(i, orbit))),
    });
  }
  return found;
}

const rms = (values: number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
const within68 = (values: number[]): number =>
  values.map(Math.abs).sort((a, b) => a - b)[Math.floor(0.68 * values.length)]!;
const degrees = (tan: number): number => (Math.atan(tan) * 180) / Math.PI;

describe("segments of simulated muons", () => {
  const { rows, truth } = muons(12_000);
  const found = segmentsOf(rows);
  const [message] = messagesOf(config, accumulate(config, [encodeCsv(rows)]), 65_536);
  const ambiguous = Object.values(message!.segment_chamber!).reduce((sum, one) => sum + one.ambiguous, 0);
  const differences = found.flatMap((segment) => {
    const { t0, x, tan } = truth.get(`${segment.orbit}/${segment.chamber}`)!;
    if (Math.abs(tan) > 1.1) return [];
    return [
      {
        four: !segment.cells.includes(null),
        t0: segment.t0_ns - t0,
        x: segment.x_mm - x,
        angle: degrees(segment.tan) - degrees(tan),
      },
    ];
  });

  it("are found with 97 % efficiency for three or more layers and slopes up to 1.1", () => {
    const wanted = [...truth].filter(([, { layers, tan }]) => layers >= 3 && Math.abs(tan) <= 1.1);
    const places = new Set(found.map(({ orbit, chamber }) => `${orbit}/${chamber}`));
    const seen = wanted.filter(([place]) => places.has(place)).length;
    expect(wanted.length).toBeGreaterThan(10_000);
    expect((seen + ambiguous) / wanted.length).toBeGreaterThanOrEqual(0.97);
    expect(ambiguous / wanted.length).toBeLessThan(0.1);
  });

  it("of four hits agree with the tracks within 0.25 mm and 1.2 degrees", () => {
    const four = differences.filter((one) => one.four);
    expect(rms(four.map(({ x }) => x))).toBeLessThanOrEqual(0.25);
    expect(rms(four.map(({ angle }) => angle))).toBeLessThanOrEqual(1.2);
  });

  it("of three hits agree with the tracks in 68 %", () => {
    const three = differences.filter((one) => !one.four);
    expect(three.length).toBeGreaterThan(500);
    expect(within68(three.map(({ x }) => x))).toBeLessThanOrEqual(0.25);
    expect(within68(three.map(({ angle }) => angle))).toBeLessThanOrEqual(1.2);
    expect(within68(three.map(({ t0 }) => t0))).toBeLessThanOrEqual(3);
  });
});

it("have hits of one track only, in 99.5 % of cases, even if several tracks are in one chamber and orbit", () => {
  // Three muons per orbit, so a tenth of the pairs is less than 4 us apart.
  const { rows, trackOf } = crowd(6000, 3);
  const found = segmentsOf(rows);
  const mixed = found.filter(({ orbit, chamber, cells, drift_ns, t0_ns }) => {
    const tracks = cells.map((cell, layer) =>
      cell === null ? null : (trackOf.get(keyOf(orbit, chamber, cell, t0_ns + drift_ns[layer]!)) ?? null),
    );
    const most = Math.max(...[0, 1, 2].map((track) => tracks.filter((one) => one === track).length));
    return most < 3;
  });
  expect(found.length).toBeGreaterThan(10_000);
  expect(mixed.length / found.length).toBeLessThanOrEqual(0.005);
});

/** Key of a hit: times, to a tenth of a TDC count, distinguish hits of a cell. */
const keyOf = (orbit: number, chamber: number, cell: number, timeNs: number): string =>
  `${orbit}/${chamber}/${cell}/${Math.round(timeNs * 1.2)}`;

/** Rows with several muons per orbit, and the muon of each hit. */
function crowd(orbits: number, perOrbit: number): { rows: Row[]; trackOf: Map<string, number> } {
  const random = new Random(11);
  const flux = new MuonFlux(defaultDetector, random);
  const rows: Row[] = [];
  const trackOf = new Map<string, number>();
  for (let orbit = 0; orbit < orbits; orbit += 1)
    for (let number = 0; number < perOrbit; number += 1) {
      const track = flux.next();
      const start = 1000 + random.uniform() * 86_000;
      for (const [chamber, config] of chambers.entries())
        crossChamber(track, config, simulatorPresets.clean, drift, random, (cell, driftNs) => {
          const row = rowAt(chamber, cell, orbit, start - config.driftOffsetNs + driftNs);
          trackOf.set(keyOf(orbit, chamber, cell, timeInOrbitNs(row.bx, row.tdc)), number);
          rows.push(row);
        });
    }
  return { rows, trackOf };
}

it("times of four-hit segments are within 3 ns of the tracks", () => {
  // One in a thousand has wrong sides with a smaller sum of residuals and a time up to 120 ns off. These few dominate the
  // spread, which is 1.3 ns without them; measuring it takes many tracks. See decision 0011.
  const errors = [1, 2, 3, 4, 5, 6, 7].flatMap((seed) => timeErrors(seed, 25_000));
  expect(errors.length).toBeGreaterThan(150_000);
  expect(rms(errors)).toBeLessThanOrEqual(3);
  const sorted = errors.map(Math.abs).sort((a, b) => a - b);
  expect(rms(sorted.slice(0, Math.floor(0.997 * sorted.length)))).toBeLessThanOrEqual(1.5);
});

/** Errors of t0, ns, of four-hit segments of muons, from the finder alone. */
function timeErrors(seed: number, count: number): number[] {
  const random = new Random(seed);
  const flux = new MuonFlux(defaultDetector, random);
  const finder = new SegmentFinder(defaultDetector);
  const [hits, list] = [new ChamberHits(), new SegmentList()];
  const signals = { timesNs: new Float64Array(1), count: 0 };
  const errors: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const track = flux.next();
    const start = 1000 + random.uniform() * 86_000;
    for (const [chamber, config] of chambers.entries()) {
      const t0 = start - config.driftOffsetNs;
      crossChamber(track, config, simulatorPresets.clean, drift, random, (cell, driftNs) => {
        const { bx, tdc } = rowAt(chamber, cell, 0, t0 + driftNs);
        hits.push(cell, bx, tdc, timeInOrbitNs(bx, tdc));
      });
      hits.sort();
      finder.find(hits, chamber, config.driftOffsetNs, signals, list);
      const slope = config.rotated ? track.slopeY : track.slopeX;
      if (list.length === 1 && list.hits[0] === 4 && Math.abs(slope) <= 1.1) errors.push(list.t0Ns[0]! - t0);
      hits.clear();
      list.length = 0;
    }
  }
  return errors;
}

it("layers that detect 60 % of the tracks have an efficiency of 0.60", () => {
  // The simulator's cells have an efficiency of 97 %.
  const { rows } = muons(25_000, 0.6 / 0.97);
  const [message] = messagesOf(config, accumulate(config, [encodeCsv(rows)]), 65_536);
  for (let layer = 0; layer < 4; layer += 1) {
    const counts = Object.values(message!.segment_chamber!);
    const foundIn = counts.reduce((sum, { layer_found }) => sum + layer_found[layer]!, 0);
    const missedIn = counts.reduce((sum, { layer_missed }) => sum + layer_missed[layer]!, 0);
    expect(Math.abs(foundIn / (foundIn + missedIn) - 0.6), `layer ${layer + 1}`).toBeLessThanOrEqual(0.02);
  }
});
