/**
 * Four-hit segments of a chamber from the drift formula, counted as by the pipeline: straight tracks, smeared times, some
 * secondary and noise hits, and faults of selectable strength. The model is that of the toy study with which the kernel test
 * of arXiv 2303.05413 was compared.
 */
import {
  layersPerChamber,
  muonAxes,
  type AxisConfig,
  type BinnedCounts,
  type SegmentCounts,
} from "../../pipeline/model/index.js";
import { solutionAt, solutions } from "../../pipeline/steps/muons/systems.js";
import { layerZ, wireX } from "../reference/segments.js";

export interface FormulaFault {
  /** Relative reduction of the drift velocity at the cell's edge, as by a wrong cathode voltage. */
  edge?: number;
  /** Delay of all times of the chamber, ns, as by a wrong threshold. */
  t0?: number;
  /** Additional fraction of hits at random times. */
  noise?: number;
}

const velocity = 0.0538;
const halfCell = 21;
const longestNs = halfCell / velocity;
const spreadNs = 4.5;
const secondaries = 0.04;
const usualNoise = 0.02;
const angleSigma = 0.25;

/** @param random generator of numbers in [0, 1) */
export function formulaSegments(
  random: () => number,
  count: number,
  fault: FormulaFault = {},
): SegmentCounts {
  const counts = emptySegments();
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);
  while (counts.four_hit < count) addTrack(counts, random, normal, fault);
  return counts;
}

function addTrack(
  counts: SegmentCounts,
  random: () => number,
  normal: () => number,
  { edge = 0, t0 = 0, noise = 0 }: FormulaFault,
): void {
  const tan = Math.tan(angleSigma * normal());
  const x = 200 * (2 * random() - 1);
  const wires = [1, 2, 3, 4].map((layer) => {
    const at = x + tan * layerZ(layer);
    const wire = wireX(layer, Math.round((at - wireX(layer, 0)) / 42));
    return { wire, side: at > wire ? 1 : -1, distance: Math.abs(at - wire) };
  });
  const times = wires.map(({ distance }) => {
    const drift = (distance / velocity) * (1 + edge * (distance / halfCell) ** 2);
    const chance = random();
    if (chance < usualNoise + noise) return longestNs * random();
    const first = chance < usualNoise + noise + secondaries ? drift * random() : drift;
    return first + spreadNs * normal() + t0;
  });
  const sides = wires.reduce((bits, { side }, i) => (side > 0 ? bits | (1 << i) : bits), 0);
  if (sides === 0 || sides === 15) return;
  const y = wires.map(({ wire, side }, i) => wire + side * velocity * times[i]!);
  const [x0, slope, tau] = [0, 1, 2].map((unknown) =>
    y.reduce(
      (sum, value, i) => sum + value * solutions[solutionAt(layersPerChamber, sides) + unknown * 4 + i]!,
      0,
    ),
  ) as [number, number, number];
  const rms = Math.sqrt(
    wires.reduce((sum, { side }, i) => sum + (y[i]! - x0 - slope * layerZ(i + 1) - side * tau) ** 2, 0) / 4,
  );
  const drifts = times.map((time) => time - tau / velocity);
  if (rms > 1.5 || Math.abs(slope) > 1.2 || drifts.some((ns) => ns < -8 || ns > 400)) return;
  counts.count += 1;
  counts.four_hit += 1;
  drifts.forEach((ns, i) => fill(counts.drift_time[i]!, ns));
  fill(counts.angle, (Math.atan(slope) * 180) / Math.PI);
  for (const first of [0, 1]) {
    const three = (sides >> first) & 7;
    if (three === 2 || three === 5)
      fill(counts.mean_timer[first]!, (times[first]! + times[first + 2]!) / 2 + times[first + 1]!);
  }
}

function fill(histogram: BinnedCounts, value: number): void {
  const { lower, upper, hist_counts: counts } = histogram;
  const bin = Math.floor(((value - lower) / (upper - lower)) * counts.length);
  if (bin < 0) histogram.underflow += 1;
  else if (bin >= counts.length) histogram.overflow += 1;
  else counts[bin]! += 1;
}

const empty = ({ lower, upper, bins }: AxisConfig): BinnedCounts => ({
  lower,
  upper,
  hist_counts: new Array<number>(bins).fill(0),
  underflow: 0,
  overflow: 0,
});

function emptySegments(): SegmentCounts {
  const zeros = (length: number): number[] => new Array<number>(length).fill(0);
  const layers = (axis: AxisConfig): BinnedCounts[] =>
    Array.from({ length: layersPerChamber }, () => empty(axis));
  return {
    count: 0,
    four_hit: 0,
    three_hit: 0,
    ambiguous: 0,
    showers: 0,
    hits_used: 0,
    layer_found: zeros(4),
    layer_missed: zeros(4),
    cell_found: zeros(64),
    cell_missed: zeros(64),
    angle: empty(muonAxes.angleDegrees),
    position: empty(muonAxes.positionMm),
    residual: layers(muonAxes.residualMm),
    t0_scint: empty(muonAxes.t0ScintNs),
    mean_timer: [empty(muonAxes.meanTimerNs), empty(muonAxes.meanTimerNs)],
    drift_time: layers(muonAxes.driftTimeNs),
  };
}
