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
import { median } from "../statistics.js";
import type { Mask } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import { isFarFrom, type Reading } from "./search.js";
import { excessSpread, fractionError, limitedZ, sumOf, twoCountsZ } from "./tails.js";
import { layers } from "./view.js";

/** Variance of the hits of a cell in good data over that of independent hits. */
const clustering = 2.25;
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
/** Minimum number of cells to know how much their hits differ from the comparison. */
const fewestCells = 16;

/** How the hits of the cells in a span differ from the comparison. */
interface Pattern {
  /** Median ratio of the cells of each layer, by layer - 1; 0 if not known. */
  ratios: readonly number[];
  /** Standard deviation of the cells relative to the median of their layer, in addition to that of the counts. */
  spread: number;
}

/** Reads the rates of the cells of a chamber. */
export class CellRates {
  private usualHits: Float64Array | null = null;
  /** Of the sums of this window. */
  private readonly patterns = new Map<Float64Array, Pattern>();

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
      const most = median(live.map((cell) => usual[cell] as number));
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
    const { ratios, spread } = this.patternOf(sum);
    const ratio = ratios[layer - 1] as number;
    const expected = ratio * usual;
    if (expected < leastExpected) return null;
    const value = k / expected;
    const sigma = Math.sqrt(clustering * (k + 1)) / expected;
    const isLow = value < this.limit;
    if (!isLow && isFarFrom(this.limit, value, sigma))
      return { value, sigma, good: 1, z: 0, beyond: false, isClear: true };
    const shown = this.efficiencyByMuons(sum, cell);
    if (shown !== null) return shown;
    const chance = Math.max(0, -twoCountsZ(k, usual, ratio)) / Math.sqrt(clustering);
    const z = limitedZ(chance, 1 - value, spread);
    return { value, sigma, good: 1, z, beyond: isLow && this.isSingle(sum, cell, ratio) };
  }

  /** A good reading if muons show that the cell is efficient: then it only has less noise. */
  private efficiencyByMuons(sum: Float64Array, cell: number): Reading | null {
    const { cellFound, cellMissed } = this.places;
    const found = sum[cellFound + cell] as number;
    const crossings = found + (sum[cellMissed + cell] as number);
    if (crossings < fewestCrossings || found <= usualBeside * crossings) return null;
    const value = found / crossings;
    return { value, sigma: fractionError(found, crossings), good: 1, z: 0, beyond: false };
  }

  private patternOf(sum: Float64Array): Pattern {
    const known = this.patterns.get(sum);
    if (known !== undefined) return known;
    const { cellHits: at } = this.places;
    const ratios: number[] = [];
    const relative: number[] = [];
    const variances: number[] = [];
    for (const layer of layers) {
      const cells: number[] = [];
      for (let wire = 0; wire < cellsPerLayer; wire += 1) {
        const cell = cellOf(layer, wire);
        if (!this.mask.has(cell) && (this.before[at + cell] as number) > 0) cells.push(cell);
      }
      const here = cells.map((cell) => (sum[at + cell] as number) / (this.before[at + cell] as number));
      const ratio = cells.length < cellsPerLayer / 2 ? 0 : median(here);
      ratios.push(ratio);
      cells.forEach((cell, i) => {
        const before = this.before[at + cell] as number;
        if (ratio * before < leastExpected) return;
        relative.push((here[i] as number) / ratio);
        variances.push(clustering * (1 / (ratio * before) + 1 / before));
      });
    }
    const spread = relative.length < fewestCells ? Infinity : excessSpread(relative, variances);
    const pattern = { ratios, spread };
    this.patterns.set(sum, pattern);
    return pattern;
  }

  /** Whether only this cell is low, not the edge of a beam. */
  private isSingle(sum: Float64Array, cell: number, ratio: number): boolean {
    const { cellHits: at } = this.places;
    const [layer, wire] = [layerOfCell(cell), wireOfCell(cell)];
    return [wire - 1, wire + 1].every((beside) => {
      if (beside < 0 || beside >= cellsPerLayer) return true;
      const other = cellOf(layer, beside);
      const expected = ratio * (this.usual[other] as number);
      return this.mask.has(other) || (sum[at + other] as number) > usualBeside * expected;
    });
  }
}
