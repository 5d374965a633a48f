/** From a track to the cells that it crosses and the time the electrons drift in each. */
import {
  cellHeightMm,
  cellOf,
  cellsPerLayer,
  cellWidthMm,
  driftVelocityUmPerNs,
  layersPerChamber,
  wirePositionMm,
} from "../../pipeline/model/index.js";
import type { ChamberConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import { chamberWidthMm, wireLengthMm } from "./muon.js";
import type { Track } from "./muon.js";

/** Chance that a crossed cell gives a hit. */
export const cellEfficiency = 0.97;
/** Standard deviation of a drift time. */
export const driftTimeResolutionNs = 2;

const nsPerMm = 1000 / driftVelocityUmPerNs;

/** Position of every cell's wire, as in the model, by layer and wire: shape (4 x 16). */
const wiresOfLayers = Array.from({ length: layersPerChamber }, (_, i) =>
  Array.from({ length: cellsPerLayer }, (_, wire) => {
    const cell = cellOf(i + 1, wire);
    return { cell, ...wirePositionMm(cell) };
  }),
);

/** Gets the hits of a track: cell 0..63 and drift time in ns. */
export type HitReceiver = (cell: number, driftTimeNs: number) => void;

/**
 * The hits of a track in one chamber, at most one per layer.
 * Electrons drift horizontally, so the distance to the wire is taken at the height of the wire.
 */
export function crossChamber(track: Track, chamber: ChamberConfig, random: Random, hit: HitReceiver): void {
  for (let layer = 0; layer < layersPerChamber; layer += 1) {
    const zMm = chamber.heightMm + (layer + 0.5) * cellHeightMm;
    const x = track.xMm + track.slopeX * zMm;
    const y = track.yMm + track.slopeY * zMm;
    if (Math.abs(chamber.rotated ? x : y) > wireLengthMm / 2) continue;
    crossLayer(layer, (chamber.rotated ? y : x) + chamberWidthMm / 2, random, hit);
  }
}

/** @param acrossMm where the track crosses the layer, from the chamber's left edge */
function crossLayer(layer: number, acrossMm: number, random: Random, hit: HitReceiver): void {
  const wires = wiresOfLayers[layer] as { cell: number; x: number }[];
  const firstX = (wires[0] as { x: number }).x;
  const wire = wires[Math.round((acrossMm - firstX) / cellWidthMm)];
  if (wire === undefined || random.uniform() >= cellEfficiency) return;
  const driftTimeNs = Math.abs(acrossMm - wire.x) * nsPerMm;
  hit(wire.cell, Math.abs(driftTimeNs + driftTimeResolutionNs * random.normal()));
}
