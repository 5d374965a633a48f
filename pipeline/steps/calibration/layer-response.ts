/**
 * Effect of a late layer on the residuals and t0 of the segments of a chamber, averaged over the tracks.
 *
 * A track of slope m at position x passes each layer on one side of a wire. For fixed sides the fit of a four-hit segment
 * is linear (see muons/systems.ts), so its response to a delay of a layer is exact. Positions are averaged uniformly over a
 * cell, slopes with the histogram of angles.
 */
import { cellWidthMm, layersPerChamber, muonAxes, wirePositionMm, cellOf } from "../../model/index.js";
import { layerHeightsMm, lineCoefficients, sideChoices, solutionAt, solutions } from "../muons/systems.js";

interface LayerResponse {
  /** Mean residual of layer i, in mm, for layer j late by 1 ns; shape (4 x 4). */
  residual: number[][];
  /** Mean shift of t0 per ns that layer j is late, shape (4). */
  t0: number[];
}

const layers = Array.from({ length: layersPerChamber }, (_, layer) => layer);
const firstWireMm = layers.map((layer) => wirePositionMm(cellOf(layer + 1, 0)).x);
const positionsPerCell = 84;
const noneMissing = layersPerChamber;
const tauUnknown = 2;

/** @param angles counts of the angle histogram of a chamber */
export function layerResponse(angles: readonly number[], mmPerNs: number): LayerResponse {
  const weights = sideWeights(angles);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const residual = layers.map(() => layers.map(() => 0));
  const t0 = layers.map(() => 0);
  weights.forEach((weight, sides) => {
    if (weight === 0) return;
    const part = weight / sum;
    const tau = layers.map((j) => sideOf(sides, j) * tauCoefficient(sides, j));
    for (const j of layers) {
      t0[j] = (t0[j] as number) + part * (tau[j] as number);
      const distances = layers.map((i) => (i === j ? 1 : 0) - (tau[j] as number));
      for (const i of layers) {
        const own = residual[i] as number[];
        own[j] = (own[j] as number) + part * mmPerNs * residualOf(i, sides, distances);
      }
    }
  });
  return { residual, t0 };
}

/** Relative frequency of each choice of sides for tracks of these angles, shape (16); 0 for choices without a fit. */
function sideWeights(angles: readonly number[]): number[] {
  const weights = Array.from({ length: sideChoices }, () => 0);
  const { lower, upper, bins } = muonAxes.angleDegrees;
  angles.forEach((count, bin) => {
    if (count === 0) return;
    const slope = Math.tan(((lower + ((bin + 0.5) * (upper - lower)) / bins) * Math.PI) / 180);
    for (let step = 0; step < positionsPerCell; step += 1) {
      const sides = sidesAt(((step + 0.5) * cellWidthMm) / positionsPerCell, slope);
      if (sides > 0 && sides < sideChoices - 1) weights[sides] = (weights[sides] as number) + count;
    }
  });
  return weights;
}

function sidesAt(x: number, slope: number): number {
  return layers.reduce((sides, layer) => {
    const cells =
      (x + slope * (layerHeightsMm[layer] as number) - (firstWireMm[layer] as number)) / cellWidthMm;
    return cells - Math.round(cells) > 0 ? sides | (1 << layer) : sides;
  }, 0);
}

const sideOf = (sides: number, layer: number): number => ((sides >> layer) & 1 ? 1 : -1);

const tauCoefficient = (sides: number, layer: number): number =>
  solutions[solutionAt(noneMissing, sides) + tauUnknown * layersPerChamber + layer] as number;

/** Change of a layer's residual for the given changes of the distances from the wires. */
function residualOf(layer: number, sides: number, distances: readonly number[]): number {
  const line = layers.reduce((sum, k) => {
    const coefficient = lineCoefficients[layer * layersPerChamber + k] as number;
    return sum + coefficient * sideOf(sides, k) * (distances[k] as number);
  }, 0);
  return (distances[layer] as number) - sideOf(sides, layer) * line;
}
