/** Segments, timing, read-out and trigger words of a window from its rows, each counted separately. */
import type { BinnedCounts, MuonKeys, MuonSegment } from "../../pipeline/model/muons.js";
import { chambers, driftTimeNs, earliest, placeOf, type ChamberIndex } from "./place.js";
import type { Row } from "./row.js";
import {
  findSegments,
  layerZ,
  wireX,
  type ReferenceChamber,
  type ReferenceHit,
  type ReferenceSegment,
} from "./segments.js";

const offsets = [93.9, 101.4, 95.5, 92.4];
const heights = [219.8, 977.3, 1035.6, 1819.8];
const layerOfRemainder = [4, 2, 3, 1];
const layers = [1, 2, 3, 4];
const pairs = ["0-2", "0-3", "2-0", "2-3", "3-0", "3-2"];
const words = [0, 1, 3, 4, 5];

interface RowHit extends ReferenceHit {
  row: Row;
  cell: number;
}

interface OrbitChamber extends ReferenceChamber {
  hits: RowHit[];
}

interface Orbit {
  orbit: number;
  rows: Row[];
  signals: Row[];
  chambers: OrbitChamber[];
  hitCount: number;
}

/** Offset of the layer plus that of the cell, ns. */
export type OffsetOf = (chamber: ChamberIndex, layer: number, cell: number) => number;
const noOffset: OffsetOf = () => 0;

/** @param records rows of each record; only in arrival time */
export function muonKeysOf(rows: Row[], records?: Row[][], offsetOf = noOffset): MuonKeys {
  const orbits = orbitsOf(rows, offsetOf);
  const seen = [0, 1, 2, 3, 4, 5, 6, 7].filter((fpga) => rows.some((row) => row.fpga === fpga));
  const byFpga = <T>(make: (fpga: number) => T): Record<string, T> =>
    Object.fromEntries(seen.map((fpga) => [fpga, make(fpga)]));
  const byChamber = <T>(make: (chamber: ChamberIndex) => T): Record<string, T> =>
    Object.fromEntries(chambers.map((chamber) => [chamber, make(chamber)]));
  return {
    segment_chamber: byChamber((chamber) => segmentCounts(orbits, chamber)),
    noise_chamber: byChamber((chamber) => noiseCounts(orbits, chamber)),
    chamber_pair: Object.fromEntries([...pairs, "0-2-3"].map((name) => [name, pairCounts(orbits, name)])),
    read_out: byFpga((fpga) => readOut(rows, fpga, records)),
    timing: {
      scintillator: timing(orbits, 128),
      "fpga1-129": timing(orbits, 129),
    },
    trigger_words: byFpga((fpga) => triggerWords(orbits, fpga)),
    muons: muonsOf(orbits),
  };
}

const timeOf = ({ bx, tdc }: { bx: number; tdc: number }): number => 25 * (bx + tdc / 30);

function orbitsOf(rows: Row[], offsetOf = noOffset): Orbit[] {
  const byOrbit = new Map<number, Row[]>();
  for (const row of rows) {
    const known = byOrbit.get(row.orbit);
    if (known === undefined) byOrbit.set(row.orbit, [row]);
    else known.push(row);
  }
  return [...byOrbit].map(([orbit, rows]) => {
    const signals = rows.filter((row) => placeOf(row) === "scintillator");
    const found = chambers.map((chamber): OrbitChamber => {
      const hits = rows.filter((row) => placeOf(row) === chamber).map((row) => hitOf(row, chamber, offsetOf));
      return { hits, ...findSegments(hits, offsets[chamber]!, signals.map(timeOf)) };
    });
    const hitCount = found.reduce((sum, { hits }) => sum + hits.length, 0);
    return { orbit, rows, signals, chambers: found, hitCount };
  });
}

function hitOf(row: Row, chamber: ChamberIndex, offsetOf: OffsetOf): RowHit {
  const cell = row.channel % 64;
  const layer = layerOfRemainder[cell % 4]!;
  const t = timeOf(row) + offsetOf(chamber, layer, cell);
  return { row, cell, layer, wire: Math.floor(cell / 4), bx: row.bx, tdc: row.tdc, t };
}

