/**
 * Offsets and drift velocity from the histograms of segments.
 *
 * - Drift velocity: the boxes of drift times t - t0 are as wide as the longest drift, independent of the offsets.
 * - Layers: a late layer shifts its box relative to the other layers and causes residuals in all four (layer-response.ts).
 * - Chambers: t0 of segments minus the timing signal is 0 for the right offset. If the longest drift exceeds the set-up's
 *   by d, t0 shifts by d / 2 (mean-timer equation: t0 = (t1 + 2 t2 + t3 - 2 T) / 4); this shift is subtracted first.
 *
 * Errors are statistical, with a lower limit for effects that the model neglects.
 */
import {
  cellWidthMm,
  driftVelocityOf,
  layersPerChamber,
  MuonitorError,
  muonAxes,
  type BinnedCounts,
  type DetectorConfig,
  type SegmentCounts,
} from "../../model/index.js";
import { between, coreMean, entries, meanOf, sumOf, type Measured } from "./histogram.js";
import { layerResponse } from "./layer-response.js";
import { leastSquares, type Equation } from "./normal-equations.js";

export interface ChamberCalibration {
  segments: number;
  /** Present if the set-up has a drift velocity for this chamber. */
  driftVelocityUmPerNs?: Measured;
  /** New value for the detector file. */
  driftOffsetNs: Measured;
  layerOffsetsNs: Measured[];
  /** New minus old. */
  change: { driftOffsetNs: number; layerOffsetsNs: number[] };
  /** Mean-timer sum minus its expectation from the calibration, ns; a large value means that something else is wrong. */
  meanTimerRest: Measured | null;
}

export interface Calibration {
  /** Drift velocity of the chambers that share one; null if every chamber has its own. */
  driftVelocityUmPerNs: Measured | null;
  chambers: ChamberCalibration[];
}

/** Minimum number of four-hit segments of a chamber for a calibration. */
const fewestSegments = 300;
/** Segments whose t0 is further from the median than this are excluded as strays. */
const strayNs = 45;
const { lower: boxLower, upper: boxUpper, bins: boxBins } = muonAxes.driftTimeNs;
const binNs = (boxUpper - boxLower) / boxBins;
const halfCellUm = (cellWidthMm / 2) * 1000;
/** Effects that the linear response neglects, mm and ns. */
const floors = { residualMm: 0.004, boxNs: 1, layerPart: 0.1, offsetNs: 0.3, widthNs: 0.8 };
/**
 * To locate an edge of the drift-time box, entries are counted from `inside` ns within the box and divided by the density
 * of a strip of width `strip` ns beside that point. Both are multiples of a bin.
 */
const edge = { inside: 20, strip: 50 };

/**
 * @param counts sums of `segment_chamber` by chamber, made with this detector
 * @throws MuonitorError for too few segments, and for times outside the histograms
 */
export function calibrate(counts: readonly SegmentCounts[], detector: DetectorConfig): Calibration {
  counts.forEach(checkEnough);
  const hasOwn = (chamber: number): boolean => detector.chambers[chamber]?.driftVelocityUmPerNs !== undefined;
  const shared = counts.filter((_, chamber) => !hasOwn(chamber));
  const common =
    shared.length === 0 ? null : longestDrift(shared, halfCellUm / detector.driftVelocityUmPerNs);
  const chambers = counts.map((one, chamber) => {
    const assumedNs = halfCellUm / driftVelocityOf(detector, chamber);
    const longest = hasOwn(chamber) || common === null ? longestDrift([one], assumedNs) : common;
    const longer: Measured = { value: longest.value - assumedNs, sigma: longest.sigma };
    const result = ofChamber(one, chamber, detector, longer);
    return hasOwn(chamber) ? { ...result, driftVelocityUmPerNs: velocityOf(longest) } : result;
  });
  return { driftVelocityUmPerNs: common === null ? null : velocityOf(common), chambers };
}

function velocityOf({ value, sigma }: Measured): Measured {
  return { value: halfCellUm / value, sigma: (halfCellUm / value ** 2) * sigma };
}

function checkEnough({ four_hit, t0_scint }: SegmentCounts, chamber: number): void {
  const have = `chamber ${chamber} has ${four_hit} four-hit segments`;
  if (four_hit < fewestSegments)
    throw new MuonitorError(`${have}, ${fewestSegments} are needed: process more data`);
  const { lower, upper } = t0_scint;
  const all = entries(t0_scint);
  if (all < fewestSegments / 4)
    throw new MuonitorError(`${have} but ${all} with a timing signal: check the timing source of the set-up`);
  const inside = between(t0_scint, lower, upper);
  if (inside >= all / 2) return;
  const side = t0_scint.overflow > t0_scint.underflow ? `above ${upper}` : `below ${lower}`;
  throw new MuonitorError(
    `t0 of chamber ${chamber} is ${side} ns from the timing signals: change its drift-offset-ns by hand until its drift times begin near 0, then process and calibrate again`,
  );
}

