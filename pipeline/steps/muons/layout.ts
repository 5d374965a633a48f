/**
 * Positions of the counters of segments, timing and trigger words in one array of numbers. Shards are merged by adding their
 * arrays. A histogram consists of its bins, followed by underflow and overflow.
 */
import {
  cellsPerChamber,
  fpgaCount,
  layersPerChamber,
  maxSegmentTdc,
  muonAxes,
  t0Source,
  type AxisConfig,
  type DetectorConfig,
  type PlateConfig,
} from "../../model/index.js";
import { pairsOf, plateChambersOf, type ChamberPair } from "./views.js";

/** Number of BX values that are counted separately; higher values are counted together. */
export const countedBx = 4096;

export interface ChamberPlaces {
  fourHit: number;
  threeHit: number;
  ambiguous: number;
  showers: number;
  hitsUsed: number;
  layerMissed: number;
  cellFound: number;
  cellMissed: number;
  angle: number;
  position: number;
  residual: number[];
  t0Scint: number;
  meanTimer: number[];
  driftTime: number[];
  noiseHits: number;
  noiseCells: number;
  repeats: number;
}

export interface PairPlaces extends ChamberPair {
  expected: number;
  found: number;
  dx: number;
}

export interface TimingPlaces {
  name: string;
  signals: number;
  orbits: number;
  alone: number;
  expected: number;
  found: number;
  /** Null if `expected` cannot be determined. */
  plate: PlateChambers | null;
  /** True for a source that gives t0 and does not have the usual name. */
  givesT0: boolean;
  isCoincidence: boolean;
}

/** A plate and the nearest chamber of each view. */
export interface PlateChambers extends PlateConfig {
  chambers: number[];
}

export interface FpgaPlaces {
  tdc: number;
  bx: number;
  bxOut: number;
  bxBits: number;
  candidates: number;
  incomplete: number;
  repeated: number;
  tanPsi: number;
  localX: number;
  layers: number;
  matched: number;
  tanDifference: number;
  xDifference: number;
  t0Difference: number;
}

export interface MuonLayout {
  length: number;
  chambers: ChamberPlaces[];
  pairs: PairPlaces[];
  /** Timing inputs in the order of the detector, followed by the coincidences. */
  timing: TimingPlaces[];
  fpgas: FpgaPlaces[];
}

/** Number of BX bits that are counted. */
export const bxBitCount = 12;
/** Number of possible layer counts of a trigger word: 0..4. */
export const layerNumbers = layersPerChamber + 1;

const layouts = new WeakMap<DetectorConfig, MuonLayout>();

export function muonLayout(detector: DetectorConfig): MuonLayout {
  let layout = layouts.get(detector);
  if (layout === undefined) layouts.set(detector, (layout = createLayout(detector)));
  return layout;
}

function createLayout(detector: DetectorConfig): MuonLayout {
  let length = 0;
  const take = (places: number): number => (length += places) - places;
  const histogram = ({ bins }: AxisConfig): number => take(bins + 2);
  const histograms = (count: number, axis: AxisConfig): number[] =>
    Array.from({ length: count }, () => histogram(axis));
  const chambers = detector.chambers.map((): ChamberPlaces => ({
    fourHit: take(1),
    threeHit: take(1),
    ambiguous: take(1),
    showers: take(1),
    hitsUsed: take(1),
    layerMissed: take(layersPerChamber),
    cellFound: take(cellsPerChamber),
    cellMissed: take(cellsPerChamber),
    angle: histogram(muonAxes.angleDegrees),
    position: histogram(muonAxes.positionMm),
    residual: histograms(layersPerChamber, muonAxes.residualMm),
    t0Scint: histogram(muonAxes.t0ScintNs),
    meanTimer: histograms(2, muonAxes.meanTimerNs),
    driftTime: histograms(layersPerChamber, muonAxes.driftTimeNs),
    noiseHits: take(1),
    noiseCells: take(cellsPerChamber),
    repeats: take(1),
  }));
  const pairs = pairsOf(detector.chambers).map((pair): PairPlaces => ({
    ...pair,
    expected: take(1),
    found: take(1),
    dx: histogram(muonAxes.pairMm),
  }));
  const together = detector.coincidences.map(({ name }) => ({
    name,
    givesT0: false,
    plate: null,
    isOne: false,
  }));
  const sources = [...detector.timing.map((source) => ({ ...source, isOne: true })), ...together];
  const timing = sources.map((source): TimingPlaces => ({
    name: source.name,
    signals: take(1),
    orbits: take(1),
    alone: take(1),
    expected: take(1),
    found: take(1),
    plate: source.plate === null ? null : plateChambersOf(detector, source.plate),
    givesT0: source.givesT0 && source.name !== t0Source,
    isCoincidence: !source.isOne,
  }));
  const fpgas = Array.from({ length: fpgaCount }, (): FpgaPlaces => ({
    tdc: take(maxSegmentTdc + 1),
    bx: histogram(muonAxes.bx),
    bxOut: take(1),
    bxBits: take(bxBitCount),
    candidates: take(1),
    incomplete: take(1),
    repeated: take(1),
    tanPsi: histogram(muonAxes.tanPsi),
    localX: histogram(muonAxes.localXMm),
    layers: take(layerNumbers),
    matched: take(1),
    tanDifference: histogram(muonAxes.tanDifference),
    xDifference: histogram(muonAxes.xDifferenceMm),
    t0Difference: histogram(muonAxes.t0DifferenceNs),
  }));
  return { length, chambers, pairs, timing, fpgas };
}

/** Values are rounded to this fraction of a unit before binning, so that rounding errors do not matter at an edge. */
const steps = 1e9;
/** Beyond this distance from an edge, in bins, rounding has no effect. */
const nearEdge = 1e-6;

interface FillAxis {
  lower: number;
  width: number;
  /** 1 / width: multiplication is faster than division; division is only used near an edge. */
  density: number;
  bins: number;
}

/** The axes with their bin width and the number of bins per unit. */
export const fillAxes = Object.fromEntries(
  Object.entries(muonAxes).map(([name, { lower, upper, bins }]) => [
    name,
    { lower, width: (upper - lower) / bins, density: bins / (upper - lower), bins },
  ]),
) as Record<keyof typeof muonAxes, FillAxis>;

/** Adds one entry to the histogram that begins at `at`. */
export function fillAt(counts: Float64Array, at: number, axis: FillAxis, value: number): void {
  const { lower, bins } = axis;
  const place = (value - lower) * axis.density;
  let bin = Math.floor(place);
  const beyond = place - bin;
  if (!(beyond > nearEdge && beyond < 1 - nearEdge))
    bin = Math.floor((Math.round(value * steps) / steps - lower) / axis.width);
  const to = at + (bin < 0 ? bins : bin >= bins ? bins + 1 : bin);
  counts[to] = (counts[to] as number) + 1;
}

export function add(counts: Float64Array, at: number, count: number): void {
  counts[at] = (counts[at] as number) + count;
}

export function addOne(counts: Float64Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}