const cellOf = (hit: ReferenceHit): number => (hit as RowHit).cell;

function histogram(lower: number, upper: number, bins: number, values: number[]): BinnedCounts {
  const width = (upper - lower) / bins;
  // Differences of 1e-9 are ignored, because rounding errors near a bin edge are arbitrary.
  const at = values.map((value) => Math.floor((Math.round(value * 1e9) / 1e9 - lower) / width));
  return {
    lower,
    upper,
    hist_counts: counted(bins, at),
    underflow: at.filter((one) => one < 0).length,
    overflow: at.filter((one) => one >= bins).length,
  };
}

/** Number of occurrences of each of 0..length - 1 in the values. */
function counted(length: number, values: number[]): number[] {
  const counts = Array<number>(length).fill(0);
  for (const value of values) if (value >= 0 && value < length) counts[value]! += 1;
  return counts;
}

const isFourHit = ({ hits }: ReferenceSegment): boolean => hits.every((hit) => hit !== null);

/** Time of a segment relative to the nearest signal of its orbit; null without a signal. */
function timingOf(segment: ReferenceSegment, chamber: number, signals: Row[]): number | null {
  const after = signals.map(timeOf).map((signal) => segment.t0 + offsets[chamber]! - signal);
  return after.sort((a, b) => Math.abs(a) - Math.abs(b) || b - a)[0] ?? null;
}

function segmentCounts(orbits: Orbit[], chamber: ChamberIndex): MuonKeys["segment_chamber"][string] {
  const found = orbits.map((orbit) => ({ orbit, ...orbit.chambers[chamber]! }));
  const all = found.flatMap(({ segments, orbit }) => segments.map((segment) => ({ segment, orbit })));
  const segments = all.map(({ segment }) => segment);
  const four = segments.filter(isFourHit);
  const crossed = segments.flatMap((segment) => missedCell(segment) ?? []);
  const ambiguous = found.flatMap(({ ambiguous }) => ambiguous);
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
  return {
    count: segments.length,
    four_hit: four.length,
    three_hit: segments.length - four.length,
    ambiguous: ambiguous.length,
    showers: sum(found.map(({ showers }) => showers)),
    hits_used: sum(found.map(({ used }) => used.size)),
    layer_found: layers.map(() => four.length),
    layer_missed: layers.map(
      (layer) =>
        crossed.filter((missed) => missed.layer === layer).length +
        ambiguous.filter((missing) => missing === layer).length,
    ),
    cell_found: counted(
      64,
      four.flatMap(({ hits }) => hits.map((hit) => cellOf(hit!))),
    ),
    cell_missed: counted(
      64,
      crossed.map(({ layer, wire }) => wire * 4 + layerOfRemainder.indexOf(layer)),
    ),
    angle: histogram(
      -50,
      50,
      50,
      segments.map(({ tan }) => (Math.atan(tan) * 180) / Math.PI),
    ),
    position: histogram(
      -350,
      350,
      70,
      segments.map(({ x }) => x),
    ),
    residual: layers.map((layer) =>
      histogram(
        -4,
        4,
        80,
        four.map((segment) => residualOf(segment, layer)),
      ),
    ),
    t0_scint: histogram(
      -200,
      200,
      80,
      all.flatMap(({ segment, orbit }) => timingOf(segment, chamber, orbit.signals) ?? []),
    ),
    mean_timer: [1, 2].map((first) =>
      histogram(
        300,
        500,
        100,
        all.flatMap(({ segment, orbit }) => meanTimer(segment, first, chamber, orbit.signals) ?? []),
      ),
    ),
    drift_time: layers.map((layer) =>
      histogram(
        0,
        500,
        50,
        four.map(({ hits, t0 }) => hits[layer - 1]!.t - t0),
      ),
    ),
  };
}

/** Position at which a three-hit segment crosses its missing layer; null near cell walls and outside. */
function missedCell(segment: ReferenceSegment): { layer: number; wire: number } | null {
  if (isFourHit(segment)) return null;
  const layer = segment.hits.indexOf(null) + 1;
  const x = segment.x + segment.tan * layerZ(layer);
  for (let wire = 0; wire < 16; wire += 1) if (Math.abs(x - wireX(layer, wire)) <= 18) return { layer, wire };
  return null;
}

