/**
 * The trigger of the read-out boards: from the hits in a macrocell of four wires a layer to a candidate, five words of
 * HEAD 3, 1, 0, 4 and 5.
 *
 * Source: words and hits of the same orbits in measured rows of 2021. HEAD 3 holds in BX_COUNTER the cells, four bits a
 * layer, layer 1 in the highest; HEAD 1 in TDC_MEAS the sides, two bits a layer: 0 left, 2 right of the wire, 1 no hit;
 * HEAD 0 the time t0; HEAD 4 tan psi and HEAD 5 the local x in mm, both rounded to half floats.
 */
import {
  cellHeightMm,
  cellsPerChamber,
  cellWidthMm,
  layerOfCell,
  layersPerChamber,
  tdcPerBunchCrossing,
  wirePositionMm,
} from "../../pipeline/model/index.js";
import type { DetectorConfig, MacrocellConfig } from "../../pipeline/model/index.js";
import { cellSlots } from "./channels.js";
import { tickNs } from "./ticks.js";

/** Wires of a macrocell in a layer. */
export const macrocellWires = 4;
/** Local x of a wire in column 0..3: those of the layers 2 and 4 are half a cell to the left. */
export const localWireMm = (layer: number, column: number): number =>
  cellWidthMm * (column - (layer % 2 === 1 ? 1 : 1.5));
export const layerHeightMm = (layer: number): number => cellHeightMm * (layer - (layersPerChamber + 1) / 2);
const minLayers = 3;
/** The board's own limits; it takes no steeper and no worse candidate. */
const limits = { tan: 1.6, xMm: 128, rmsMm: 1.5, driftNs: { lower: -8, upper: 400 } };
const labels = 32;
const [leftCode, noCode, rightCode] = [0, 1, 2];

/** What a board finds. */
export interface Candidate {
  fpga: number;
  /** Cells by layer, as in HEAD 3. */
  pattern: number;
  /** Sides by layer, as in HEAD 1. */
  sides: number;
  /** Mean-timer equation; a function of pattern and sides. */
  label: number;
  /** Time within the orbit in TDC counts, from 1. */
  t0Tick: number;
  tan: number;
  xMm: number;
}

/** The hits of one macrocell, the first of each layer. */
interface Cells {
  readonly fpga: number;
  /** By layer - 1; -1 without a hit. */
  readonly columns: Int8Array;
  readonly ticks: Float64Array;
  /** -1 left, +1 right of the wire. */
  readonly sides: Int8Array;
  layers: number;
}

export class Trigger {
  private readonly macrocells: Cells[];
  /** Macrocell of a slot, -1 for none, and its column there; shape (cellSlots). */
  private readonly macrocellOf = new Int8Array(cellSlots).fill(-1);
  private readonly columnOf = new Int8Array(cellSlots);
  private readonly velocityMmPerTick: number;
  private readonly sums = new Float64Array(9);

  constructor(detector: DetectorConfig) {
    this.velocityMmPerTick = (detector.driftVelocityUmPerNs / 1000) * tickNs;
    this.macrocells = detector.macrocells.map(({ chamber, fpga }) =>
      createCells(detector.chambers[chamber]?.fpga ?? fpga),
    );
    detector.macrocells.forEach((macrocell, index) => this.place(macrocell, index));
  }

  private place({ chamber, shiftMm }: MacrocellConfig, index: number): void {
    for (let cell = 0; cell < cellsPerChamber; cell += 1) {
      const local = wirePositionMm(cell).x - shiftMm;
      const column = Math.round((local - localWireMm(layerOfCell(cell), 0)) / cellWidthMm);
      if (column < 0 || column >= macrocellWires) continue;
      this.macrocellOf[chamber * cellsPerChamber + cell] = index;
      this.columnOf[chamber * cellsPerChamber + cell] = column;
    }
  }

  get count(): number {
    return this.macrocells.length;
  }

  /**
   * Takes a hit of the present event.
   * @param slot the cell as the board sees it
   * @param side -1 left, +1 right of the wire
   */
  hit(slot: number, tick: number, side: number): void {
    const index = this.macrocellOf[slot] as number;
    if (index < 0) return;
    this.put(index, layerOfCell(slot % cellsPerChamber), this.columnOf[slot] as number, tick, side);
  }

  /** Takes a hit of a macrocell in a layer 1..4 and a column 0..3. */
  put(index: number, layer: number, column: number, tick: number, side: number): void {
    const cells = this.macrocells[index] as Cells;
    const at = layer - 1;
    if ((cells.columns[at] as number) >= 0) return;
    cells.columns[at] = column;
    cells.ticks[at] = tick;
    cells.sides[at] = side;
    cells.layers += 1;
  }

  /** The candidate of a macrocell, null without one; its hits are forgotten. */
  take(index: number): Candidate | null {
    const cells = this.macrocells[index] as Cells;
    const candidate = cells.layers < minLayers ? null : this.fit(cells);
    cells.columns.fill(-1);
    cells.layers = 0;
    return candidate;
  }

