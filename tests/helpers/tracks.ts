/** Rows of simulated muons: the hits of a straight track in a chamber, with given errors of the drift times. */
import fc, { type Arbitrary } from "fast-check";
import type { Row } from "../reference/row.js";
import { layerZ, wireX } from "../reference/segments.js";

export interface Track {
  chamber: number;
  orbit: number;
  /** Time from the start of the orbit, without the offset of the chamber, ns. */
  t0: number;
  /** Position at the centre of the chamber, mm. */
  x: number;
  tan: number;
  /** Added to the drift time, by layer, ns; null if the layer has no hit. */
  errors: readonly (number | null)[];
}

const layerOfRemainder = [4, 2, 3, 1];
const places = [
  [0, 0],
  [0, 64],
  [1, 0],
  [1, 64],
] as const;

/** TDC values start at 1. */
export function rowAt(chamber: number, cell: number, orbit: number, timeNs: number): Row {
  const [fpga, firstChannel] = places[chamber]!;
  const ticks = Math.max(1, Math.round((timeNs * 30) / 25));
  const bx = Math.floor((ticks - 1) / 30);
  return { head: 2, fpga, channel: firstChannel + cell, orbit, bx, tdc: ticks - bx * 30 };
}

export function rowsOfTrack({ chamber, orbit, t0, x, tan, errors }: Track): Row[] {
  return [1, 2, 3, 4].flatMap((layer) => {
    const error = errors[layer - 1] ?? null;
    const at = x + tan * layerZ(layer);
    const wire = Math.round((at - wireX(layer, 0)) / 42);
    if (error === null || wire < 0 || wire > 15) return [];
    const driftNs = Math.abs(at - wireX(layer, wire)) / 0.0538 + error;
    return [rowAt(chamber, wire * 4 + layerOfRemainder.indexOf(layer), orbit, t0 + driftNs)];
  });
}

const error = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -4, max: 4, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(null) },
);

/** Tracks that share few orbits, positions and times, so that they overlap. */
const trackArbitrary: Arbitrary<Track> = fc.record({
  chamber: fc.nat({ max: 3 }),
  orbit: fc.integer({ min: 500, max: 503 }),
  t0: fc.oneof(
    fc.double({ min: 1000, max: 2500, noNaN: true }),
    fc.double({ min: 0, max: 88_000, noNaN: true }),
    fc.constant(1000),
  ),
  x: fc.oneof(
    fc.double({ min: -360, max: 380, noNaN: true }),
    fc.double({ min: -40, max: 40, noNaN: true }),
    fc.constantFrom(0, -21, -10.5, 21, 42),
  ),
  tan: fc.oneof(fc.double({ min: -1.4, max: 1.4, noNaN: true }), fc.constantFrom(0, 0.5, -1)),
  errors: fc.tuple(error, error, error, error),
});

/** A hit near the tracks. */
const noiseArbitrary: Arbitrary<Row> = fc
  .record({
    chamber: fc.nat({ max: 3 }),
    cell: fc.oneof(fc.integer({ min: 24, max: 40 }), fc.nat({ max: 63 })),
    orbit: fc.integer({ min: 500, max: 503 }),
    timeNs: fc.double({ min: 900, max: 3000, noNaN: true }),
  })
  .map(({ chamber, cell, orbit, timeNs }) => rowAt(chamber, cell, orbit, timeNs));

const timingArbitrary: Arbitrary<Row> = fc
  .record({
    channel: fc.constantFrom(128, 128, 128, 129),
    orbit: fc.integer({ min: 500, max: 503 }),
    timeNs: fc.double({ min: 1000, max: 2600, noNaN: true }),
  })
  .map(({ channel, orbit, timeNs }) => ({ ...rowAt(3, 0, orbit, timeNs), channel }));

const wordArbitrary: Arbitrary<Row> = fc
  .record({
    head: fc.constantFrom(0, 1, 3, 4, 5),
    fpga: fc.constantFrom(0, 1, 1, 5),
    orbit: fc.integer({ min: 499, max: 503 }),
    bx: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 70_000 })),
    tdc: fc.oneof(
      fc.integer({ min: 0, max: 31 }),
      fc.double({ min: -2, max: 2, noNaN: true }).map((value) => Number(value.toFixed(6))),
      fc.double({ min: -130, max: 130, noNaN: true }),
    ),
  })
  .map(({ head, fpga, orbit, bx, tdc }) => ({
    head,
    fpga,
    channel: 0,
    orbit,
    bx: head === 3 ? bx : bx % 3564,
    tdc: tdc + 0,
  }));

/** Rows of tracks, noise, duplicates, timing signals and trigger words of a few orbits. */
export const muonRowsArbitrary: Arbitrary<Row[]> = fc
  .tuple(
    fc.array(trackArbitrary, { maxLength: 14 }),
    fc.array(noiseArbitrary, { maxLength: 20 }),
    fc.array(timingArbitrary, { maxLength: 5 }),
    fc.array(wordArbitrary, { maxLength: 20 }),
    fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
  )
  .map(([tracks, noise, timing, words, copies]) => {
    const hits = [...tracks.flatMap(rowsOfTrack), ...noise];
    const duplicates = copies.flatMap((at) => hits.slice(at, at + 1));
    return [...hits, ...duplicates, ...timing, ...words];
  });

/** Rows of one muon in a chamber, sometimes with a timing signal or a trigger word. */
export const muonOrbitArbitrary: Arbitrary<Row[]> = fc
  .tuple(
    trackArbitrary.map(rowsOfTrack),
    fc.array(timingArbitrary, { maxLength: 1 }),
    fc.array(wordArbitrary, { maxLength: 2 }),
  )
  .map((rows) => rows.flat());