const distanceOf = (hit: ReferenceHit, t0: number): number => 0.0538 * (hit.t - t0);

function residualOf({ hits, sides, t0 }: ReferenceSegment, left: number): number {
  const points = layers
    .filter((layer) => layer !== left)
    .map((layer) => {
      const hit = hits[layer - 1]!;
      return {
        z: layerZ(layer),
        x: wireX(layer, hit.wire) + sides[layer - 1]! * distanceOf(hit, t0),
      };
    });
  const meanZ = points.reduce((sum, { z }) => sum + z, 0) / 3;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / 3;
  const slope =
    points.reduce((sum, { z, x }) => sum + (z - meanZ) * (x - meanX), 0) /
    points.reduce((sum, { z }) => sum + (z - meanZ) ** 2, 0);
  const hit = hits[left - 1]!;
  const fit = meanX + slope * (layerZ(left) - meanZ);
  return Math.abs(distanceOf(hit, t0)) - Math.abs(fit - wireX(left, hit.wire));
}

function meanTimer(
  { hits, sides }: ReferenceSegment,
  first: number,
  chamber: ChamberIndex,
  signals: Row[],
): number | null {
  const start = earliest(signals);
  const three = [first - 1, first, first + 1];
  if (start === undefined || hits.includes(null)) return null;
  if (sides[three[0]!] !== sides[three[2]!] || sides[three[0]!] === sides[three[1]!]) return null;
  const [a, b, c] = three.map((at) => driftTimeNs((hits[at] as RowHit).row, chamber, start));
  return (a! + c!) / 2 + b!;
}

function noiseCounts(orbits: Orbit[], chamber: ChamberIndex): MuonKeys["noise_chamber"][string] {
  const noise = orbits.flatMap((orbit) => {
    const { hits, used, inShowers } = orbit.chambers[chamber]!;
    return hits.filter((hit) => !used.has(hit) && !inShowers.has(hit));
  });
  let repeats = 0;
  for (const orbit of orbits) {
    for (let cell = 0; cell < 64; cell += 1) {
      const times = orbit.chambers[chamber]!.hits.filter((hit) => hit.cell === cell).map(({ t }) => t);
      times.sort((a, b) => a - b);
      repeats += times.filter((t, i) => i > 0 && t - times[i - 1]! <= 600).length;
    }
  }
  return { hits: noise.length, cells: counted(64, noise.map(cellOf)), repeats };
}

const onlyOf = ({ chambers }: Orbit, chamber: number): ReferenceSegment | null => {
  const { segments } = chambers[chamber]!;
  return segments.length === 1 ? segments[0]! : null;
};
const onlyFourHit = (orbit: Orbit, chamber: number): ReferenceSegment | null => {
  const only = onlyOf(orbit, chamber);
  return only !== null && isFourHit(only) ? only : null;
};
const lineAt = ({ x, tan }: ReferenceSegment, chamber: number, height: number): number =>
  x + tan * (height - heights[chamber]!);

/** Position at which the line of a pair or triple crosses its last or middle chamber; null without a line. */
function lineOf(orbit: Orbit, numbers: number[]): number | null {
  const [from, to, other] = numbers as [number, number, number | undefined];
  const first = onlyFourHit(orbit, from);
  if (first === null) return null;
  if (other === undefined) return lineAt(first, from, heights[to]!);
  const second = onlyFourHit(orbit, other);
  if (second === null) return null;
  const share = (heights[to]! - heights[from]!) / (heights[other]! - heights[from]!);
  return first.x + share * (second.x - first.x);
}

function pairCounts(orbits: Orbit[], name: string): MuonKeys["chamber_pair"][string] {
  const numbers = name.split("-").map(Number);
  const expected = orbits.flatMap((orbit) => {
    const line = lineOf(orbit, numbers);
    return line !== null && line >= -336 + 50 && line <= 357 - 50 ? [{ orbit, line }] : [];
  });
  const distances = expected.flatMap(({ orbit, line }) => {
    const all = orbit.chambers[numbers[1]!]!.segments.map(({ x }) => x - line);
    return all.sort((a, b) => Math.abs(a) - Math.abs(b)).slice(0, 1);
  });
  return {
    expected: expected.length,
    found: distances.filter((distance) => Math.abs(distance) <= 100).length,
    dx: histogram(-100, 100, 50, distances),
  };
}

