/**
 * Positions of the chambers in the drawing: one column per view, or two for many chambers, with the highest chamber
 * on top and x to scale.
 */
import {
  cellHeightMm,
  cellWidthMm,
  layersPerChamber,
  leftWallMm,
  rightWallMm,
  type ChamberView,
} from "../../../pipeline/model/index.js";

/** Vertical scale of the cells, which would be too flat otherwise. */
export const stretch = 3;
const layerHeight = cellHeightMm * stretch;
const chamberHeight = layersPerChamber * layerHeight;
const chamberWidth = rightWallMm - leftWallMm;
/** Space above a chamber for its name, and between the columns. */
const nameHeight = 78;
const columnGap = 90;
const margin = 16;
const headHeight = 30;

export interface ChamberPlace {
  chamber: number;
  name: string;
  /** Whether it measures the theta view. */
  rotated: boolean;
  heightMm: number;
  driftVelocityUmPerNs: number;
  /** Masked cells. */
  masked: readonly number[];
  /** Centre of the chamber in the drawing. */
  x: number;
  y: number;
}

export interface Drawing {
  width: number;
  height: number;
  places: readonly ChamberPlace[];
  /** View and left edge of each column. */
  columns: readonly { rotated: boolean; x: number }[];
}

export interface ChamberPosition {
  name: string;
  heightMm: number;
  /** Position of its centre across the wires. */
  shiftMm: number;
  rotated: boolean;
  driftVelocityUmPerNs: number;
  masked: readonly number[];
}

export function positionOf(chamber: ChamberView): ChamberPosition {
  return {
    name: chamber.name,
    heightMm: chamber.height_mm,
    shiftMm: chamber.shift_mm,
    rotated: chamber.view === "theta",
    driftVelocityUmPerNs: chamber.drift_velocity_um_per_ns,
    masked: chamber.masked,
  };
}

/** Maximum number of chambers in a column; more chambers of a view need another column. */
const mostInColumn = 4;

export function drawingOf(
  chambers: readonly number[],
  position: (chamber: number) => ChamberPosition,
): Drawing {
  const stacks = [false, true].flatMap((rotated) =>
    inColumns(
      chambers
        .filter((one) => position(one).rotated === rotated)
        .sort((a, b) => position(b).heightMm - position(a).heightMm),
    ),
  );
  const rowHeight = nameHeight + chamberHeight;
  const [columns, places]: [Drawing["columns"][number][], ChamberPlace[]] = [[], []];
  let x = margin;
  for (const stack of stacks) {
    const all = stack.map(position);
    const shifts = all.map(({ shiftMm }) => shiftMm);
    const [least, most] = [Math.min(...shifts), Math.max(...shifts)];
    columns.push({ rotated: all[0]?.rotated === true, x });
    all.forEach(({ shiftMm, ...one }, row) => {
      const middle = x + chamberWidth / 2 + shiftMm - least;
      const y = headHeight + row * rowHeight + nameHeight + chamberHeight / 2;
      places.push({ ...one, chamber: stack[row] as number, x: middle, y });
    });
    x += chamberWidth + most - least + columnGap;
  }
  const rows = Math.max(1, ...stacks.map((stack) => stack.length));
  const width = Math.max(2 * margin + chamberWidth, x - columnGap + margin);
  return { width, height: headHeight + rows * rowHeight + margin + layerHeight / 2, places, columns };
}

function inColumns(chambers: number[]): number[][] {
  const length = Math.ceil(chambers.length / Math.ceil(chambers.length / mostInColumn));
  return chambers.flatMap((_, i) => (i % length === 0 ? [chambers.slice(i, i + length)] : []));
}

/** Converts a position in a chamber, mm from its centre, to the drawing; z points upwards. */
export function toDrawing(place: ChamberPlace, xMm: number, zMm: number): { x: number; y: number } {
  return { x: place.x + xMm, y: place.y - stretch * zMm };
}

export const cell = { width: cellWidthMm, height: layerHeight };
