/** Effects of the masked cells of a chamber: rules must not take them for dead or inefficient. */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  cellWidthMm,
  layersPerChamber,
  maskedCells,
  wirePositionMm,
  type ChamberConfig,
} from "../../../../pipeline/model/index.js";

export interface Mask {
  has: (cell: number) => boolean;
  /** Number of unmasked cells of a wire in all layers, 0 to 4. */
  ofWire: (wire: number) => number;
  /** Fraction of the cells that are not masked. */
  liveShare: number;
  /**
   * Fraction of the muons through the chamber that cross at least three unmasked cells: only these leave segments.
   */
  segmentShare: number;
}

/** With a lower share, the segments of a chamber cannot be judged. */
export const leastSegmentShare = 0.3;

const known = new WeakMap<ChamberConfig, Mask>();

export function maskOf(chamber: ChamberConfig): Mask {
  let mask = known.get(chamber);
  if (mask === undefined) known.set(chamber, (mask = maskWith(new Set(maskedCells(chamber)))));
  return mask;
}

function maskWith(cells: ReadonlySet<number>): Mask {
  const has = (cell: number): boolean => cells.has(cell);
  const liveOfWire = Array.from(
    { length: cellsPerLayer },
    (_, wire) => layers.filter((layer) => !has(cellOf(layer, wire))).length,
  );
  return {
    has,
    ofWire: (wire) => liveOfWire[wire] ?? 0,
    liveShare: 1 - cells.size / cellsPerChamber,
    segmentShare: cells.size === 0 ? 1 : shareOf(has),
  };
}

/**
 * Fraction of the muons through three cells that leave a segment: all three must fire, and some lines are ambiguous.
 */
const threeHitShare = 0.75;

const layers = Array.from({ length: layersPerChamber }, (_, i) => i + 1);
/** Sample muon lines: positions in the middle of the chamber, mm, and slopes. */
const crossingsMm = Array.from({ length: 81 }, (_, i) => 7 * (i - 40));
const slopes = [-0.6, -0.3, 0, 0.3, 0.6];

function shareOf(isMasked: (cell: number) => boolean): number {
  let [all, seen] = [0, 0];
  for (const x of crossingsMm)
    for (const slope of slopes) {
      const crossed = layers.flatMap((layer) => cellAt(layer, x, slope) ?? []);
      if (crossed.length < layersPerChamber) continue;
      all += 1;
      const live = crossed.filter((cell) => !isMasked(cell)).length;
      if (live >= 3) seen += live === 3 ? threeHitShare : 1;
    }
  return seen / all;
}

function cellAt(layer: number, xMm: number, slope: number): number | null {
  const { x: first, z } = wirePositionMm(cellOf(layer, 0));
  const wire = Math.round((xMm + slope * z - first) / cellWidthMm);
  return wire >= 0 && wire < cellsPerLayer ? cellOf(layer, wire) : null;
}
