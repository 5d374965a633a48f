/**
 * The counts of a window for the physics rules, as one vector that can be summed, and the index of each quantity. All
 * names are those of the message; see muons.ts of the model.
 */
import {
  cellsPerChamber,
  fpgasOf,
  layersPerChamber,
  muonAxes,
  type AxisConfig,
  type BinnedCounts,
  type DetectorConfig,
  type WindowMessage,
} from "../../../../pipeline/model/index.js";
import { total } from "../statistics.js";

/** A histogram in the vector: bins, then underflow, then overflow. */
export interface HistogramPlace {
  at: number;
  bins: number;
  lower: number;
  width: number;
}

export interface ChamberQuantities {
  chamber: number;
  fpga: number;
  hits: number;
  scintHits: number;
  fourHit: number;
  threeHit: number;
  ambiguous: number;
  showers: number;
  hitsUsed: number;
  noiseHits: number;
  repeats: number;
  /** Orbits with at least three and with at least four cells hit. */
  threeCells: number;
  fourCells: number;
  /** Shape (4) each. */
  layerFound: number;
  layerMissed: number;
  /** Shape (64) each. */
  cellHits: number;
  cellFound: number;
  cellMissed: number;
  cellNoise: number;
  scintCells: number;
  angle: HistogramPlace;
  position: HistogramPlace;
  t0: HistogramPlace;
  residual: HistogramPlace[];
  meanTimer: HistogramPlace[];
  driftTime: HistogramPlace[];
}

export interface PairQuantities {
  name: string;
  /** Chambers in the name. A segment is searched for in the last of two, or in the middle of three. */
  chambers: number[];
  expected: number;
  found: number;
  dx: HistogramPlace;
}

export interface FpgaQuantities {
  fpga: number;
  chambers: number[];
  /** Shape (8). */
  heads: number;
  hits: number;
  internal: number;
  /** Shape (33). */
  tdc: number;
  /** Shape (12). */
  bxBits: number;
  bxOut: number;
  bx: HistogramPlace;
  candidates: number;
  incomplete: number;
  repeated: number;
  matched: number;
}

export interface TimingQuantities {
  name: string;
  signals: number;
  orbits: number;
  repeated: number;
  alone: number;
  expected: number;
  found: number;
}

export interface Layout {
  length: number;
  ms: number;
  windows: number;
  rows: number;
  malformed: number;
  unmapped: number;
  hits: number;
  scintRows: number;
  orbitCount: number;
  scintOrbits: number;
  chambers: ChamberQuantities[];
  pairs: PairQuantities[];
  fpgas: FpgaQuantities[];
  timing: TimingQuantities[];
}

const headNumbers = 8;
const tdcNumbers = 33;
const bxBits = 12;

/** The indices of all quantities, from the set-up and the keys of a message. */
export function createLayout(detector: DetectorConfig, message: WindowMessage): Layout {
  let length = 0;
  const take = (numbers = 1): number => {
    length += numbers;
    return length - numbers;
  };
  const histogram = ({ lower, upper, bins }: AxisConfig): HistogramPlace => ({
    at: take(bins + 2),
    bins,
    lower,
    width: (upper - lower) / bins,
  });
  const perLayer = (axis: AxisConfig): HistogramPlace[] =>
    Array.from({ length: layersPerChamber }, () => histogram(axis));
  const [ms, windows, rows, malformed, unmapped, hits, scintRows, orbitCount, scintOrbits] = Array.from(
    { length: 9 },
    () => take(),
  ) as [number, number, number, number, number, number, number, number, number];
  const chambers = detector.chambers.map(({ fpga }, chamber): ChamberQuantities => ({
    chamber,
    fpga,
    hits: take(),
    scintHits: take(),
    fourHit: take(),
    threeHit: take(),
    ambiguous: take(),
    showers: take(),
    hitsUsed: take(),
    noiseHits: take(),
    repeats: take(),
    threeCells: take(),
    fourCells: take(),
    layerFound: take(layersPerChamber),
    layerMissed: take(layersPerChamber),
    cellHits: take(cellsPerChamber),
    cellFound: take(cellsPerChamber),
    cellMissed: take(cellsPerChamber),
    cellNoise: take(cellsPerChamber),
    scintCells: take(cellsPerChamber),
    angle: histogram(muonAxes.angleDegrees),
    position: histogram(muonAxes.positionMm),
    t0: histogram(muonAxes.t0ScintNs),
    residual: perLayer(muonAxes.residualMm),
    meanTimer: [histogram(muonAxes.meanTimerNs), histogram(muonAxes.meanTimerNs)],
    driftTime: perLayer(muonAxes.driftTimeNs),
  }));
  const pairs = Object.keys(message.chamber_pair ?? {}).map((name): PairQuantities => ({
    name,
    chambers: name.split("-").map(Number),
    expected: take(),
    found: take(),
    dx: histogram(muonAxes.pairMm),
  }));
  const fpgas = fpgasOf(detector).map((fpga): FpgaQuantities => ({
    fpga,
    chambers: detector.chambers.flatMap((chamber, i) => (chamber.fpga === fpga ? [i] : [])),
    heads: take(headNumbers),
    hits: take(),
    internal: take(),
    tdc: take(tdcNumbers),
    bxBits: take(bxBits),
    bxOut: take(),
    bx: histogram(muonAxes.bx),
    candidates: take(),
    incomplete: take(),
    repeated: take(),
    matched: take(),
  }));
  const timing = Object.keys(message.timing ?? {}).map((name): TimingQuantities => ({
    name,
    signals: take(),
    orbits: take(),
    repeated: take(),
    alone: take(),
    expected: take(),
    found: take(),
  }));
  return {
    length,
    ms,
    windows,
    rows,
    malformed,
    unmapped,
    hits,
    scintRows,
    orbitCount,
    scintOrbits,
    chambers,
    pairs,
    fpgas,
    timing,
  };
}