  /**
   * Least squares of x + s v (t - t0) = x0 + tan z over the hits, with the unknowns x0, tan and t0; a choice of sides
   * that does not tell t0 gives no candidate.
   */
  private fit(cells: Cells): Candidate | null {
    const v = this.velocityMmPerTick;
    const { columns, ticks, sides, fpga, layers } = cells;
    const first = ticks[columns.findIndex((column) => column >= 0)] as number;
    const { sums } = this;
    sums.fill(0);
    for (let at = 0; at < layersPerChamber; at += 1) {
      if ((columns[at] as number) < 0) continue;
      const z = layerHeightMm(at + 1);
      const s = (sides[at] as number) * v;
      const b = localWireMm(at + 1, columns[at] as number) + s * ((ticks[at] as number) - first);
      addTo(sums, [z, s, z * z, z * s, s * s, b, z * b, s * b]);
    }
    const solution = solve(sums, layers);
    if (solution === null) return null;
    const [xMm, tan, t0] = solution;
    if (Math.abs(tan) > limits.tan || Math.abs(xMm) > limits.xMm || !this.isGood(cells, first, solution))
      return null;
    const pattern = patternOf(cells);
    const sideCodes = sideCodesOf(cells);
    const label = ((pattern * 31 + sideCodes) >>> 3) % labels;
    return { fpga, pattern, sides: sideCodes, label, t0Tick: Math.round(first + t0), tan, xMm };
  }

  private isGood({ columns, ticks, sides, layers }: Cells, first: number, solution: Solution): boolean {
    const [x0, tan, t0] = solution;
    const v = this.velocityMmPerTick;
    let squares = 0;
    for (let at = 0; at < layersPerChamber; at += 1) {
      if ((columns[at] as number) < 0) continue;
      const drift = (ticks[at] as number) - first - t0;
      const driftNs = drift * tickNs;
      if (driftNs < limits.driftNs.lower || driftNs > limits.driftNs.upper) return false;
      const x = localWireMm(at + 1, columns[at] as number) + (sides[at] as number) * v * drift;
      squares += (x - x0 - tan * layerHeightMm(at + 1)) ** 2;
    }
    return squares <= layers * limits.rmsMm ** 2;
  }
}

function createCells(fpga: number): Cells {
  return {
    fpga,
    columns: new Int8Array(layersPerChamber).fill(-1),
    ticks: new Float64Array(layersPerChamber),
    sides: new Int8Array(layersPerChamber),
    layers: 0,
  };
}

function addTo(sums: Float64Array, more: readonly number[]): void {
  for (let i = 0; i < more.length; i += 1) sums[i] = (sums[i] as number) + (more[i] as number);
}

type Solution = readonly [xMm: number, tan: number, t0: number];

/** Cramer's rule for the normal equations; null where they are singular. */
function solve(sums: Float64Array, n: number): Solution | null {
  const [z, s, zz, zs, ss, b, zb, sb] = sums as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const minors = [zz * ss - zs * zs, z * ss - zs * s, z * zs - zz * s] as const;
  const determinant = n * minors[0] - z * minors[1] + s * minors[2];
  if (Math.abs(determinant) < 1e-6 * n * zz * ss) return null;
  const x = b * minors[0] - z * (zb * ss - zs * sb) + s * (zb * zs - zz * sb);
  const tan = n * (zb * ss - zs * sb) - b * minors[1] + s * (z * sb - zb * s);
  const t0 = n * (zz * sb - zb * zs) - z * (z * sb - zb * s) + b * minors[2];
  return [x / determinant, tan / determinant, t0 / determinant];
}

function patternOf({ columns }: Cells): number {
  let pattern = 0;
  for (const column of columns) pattern = pattern * 16 + (column < 0 ? 0 : 1 << column);
  return pattern;
}

function sideCodesOf({ columns, sides }: Cells): number {
  let codes = 0;
  for (let at = 0; at < layersPerChamber; at += 1) {
    const isHit = (columns[at] as number) >= 0;
    codes = codes * 4 + (isHit ? ((sides[at] as number) > 0 ? rightCode : leftCode) : noCode);
  }
  return codes;
}

const smallestNormalHalf = 2 ** -14;
const halfFractionBits = 10;

/** The half float next to a number within its range (IEEE 754, binary16). */
export function halfFloatOf(value: number): number {
  const size = Math.abs(value);
  const exponent = Math.floor(Math.log2(Math.max(size, smallestNormalHalf)));
  const step = 2 ** (exponent - halfFractionBits);
  return Math.round(value / step) * step;
}

/** BX_COUNTER and TDC_MEAS of a time in TDC counts from 1; TDC_MEAS counts 1..30. */
export function bxOfTick(tick: number): { bx: number; tdc: number } {
  const bx = Math.floor((tick - 1) / tdcPerBunchCrossing);
  return { bx, tdc: tick - bx * tdcPerBunchCrossing };
}
