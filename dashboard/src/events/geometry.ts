/** Where the chambers are drawn: one column for each view, the highest chamber on top, x to scale in all of them. */
import {
  cellHeightMm,
  cellWidthMm,
  layersPerChamber,
  leftWallMm,
  rightWallMm,
} from "../../../pipeline/model/index.js";

/** Cells are drawn higher than they are, to be seen. */
export const stretch = 3;
const layerHeight = cellHeightMm * stretch;
const chamberHeight = layersPerChamber * layerHeight;
const chamberWidth = rightWallMm - leftWallMm;
/** Room above a chamber for its name, and between the columns. */
const nameHeight = 78;
const columnGap = 90;
const margin = 16;
const headHeight = 30;

export interface ChamberPlace {
  chamber: number;
  name: string;
  /** Measures the other view. */
  rotated: boolean;
  heightMm: number;
  /** Of the middle of the chamber in the drawing. */
  x: number;
  y: number;
}

export interface Drawing {
  width: number;
  height: number;
  places: readonly ChamberPlace[];
  /** Left end of each view's column. */
  columns: readonly { rotated: boolean; x: number }[];
}

export interface ChamberPosition {
  name: string;
  heightMm: number;
  rotated: boolean;
}

export function drawingOf(
  chambers: readonly number[],
  position: (chamber: number) => ChamberPosition,
): Drawing {
  const views = [false, true].filter((rotated) => chambers.some((one) => position(one).rotated === rotated));
  const columns = views.map((rotated, i) => ({ rotated, x: margin + i * (chamberWidth + columnGap) }));
  const rows = views.map((rotated) =>
    chambers
      .filter((one) => position(one).rotated === rotated)
      .sort((a, b) => position(b).heightMm - position(a).heightMm),
  );
  const rowHeight = nameHeight + chamberHeight;
  const places = rows.flatMap((column, i) =>
    column.map((chamber, row) => ({
      chamber,
      ...position(chamber),
      x: (columns[i]?.x ?? 0) + chamberWidth / 2,
      y: headHeight + row * rowHeight + nameHeight + chamberHeight / 2,
    })),
  );
  const most = Math.max(1, ...rows.map((column) => column.length));
  return {
    width: 2 * margin + views.length * chamberWidth + Math.max(0, views.length - 1) * columnGap,
    height: headHeight + most * rowHeight + margin + layerHeight / 2,
    places,
    columns,
  };
}

/** A place in a chamber, mm from its middle, in the drawing; z grows upwards. */
export function toDrawing(place: ChamberPlace, xMm: number, zMm: number): { x: number; y: number } {
  return { x: place.x + xMm, y: place.y - stretch * zMm };
}

export const cell = { width: cellWidthMm, height: layerHeight };