/** Width of the drift-time box of all layers together, ns, between its two edges. */
function longestDrift(counts: readonly SegmentCounts[], assumedNs: number): Measured {
  const all = sumOf(counts.flatMap(({ drift_time }) => drift_time));
  const first = lengthBeyond(all, edge.inside, -1);
  let from = assumedNs - 3 * edge.inside;
  let last = { value: 0, sigma: 0 };
  // The density falls slowly towards the wall, so the strip is moved to the edge found in the previous pass.
  for (let pass = 0; pass < 3; pass += 1) {
    from = binNs * Math.round(from / binNs);
    last = lengthBeyond(all, from, 1);
    if (pass < 2) from += last.value - edge.inside;
  }
  const sigma = Math.hypot(first.sigma, last.sigma, floors.widthNs);
  return { value: from + last.value - (edge.inside - first.value), sigma };
}

/** Distance from `from` to the edge of the box, ns: entries beyond `from` over the density of the strip before it. */
function lengthBeyond(all: BinnedCounts, from: number, direction: 1 | -1): Measured {
  const strip = direction > 0 ? [from - edge.strip, from] : [from, from + edge.strip];
  const before = between(all, strip[0] as number, strip[1] as number);
  const beyond = direction > 0 ? between(all, from, Infinity) : between(all, -Infinity, from);
  if (before === 0)
    throw new MuonitorError(`no drift time of segments near ${from} ns: check the drift velocity`);
  const value = (beyond / before) * edge.strip;
  return { value, sigma: value * Math.hypot(1 / Math.sqrt(beyond + 1), 1 / Math.sqrt(before)) };
}

function ofChamber(
  counts: SegmentCounts,
  chamber: number,
  detector: DetectorConfig,
  longer: Measured,
): ChamberCalibration {
  const config = detector.chambers[chamber];
  const response = layerResponse(counts.angle.hist_counts, driftVelocityOf(detector, chamber) / 1000);
  const delays = layerDelays(counts, response.residual);
  const t0 = coreMean(counts.t0_scint, strayNs);
  const ofLayers = delays.reduce((sum, { value }, layer) => sum + value * (response.t0[layer] as number), 0);
  const error: Measured = {
    value: t0.value - longer.value / 2 - ofLayers,
    sigma: Math.hypot(t0.sigma, longer.sigma / 2, floors.offsetNs),
  };
  const layerChanges = delays.map(({ value }) => -value);
  return {
    segments: counts.four_hit,
    driftOffsetNs: { value: (config?.driftOffsetNs ?? 0) - error.value, sigma: error.sigma },
    layerOffsetsNs: delays.map(({ value, sigma }, layer) => ({
      value: (config?.layerOffsetsNs?.[layer] ?? 0) - value,
      sigma,
    })),
    change: { driftOffsetNs: -error.value, layerOffsetsNs: layerChanges },
    meanTimerRest: meanTimerRest(counts, halfCellUm / driftVelocityOf(detector, chamber), longer, error),
  };
}

/** Delay of each layer, ns; they sum to 0, because a common delay is part of t0. */
function layerDelays({ residual, drift_time }: SegmentCounts, response: number[][]): Measured[] {
  const boxes = drift_time.map((histogram) => meanOf(histogram));
  const middle = boxes.reduce((sum, { value }) => sum + value, 0) / boxes.length;
  const unit = (i: number): number[] =>
    Array.from({ length: layersPerChamber }, (_, j) => (i === j ? 1 : 0) - 1 / layersPerChamber);
  const equations: Equation[] = [
    ...residual.map((histogram, i): Equation => {
      const { value, sigma } = meanOf(histogram, -3, 3);
      return { coefficients: response[i] as number[], value, sigma: Math.hypot(sigma, floors.residualMm) };
    }),
    ...boxes.map(({ value, sigma }, i): Equation => ({
      coefficients: unit(i),
      value: value - middle,
      sigma: Math.hypot(sigma, floors.boxNs),
    })),
    { coefficients: new Array<number>(layersPerChamber).fill(1), value: 0, sigma: 1e-3 },
  ];
  const { values, covariance } = leastSquares(equations, layersPerChamber);
  return values.map((value, i) => ({
    value,
    sigma: Math.hypot(Math.sqrt(covariance[i]?.[i] ?? 0), floors.layerPart * value),
  }));
}

/** An independent check: the mean-timer sum is the longest drift plus twice the error of the offset. */
function meanTimerRest(
  { mean_timer }: SegmentCounts,
  assumedNs: number,
  longer: Measured,
  error: Measured,
): Measured | null {
  const sum = coreMean(sumOf(mean_timer), strayNs);
  if (!(sum.n >= fewestSegments / 4)) return null;
  const expected = assumedNs + longer.value + 2 * error.value;
  return { value: sum.value - expected, sigma: Math.hypot(sum.sigma, longer.sigma) };
}
