/** Computes the cells that a track crosses and the drift time of the electrons in each cell. */
import {
  cellOf,
  cellsPerLayer,
  cellWidthMm,
  layersPerChamber,
  wirePositionMm,
} from "../../pipeline/model/index.js";
import type { ChamberConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import { acrossAt, alongAt, wireLengthMm } from "./muon.js";
import type { Track } from "./muon.js";
import type { TelescopeModel } from "./presets.js";

/** Position of a cell's wire in its chamber, mm. */
interface Wire {
  cell: number;
  x: number;
  z: number;
}

/** Position of every cell's wire, as in the model, by layer and wire: shape (4 x 16). */
const wiresOfLayers = Array.from({ length: layersPerChamber }, (_, i) =>
  Array.from({ length: cellsPerLayer }, (_, wire): Wire => {
    const cell = cellOf(i + 1, wire);
    return { cell, ...wirePositionMm(cell) };
  }),
);

const halfWireMm = wireLengthMm / 2;

export interface Drift {
  nsPerMm: number;
  speed: number;
}

/** Receives the hits of a track: cell 0..63, drift time in ns, and -1 left or +1 right of the wire. */
type HitReceiver = (cell: number, driftTimeNs: number, side: number) => void;

/**
 * The hits of a track in one chamber, at most one per layer.
 * Electrons drift horizontally, so the distance to the wire is measured at the height of the wire.
 * @param drift drift time per distance, and drift velocity divided by the normal one
 */
export function crossChamber(
  track: Track,
  chamber: ChamberConfig,
  model: TelescopeModel,
  drift: Drift,
  random: Random,
  hit: HitReceiver,
): void {
  for (const wires of wiresOfLayers) {
    const [{ z: layerMm }] = wires as [Wire];
    if (Math.abs(alongAt(track, chamber, layerMm)) > halfWireMm) continue;
    crossLayer(wires, acrossAt(track, chamber, layerMm), model, drift, random, hit);
  }
}

/** @param acrossMm position where the track crosses the layer, from the centre of the chamber */
function crossLayer(
  wires: readonly Wire[],
  acrossMm: number,
  { cellEfficiency, driftTimeResolutionNs }: TelescopeModel,
  drift: Drift,
  random: Random,
  hit: HitReceiver,
): void {
  const [{ x: firstX }] = wires as [Wire];
  const wire = wires[Math.round((acrossMm - firstX) / cellWidthMm)];
  if (wire === undefined || random.uniform() >= cellEfficiency) return;
  const driftTimeNs = (Math.abs(acrossMm - wire.x) * drift.nsPerMm) / drift.speed;
  const measuredNs = Math.abs(driftTimeNs + driftTimeResolutionNs * random.normal());
  hit(wire.cell, measuredNs, acrossMm < wire.x ? -1 : 1);
}
