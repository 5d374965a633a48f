/**
 * Hits of single cells compared with other windows, relative to the other cells of their layer. Where most hits are
 * noise, a cell that loses hits shows here long before enough muons have crossed it.
 */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  layerOfCell,
  wireOfCell,
} from "../../../../pipeline/model/index.js";
import { layers, medianOf } from "./efficiency.js";
import type { Mask } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import { isFarFrom, type Reading } from "./search.js";
import { sumOf, twoCountsZ } from "./tails.js";

/** Minimum number of hits of a layer in the comparison to know those of its cells. */
const leastBefore = 1500;
/** Minimum number of hits expected in the cell. */
const leastExpected = 20;
/** Standard deviations of the expected hits below which a loss is not significant. */
const worthALook = 5.5;
/** Minimum fraction of the expected hits of both neighbours; lower, and the beam or a connector has changed. */
const usualBeside = 0.75;
/** Minimum number of crossing muons to exclude a loss by the efficiency. */
const fewestCrossings = 5;

/** Reads the rates of the cells of a chamber. */
export class CellRates {
  private usualHits: Float64Array | null = null;

  private constructor(
    private readonly before: Float64Array,
    private readonly places: ChamberQuantities,
    private readonly mask: Mask,
    /** Hits relative to the expected ones, below which a cell loses hits. */
    private readonly limit: number,
  ) {}

  /** Null without a comparison with enough hits. */
  static of(
    before: Float64Array | null,
    places: ChamberQuantities,
    mask: Mask,
    limit: number,
  ): CellRates | null {
    if (before === null || sumOf(before, places.cellHits, cellsPerChamber) < leastBefore * layers.length)
      return null;
    return new CellRates(before, places, mask, limit);
  }

  /** Hits of the cells in the comparison, at most the median of the layer: a noisy cell may become quiet. */
  private get usual(): Float64Array {
    if (this.usualHits !== null) return this.usualHits;
    const usual = this.before.slice(this.places.cellHits, this.places.cellHits + cellsPerChamber);
    for (const layer of layers) {
      const cells = Array.from({ length: cellsPerLayer }, (_, wire) => cellOf(layer, wire));
      const live = cells.filter((cell) => !this.mask.has(cell));
      const most = medianOf(live.map((cell) => usual[cell] as number));
      for (const cell of cells) usual[cell] = Math.min(usual[cell] as number, most);
    }
    return (this.usualHits = usual);
  }

  /** A cheap test with the mean instead of the median of the layer: whether any cell is low. */
  isAnyLow(sum: Float64Array): boolean {
    const { cellHits } = this.places;
    for (const layer of layers) {
      const ratio = this.meanRatio(sum, layer);
      if (!(ratio > 0)) continue;
      for (let wire = 0; wire < cellsPerLayer; wire += 1) {
        const at = cellHits + cellOf(layer, wire);
        const expected = ratio * (this.before[at] as number);
        const k = sum[at] as number;
        const isLow = k < this.limit * expected && (expected - k) ** 2 > worthALook ** 2 * expected;
        if (isLow && expected >= leastExpected) return true;
      }
    }
    return false;
  }

  private meanRatio(sum: Float64Array, layer: number): number {
    const { cellHits } = this.places;
    let [now, before] = [0, 0];
    for (let wire = 0; wire < cellsPerLayer; wire += 1) {
      const cell = cellHits + cellOf(layer, wire);
      now += sum[cell] as number;
      before += this.before[cell] as number;
    }
    return now / before;
  }

  /** Null with too few hits. A cell without any hit is left to the rule on dead cells. */
  read(sum: Float64Array, cell: number): Reading | null {
    const at = this.places.cellHits;
    const [k, usual] = [sum[at + cell] as number, this.usual[cell] as number];
    const layer = layerOfCell(cell);
    // The median is above 3/4 of the mean unless half of the layer is dead.
    if (k === 0 || this.meanRatio(sum, layer) * usual < leastExpected) return null;
    const ratio = this.medianRatio(sum, layer);
    const expected = ratio * usual;
    if (expected < leastExpected) return null;
    const value = k / expected;
    const sigma = Math.sqrt(k + 1) / expected;
    const isLow = value < this.limit;
    if (!isLow && isFarFrom(this.limit, value, sigma))
      return { value, sigma, good: 1, z: 0, beyond: false, isClear: true };
    const z = Math.max(0, -twoCountsZ(k, usual, ratio));
    return { value, sigma, good: 1, z, beyond: isLow && this.isSingle(sum, cell, ratio) };
  }

  private medianRatio(sum: Float64Array, layer: number): number {
    const at = this.places.cellHits;
    const ratios: number[] = [];
    for (let wire = 0; wire < cellsPerLayer; wire += 1) {
      const cell = cellOf(layer, wire);
      const before = this.before[at + cell] as number;
      if (!this.mask.has(cell) && before > 0) ratios.push((sum[at + cell] as number) / before);
    }
    return ratios.length < cellsPerLayer / 2 ? 0 : medianOf(ratios);
  }

  /** Whether only this cell is low, not the edge of a beam, and muons do not show that it is efficient. */
  private isSingle(sum: Float64Array, cell: number, ratio: number): boolean {
    const { cellHits: at, cellFound, cellMissed } = this.places;
    const [layer, wire] = [layerOfCell(cell), wireOfCell(cell)];
    const found = sum[cellFound + cell] as number;
    const crossings = found + (sum[cellMissed + cell] as number);
    if (crossings >= fewestCrossings && found > usualBeside * crossings) return false;
    return [wire - 1, wire + 1].every((beside) => {
      if (beside < 0 || beside >= cellsPerLayer) return true;
      const other = cellOf(layer, beside);
      const expected = ratio * (this.usual[other] as number);
      return this.mask.has(other) || (sum[at + other] as number) > usualBeside * expected;
    });
  }
}