/** The counts of a window; keys missing in its message count as 0. */
export function vectorOfMessage(layout: Layout, message: WindowMessage): Float32Array {
  const vector = new Float32Array(layout.length);
  const { ledger, window } = message;
  vector[layout.ms] = window.end_ms - window.start_ms;
  vector[layout.windows] = 1;
  vector[layout.rows] = ledger.rows;
  vector[layout.malformed] = ledger.malformed;
  vector[layout.unmapped] = ledger.unmapped;
  vector[layout.hits] = message.hit_count;
  vector[layout.scintRows] = ledger.scintillator;
  vector[layout.orbitCount] = message.orbit_count;
  vector[layout.scintOrbits] = message.scint_orbit_count;
  for (const places of layout.chambers) fillChamber(vector, places, message);
  for (const { name, expected, found, dx } of layout.pairs) {
    const pair = message.chamber_pair?.[name];
    if (pair === undefined) continue;
    vector[expected] = pair.expected;
    vector[found] = pair.found;
    put(vector, dx, pair.dx);
  }
  for (const places of layout.fpgas) fillFpga(vector, places, message);
  for (const places of layout.timing) {
    const counts = message.timing?.[places.name];
    if (counts === undefined) continue;
    vector[places.signals] = counts.signals;
    vector[places.orbits] = counts.orbits;
    vector[places.repeated] = counts.repeated;
    vector[places.alone] = counts.alone;
    vector[places.expected] = counts.expected ?? 0;
    vector[places.found] = counts.found ?? 0;
  }
  return vector;
}

function fillChamber(vector: Float32Array, places: ChamberQuantities, message: WindowMessage): void {
  const key = String(places.chamber);
  const cells = message.tdc_counts_chamber[key]?.hist_counts ?? [];
  const scintCells = message.scint_tdc_counts_chamber[key]?.hist_counts ?? [];
  vector[places.hits] = message.hit_count_chamber[places.chamber] ?? 0;
  vector.set(cells, places.cellHits);
  vector.set(scintCells, places.scintCells);
  vector[places.scintHits] = total(scintCells);
  const orbits = message.active_tdc_multiplicity_chamber[key] ?? [];
  vector[places.fourCells] = total(orbits, 4);
  vector[places.threeCells] = total(orbits, 3);
  const noise = message.noise_chamber?.[key];
  if (noise !== undefined) {
    vector[places.noiseHits] = noise.hits;
    vector[places.repeats] = noise.repeats;
    vector.set(noise.cells, places.cellNoise);
  }
  const segments = message.segment_chamber?.[key];
  if (segments === undefined) return;
  vector[places.fourHit] = segments.four_hit;
  vector[places.threeHit] = segments.three_hit;
  vector[places.ambiguous] = segments.ambiguous;
  vector[places.showers] = segments.showers;
  vector[places.hitsUsed] = segments.hits_used;
  vector.set(segments.layer_found, places.layerFound);
  vector.set(segments.layer_missed, places.layerMissed);
  vector.set(segments.cell_found, places.cellFound);
  vector.set(segments.cell_missed, places.cellMissed);
  put(vector, places.angle, segments.angle);
  put(vector, places.position, segments.position);
  put(vector, places.t0, segments.t0_scint);
  places.residual.forEach((place, i) => put(vector, place, segments.residual[i]));
  places.meanTimer.forEach((place, i) => put(vector, place, segments.mean_timer[i]));
  places.driftTime.forEach((place, i) => put(vector, place, segments.drift_time[i]));
}

function fillFpga(vector: Float32Array, places: FpgaQuantities, message: WindowMessage): void {
  const readOut = message.read_out?.[String(places.fpga)];
  if (readOut !== undefined) {
    vector.set(readOut.heads.slice(0, headNumbers), places.heads);
    vector[places.hits] = readOut.hits;
    vector[places.internal] = Object.values(readOut.internal).reduce((sum, rows) => sum + rows, 0);
    vector.set(readOut.tdc.slice(0, tdcNumbers), places.tdc);
    vector.set(readOut.bx_bits.slice(0, bxBits), places.bxBits);
    vector[places.bxOut] = readOut.bx_out;
    put(vector, places.bx, readOut.bx);
  }
  const words = message.trigger_words?.[String(places.fpga)];
  if (words === undefined) return;
  vector[places.candidates] = words.candidates;
  vector[places.incomplete] = words.incomplete;
  vector[places.repeated] = words.repeated;
  vector[places.matched] = words.matched;
}

function put(vector: Float32Array, { at, bins }: HistogramPlace, counts: BinnedCounts | undefined): void {
  if (counts?.hist_counts.length !== bins) return;
  vector.set(counts.hist_counts, at);
  vector[at + bins] = counts.underflow;
  vector[at + bins + 1] = counts.overflow;
}

/** Whether a message has the keys that the physics rules need. */
export function hasMuonKeys(message: WindowMessage): boolean {
  return message.segment_chamber !== undefined && message.read_out !== undefined;
}
