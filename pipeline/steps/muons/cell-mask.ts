import { cellsPerChamber, maskedCells, type ChamberConfig } from "../../model/index.js";

/** 1 where a cell of a chamber is not judged, shape (64); null if all cells are judged. */
export function maskOf(chamber: ChamberConfig): Uint8Array | null {
  const cells = maskedCells(chamber);
  if (cells.length === 0) return null;
  const mask = new Uint8Array(cellsPerChamber);
  for (const cell of cells) mask[cell] = 1;
  return mask;
}