function readOut(rows: Row[], fpga: number, records?: Row[][]): MuonKeys["read_out"][string] {
  const mine = rows.filter((row) => row.fpga === fpga);
  const hits = mine.filter((row) => typeof placeOf(row) === "number");
  const orbits = mine.filter((row) => row.head === 2).map(({ orbit }) => orbit);
  const internal = mine.filter(({ head, channel }) => head === 2 && channel === 138).length;
  return {
    heads: counted(
      8,
      mine.map(({ head }) => head),
    ),
    hits: hits.length,
    orbit_first: orbits.length === 0 ? null : orbits.reduce((a, b) => Math.min(a, b)),
    orbit_last: orbits.length === 0 ? null : orbits.reduce((a, b) => Math.max(a, b)),
    tdc: counted(
      33,
      hits.filter(({ tdc }) => tdc >= 0 && tdc <= 32).map(({ tdc }) => Math.floor(tdc)),
    ),
    bx: histogram(
      0,
      3564,
      66,
      hits.map(({ bx }) => bx),
    ),
    bx_bits: Array.from(
      { length: 12 },
      (_, bit) => hits.filter(({ bx }) => Math.floor(bx / 2 ** bit) % 2 === 1).length,
    ),
    bx_out: hits.filter(({ bx }) => bx > 3563).length,
    internal: fpga === 1 ? { "138": internal } : {},
    ...(records === undefined
      ? {}
      : { orbit_steps_back: records.reduce((sum, record) => sum + stepsBack(record, fpga), 0) }),
  };
}

function stepsBack(record: Row[], fpga: number): number {
  const orbits = record.filter((row) => row.head === 2 && row.fpga === fpga).map(({ orbit }) => orbit);
  return orbits.filter((orbit, i) => i > 0 && orbits[i - 1]! - orbit > 1000).length;
}

function timing(orbits: Orbit[], channel: number): MuonKeys["timing"][string] {
  const signalsOf = ({ rows }: Orbit): number =>
    rows.filter((row) => row.head === 2 && row.fpga === 1 && row.channel === channel).length;
  const withSignal = orbits.filter((orbit) => signalsOf(orbit) > 0);
  const signals = withSignal.reduce((sum, orbit) => sum + signalsOf(orbit), 0);
  const expected = orbits.filter((orbit) =>
    [1, 2].every((chamber) => {
      const segment = onlyOf(orbit, chamber);
      return segment !== null && Math.abs(lineAt(segment, chamber, 1032)) <= 300;
    }),
  );
  return {
    signals,
    orbits: withSignal.length,
    repeated: signals - withSignal.length,
    alone: withSignal.filter(({ hitCount }) => hitCount === 0).length,
    expected: expected.length,
    found: expected.filter((orbit) => signalsOf(orbit) > 0).length,
  };
}

