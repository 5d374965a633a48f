/**
 * The trigger of the read-out boards. It finds a candidate in the hits of a macrocell (four wires per layer), which is sent
 * as five words of HEAD 3, 1, 0, 4 and 5.
 *
 * Source: words and hits of the same orbits in measured rows of 2021. BX_COUNTER of HEAD 3 contains the cells, four bits
 * per layer, layer 1 in the highest bits. TDC_MEAS of HEAD 1 contains the sides, two bits per layer: 0 left, 2 right of the
 * wire, 1 no hit. HEAD 0 contains the time t0, HEAD 4 tan psi and HEAD 5 the local x in mm, both rounded to half floats.
 */
import {
  cellHeightMm,
  cellsPerChamber,
  cellWidthMm,
  driftVelocityOf,
  layerOfCell,
  layersPerChamber,
  wirePositionMm,
} from "../../pipeline/model/index.js";
import type { DetectorConfig, MacrocellConfig } from "../../pipeline/model/index.js";
import { cellSlots } from "./channels.js";
import { ticksOf } from "./ticks.js";

/** Number of wires of a macrocell in a layer. */
export const macrocellWires = 4;
/** Local x of a wire in column 0..3; wires of layers 2 and 4 are half a cell to the left. */
export const localWireMm = (layer: number, column: number): number =>
  cellWidthMm * (column - (layer % 2 === 1 ? 1 : 1.5));
export const layerHeightMm = (layer: number): number => cellHeightMm * (layer - (layersPerChamber + 1) / 2);
const minLayers = 3;
/** The board's limits for a candidate. */
const limits = { tan: 1.6, xMm: 128, rmsMm: 1.5, driftNs: { lower: -8, upper: 400 } };
const labels = 32;
const [leftCode, noCode, rightCode] = [0, 1, 2];

/** A candidate found by a board. */
export interface Candidate {
  fpga: number;
  /** Cells by layer, as in HEAD 3. */
  pattern: number;
  /** Sides by layer, as in HEAD 1. */
  sides: number;
  /** Number of the mean-timer equation; a function of pattern and sides. */
  label: number;
  /** Time within the orbit in TDC counts, from 1. */
  t0Tick: number;
  tan: number;
  xMm: number;
}

/** The hits of one macrocell: the first hit of each layer. */
interface Cells {
  readonly fpga: number;
  readonly velocityMmPerTick: number;
  /** Column by layer - 1; -1 without a hit. */
  readonly columns: Int8Array;
  readonly ticks: Float64Array;
  /** -1 left, +1 right of the wire. */
  readonly sides: Int8Array;
  layers: number;
}

export class Trigger {
  private readonly macrocells: Cells[];
  /** Macrocell of each slot, -1 for none, and the column there; shape (cellSlots). */
  private readonly macrocellOf = new Int8Array(cellSlots).fill(-1);
  private readonly columnOf = new Int8Array(cellSlots);
  private velocityMmPerTick = 0;
  private readonly tickNs: number;
  /** Sums over the hits of the current fit, and its x0, tan and t0. */
  private readonly sums = new Float64Array(sumCount);
  private readonly solution = new Float64Array(3);