function triggerWords(orbits: Orbit[], fpga: number): MuonKeys["trigger_words"][string] {
  const candidates = orbits.map((orbit) => {
    const mine = orbit.rows.filter((row) => row.fpga === fpga);
    const counts = words.map((head) => mine.filter((row) => row.head === head).length);
    return { orbit, mine, most: Math.max(...counts), fewest: Math.min(...counts) };
  });
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
  const ofHead = (head: number): Row[] =>
    candidates.flatMap(({ mine }) => mine.filter((row) => row.head === head));
  const chamber = [0, 2][fpga];
  const matched = candidates.flatMap(({ orbit, mine, most }) => {
    if (most !== 1 || chamber === undefined) return [];
    const word = (head: number): Row | undefined => mine.find((row) => row.head === head);
    const t0 = word(0);
    const distance = ({ t0: time }: ReferenceSegment): number =>
      t0 === undefined ? 0 : Math.abs(time - timeOf(t0));
    const [segment] = [...orbit.chambers[chamber]!.segments].sort(
      (a, b) => distance(a) - distance(b) || a.t0 - b.t0,
    );
    return segment === undefined ? [] : [{ segment, tan: word(4), x: word(5), t0 }];
  });
  return {
    candidates: sum(candidates.map(({ most }) => most)),
    incomplete: sum(candidates.map(({ most, fewest }) => most - fewest)),
    repeated: sum(candidates.map(({ most }) => Math.max(0, most - 1))),
    tan_psi: histogram(
      -1.6,
      1.6,
      64,
      ofHead(4).map(({ tdc }) => tdc),
    ),
    local_x: histogram(
      -128,
      128,
      64,
      ofHead(5).map(({ tdc }) => tdc),
    ),
    layers: counted(
      5,
      ofHead(3)
        .filter(({ bx }) => bx <= 65535)
        .map(({ bx }) => bx.toString(16).replaceAll("0", "").length),
    ),
    matched: matched.length,
    dtan: histogram(
      -0.1,
      0.1,
      40,
      matched.flatMap(({ segment, tan }) => (tan === undefined ? [] : [tan.tdc - segment.tan])),
    ),
    dx: histogram(
      -4,
      4,
      80,
      matched.flatMap(({ segment, x }) => (x === undefined ? [] : [x.tdc + 126 - segment.x])),
    ),
    dt0: histogram(
      -20,
      20,
      40,
      matched.flatMap(({ segment, t0 }) => (t0 === undefined ? [] : [timeOf(t0) - segment.t0])),
    ),
  };
}

/** The finaliser of MurmurHash3 with 64-bit integers. */
function hashOf(orbit: number): number {
  const low = (value: bigint): bigint => value & 0xffffffffn;
  let h = BigInt(orbit);
  h = low((h ^ (h >> 16n)) * 0x85ebca6bn);
  h = low((h ^ (h >> 13n)) * 0xc2b2ae35n);
  return Number(h ^ (h >> 16n));
}

function muonsOf(orbits: Orbit[]): MuonSegment[] {
  const candidates = orbits
    .map((orbit) => ({
      orbit,
      hash: hashOf(orbit.orbit),
      several: orbit.chambers.filter(({ segments }) => segments.length > 0).length >= 2 ? 0 : 1,
      segments: segmentsOf(orbit),
    }))
    .filter(({ segments }) => segments.length > 0 && segments.length <= 24)
    .sort((a, b) => a.several - b.several || a.hash - b.hash || a.orbit.orbit - b.orbit.orbit);
  const shown: MuonSegment[] = [];
  for (const { segments } of candidates) {
    if (shown.length + segments.length > 24) break;
    shown.push(...segments);
  }
  return shown;
}

const to = (value: number, decimals: number): number =>
  Math.round((Math.round(value * 1e9) / 1e9) * 10 ** decimals) / 10 ** decimals + 0;

/** All segments of an orbit, ordered by chamber and t0, as in a message. */
function segmentsOf({ orbit, chambers: found, signals }: Orbit): MuonSegment[] {
  return found.flatMap(({ segments }, chamber) =>
    [...segments]
      .sort((a, b) => to(a.t0, 9) - to(b.t0, 9) || to(a.x, 9) - to(b.x, 9))
      .map((segment): MuonSegment => {
        const timing = timingOf(segment, chamber, signals);
        return {
          orbit,
          chamber,
          cells: segment.hits.map((hit) => (hit === null ? null : cellOf(hit))),
          drift_ns: segment.hits.map((hit) => (hit === null ? null : to(hit.t - segment.t0, 3))),
          sides: segment.sides.map((side) => (side === 0 ? "-" : side < 0 ? "L" : "R")).join(""),
          t0_ns: to(segment.t0, 3),
          x_mm: to(segment.x, 3),
          tan: to(segment.tan, 5),
          residual_mm: to(segment.rms, 3),
          timing_ns: timing === null ? null : to(timing, 3),
        };
      }),
  );
}

/** All segments in the rows of one window, ordered by orbit, chamber and t0. */
export function allSegmentsOf(rows: Row[]): MuonSegment[] {
  return orbitsOf(rows)
    .sort((a, b) => a.orbit - b.orbit)
    .flatMap(segmentsOf);
}