  constructor(detector: DetectorConfig) {
    const { tickNs } = ticksOf(detector);
    this.tickNs = tickNs;
    this.macrocells = detector.macrocells.map(({ chamber, fpga }) =>
      createCells(
        detector.chambers[chamber]?.fpga ?? fpga,
        (driftVelocityOf(detector, chamber) / 1000) * tickNs,
      ),
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
   * Takes a hit of the current event.
   * @param slot slot of the cell as seen by the board
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

  /** The candidate of a macrocell, or null; clears the hits of the macrocell. */
  take(index: number): Candidate | null {
    const cells = this.macrocells[index] as Cells;
    const candidate = cells.layers < minLayers ? null : this.fit(cells);
    cells.columns.fill(-1);
    cells.layers = 0;
    return candidate;
  }

  /**
   * Least squares of x + s v (t - t0) = x0 + tan z over the hits, with the unknowns x0, tan and t0. A choice of sides that
   * does not determine t0 gives no candidate.
   */
  private fit(cells: Cells): Candidate | null {
    this.velocityMmPerTick = cells.velocityMmPerTick;
    const { columns, ticks, sides, fpga } = cells;
    const first = ticks[columns.findIndex((column) => column >= 0)] as number;
    const { sums, solution } = this;
    sums.fill(0);
    for (let at = 0; at < layersPerChamber; at += 1) {
      if ((columns[at] as number) < 0) continue;
      const side = (sides[at] as number) * this.velocityMmPerTick;
      const x = localWireMm(at + 1, columns[at] as number) + side * ((ticks[at] as number) - first);
      addPoint(sums, layerHeightMm(at + 1), side, x);
    }
    if (!solve(sums, solution)) return null;
    const [xMm = 0, tan = 0, t0 = 0] = solution;
    if (Math.abs(tan) > limits.tan || Math.abs(xMm) > limits.xMm || !this.isGood(cells, first)) return null;
    const pattern = patternOf(cells);
    const sideCodes = sideCodesOf(cells);
    const label = ((pattern * 31 + sideCodes) >>> 3) % labels;
    return { fpga, pattern, sides: sideCodes, label, t0Tick: Math.round(first + t0), tan, xMm };
  }

  /** Whether the hits match the solution. */
  private isGood({ columns, ticks, sides, layers }: Cells, first: number): boolean {
    const { solution } = this;
    const x0 = solution[0] as number;
    const tan = solution[1] as number;
    const t0 = solution[2] as number;
    const v = this.velocityMmPerTick;
    let squares = 0;
    for (let at = 0; at < layersPerChamber; at += 1) {
      if ((columns[at] as number) < 0) continue;
      const drift = (ticks[at] as number) - first - t0;
      const driftNs = drift * this.tickNs;
      if (driftNs < limits.driftNs.lower || driftNs > limits.driftNs.upper) return false;
      const x = localWireMm(at + 1, columns[at] as number) + (sides[at] as number) * v * drift;
      squares += (x - x0 - tan * layerHeightMm(at + 1)) ** 2;
    }
    return squares <= layers * limits.rmsMm ** 2;
  }
}

function createCells(fpga: number, velocityMmPerTick: number): Cells {
  return {
    fpga,
    velocityMmPerTick,
    columns: new Int8Array(layersPerChamber).fill(-1),
    ticks: new Float64Array(layersPerChamber),
    sides: new Int8Array(layersPerChamber),
    layers: 0,
  };
}

/** Indices of the sums: number of hits, z, side s, their products, and products with x. */
const [n0, z1, s1, zz, zs, ss, x1, zx, sx] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const sumCount = 9;

function addPoint(sums: Float64Array, z: number, s: number, x: number): void {
  sums[n0] = (sums[n0] as number) + 1;
  sums[z1] = (sums[z1] as number) + z;
  sums[s1] = (sums[s1] as number) + s;
  sums[zz] = (sums[zz] as number) + z * z;
  sums[zs] = (sums[zs] as number) + z * s;
  sums[ss] = (sums[ss] as number) + s * s;
  sums[x1] = (sums[x1] as number) + x;
  sums[zx] = (sums[zx] as number) + z * x;
  sums[sx] = (sums[sx] as number) + s * x;
}

/** Cramer's rule for the normal equations of x = x0 + tan z + s' t0; false if they are singular. */
function solve(sums: Float64Array, solution: Float64Array): boolean {
  const at = (place: number): number => sums[place] as number;
  const m0 = at(zz) * at(ss) - at(zs) * at(zs);
  const m1 = at(z1) * at(ss) - at(zs) * at(s1);
  const m2 = at(z1) * at(zs) - at(zz) * at(s1);
  const determinant = at(n0) * m0 - at(z1) * m1 + at(s1) * m2;
  if (Math.abs(determinant) < 1e-6 * at(n0) * at(zz) * at(ss)) return false;
  const b0 = at(zx) * at(ss) - at(zs) * at(sx);
  const b1 = at(zx) * at(zs) - at(zz) * at(sx);
  const b2 = at(z1) * at(sx) - at(zx) * at(s1);
  solution[0] = (at(x1) * m0 - at(z1) * b0 + at(s1) * b1) / determinant;
  solution[1] = (at(n0) * b0 - at(x1) * m1 + at(s1) * b2) / determinant;
  solution[2] = (-at(n0) * b1 - at(z1) * b2 + at(x1) * m2) / determinant;
  return true;
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

/** The half float (IEEE 754, binary16) nearest to a number within its range. */
export function halfFloatOf(value: number): number {
  const size = Math.abs(value);
  const exponent = Math.floor(Math.log2(Math.max(size, smallestNormalHalf)));
  const step = 2 ** (exponent - halfFractionBits);
  return Math.round(value / step) * step;
}

/** BX_COUNTER and TDC_MEAS of a time in TDC counts from 1; TDC_MEAS counts from 1. */
export function bxOfTick(tick: number, ticksPerBx: number): { bx: number; tdc: number } {
  const bx = Math.floor((tick - 1) / ticksPerBx);
  return { bx, tdc: tick - bx * ticksPerBx };
}
