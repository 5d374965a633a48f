/** Connectors of four cells on top of each other: wires whose hits are low in all layers. */
import { cellOf, cellsPerChamber, cellsPerLayer, layerOfCell } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { median } from "../statistics.js";
import type { Mask } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import { isFarFrom, type Reading } from "./search.js";
import { binomialZ, excessSpread, limitedZ, sumOf, twoCountsZ } from "./tails.js";
import {
  chamberDomains,
  layers,
  maskIn,
  ofChamber,
  percentWithError,
  rawFinding,
  type PhysicsView,
} from "./view.js";

const wires = Array.from({ length: cellsPerLayer }, (_, wire) => wire);

/** Keys of the readings of a chamber, cached for speed. */
const columnKeys = ofChamber((chamber) => wires.map((wire) => `cell-column ${chamber} ${wire}`));

/** Minimum number of hits of a chamber in the comparison to know their distribution over the wires. */
const leastHitsBefore = 6000;

/** A finding about several cells. */
export interface GroupFinding {
  finding: RawFinding;
  cells: number[];
}

/**
 * Four cells on top of each other: without them muons leave no segments, so their hits are compared with the other
 * wires.
 */
export function columnFinding(view: PhysicsView, places: ChamberQuantities): GroupFinding[] {
  const { rules, search, comparison, detector } = view;
  const settings = rules["cell-efficiency"];
  const { chamber, cellHits } = places;
  const mask = maskIn(detector, chamber);
  const found: GroupFinding[] = [];
  const beforeAll = comparison === null ? 0 : sumOf(comparison.sum, cellHits, 64);
  const before = beforeAll > leastHitsBefore ? (comparison?.sum ?? null) : null;
  const columns: Columns = {
    before,
    beforeAll,
    places,
    mask,
    usual: usualShares(before, beforeAll, places, mask),
    spreads: new Map(),
  };
  let wire = 0;
  const read = (sum: Float64Array): Reading | null =>
    columnReading(sum, columns, wire, settings.column_fraction_low);
  // A wire has few hits in one window, and they are clustered in fours.
  const options = { least: 2, z: settings.significance };
  const keys = columnKeys(chamber);
  for (; wire < cellsPerLayer; wire += 1) {
    // By geometry, fewer muons cross the outermost wires: these need a comparison.
    if (before === null && (wire === 0 || wire === cellsPerLayer - 1)) continue;
    // Muons through two masked cells leave no segments, so the other cells of the wire have fewer hits, too.
    if (mask.ofWire(wire) < leastOfWire) continue;
    const one = search.find(keys[wire] as string, chamberDomains(chamber), read, options);
    if (one === null) continue;
    const cells = Array.from({ length: 4 }, (_, i) => 4 * wire + i);
    const reason = `channels ${4 * wire} to ${4 * wire + 3} (wire ${wire} of all layers, a connector group) have ${percentWithError(one.value, one.sigma)} of the expected hits`;
    const numbers = { fraction: one.value, first_channel: 4 * wire, windows: one.windows };
    found.push({
      finding: rawFinding(
        "cell-efficiency",
        { kind: "cell", chamber, cell: 4 * wire },
        "warning",
        reason,
        numbers,
      ),
      cells,
    });
  }
  // More than four low wires are not a connector.
  return found.length > 4 ? [] : found;
}

/** Minimum number of unmasked cells of a wire, so that muons through it leave segments. */
const leastOfWire = 3;

/** Minimum number of hits expected of a wire. */
const leastExpected = 40;
/** Variance of the hits of a column over that of independent hits: a muon causes up to four. */
const columnClustering = 3.2;

/** The comparison for the wires of a chamber. */
interface Columns {
  before: Float64Array | null;
  beforeAll: number;
  places: ChamberQuantities;
  mask: Mask;
  /** Normal fraction of the hits, by wire. */
  usual: readonly number[];
  /** Spreads that are known already, by sum: most wires are compared with the same number of hits. */
  spreads: Map<Float64Array, { all: number; spread: number }>;
}

function usualShares(
  before: Float64Array | null,
  beforeAll: number,
  { cellHits }: ChamberQuantities,
  mask: Mask,
): number[] {
  if (before === null) return wires.map((wire) => mask.ofWire(wire) / (cellsPerChamber * mask.liveShare));
  const most = layers.map(
    (layer) => hotCellLimit * median(wires.map((wire) => before[cellHits + cellOf(layer, wire)] as number)),
  );
  // A cell that was noisy in the comparison may be quiet now.
  const limited = (cell: number): number =>
    Math.min(before[cellHits + cell] as number, most[layerOfCell(cell) - 1] as number);
  return wires.map((wire) => [0, 1, 2, 3].reduce((hits, i) => hits + limited(4 * wire + i), 0) / beforeAll);
}
/** Limit on the hits of one cell in the comparison, in medians of its layer. */
const hotCellLimit = 2;

/** Hits of a range of cells. Noise varies between wires, so without a comparison only muon hits count. */
function hitsOf(sum: Float64Array, { before, places }: Columns, wire: number, cells: number): number {
  const hits = sumOf(sum, places.cellHits + 4 * wire, cells);
  return hits - (before === null ? sumOf(sum, places.cellNoise + 4 * wire, cells) : 0);
}

/** Hits of a wire compared with those expected from all wires; beyond the limit only if its neighbours are normal. */
function columnReading(sum: Float64Array, columns: Columns, wire: number, limit: number): Reading | null {
  const { before, beforeAll } = columns;
  const usual = columns.usual[wire] as number;
  const k = hitsOf(sum, columns, wire, 4);
  let all = hitsOf(sum, columns, 0, cellsPerChamber);
  if (all * usual >= leastExpected && k / (all * usual) < limit) all = hitsWithLimit(sum, columns);
  const expected = all * usual;
  if (expected < leastExpected) return null;
  const value = k / expected;
  const sigma = Math.sqrt(columnClustering * (k + 1)) / expected;
  const isLow = value < limit;
  if (!isLow && isFarFrom(limit, value, sigma))
    return { value, sigma, good: 1, z: 0, beyond: false, isClear: true };
  const chance =
    before === null ? binomialZ(k, all, usual) : twoCountsZ(k, usual * beforeAll, all / beforeAll);
  const byCounts = Math.max(0, -chance) / Math.sqrt(columnClustering);
  const z = byCounts === 0 ? 0 : limitedZ(byCounts, 1 - value, spreadOf(sum, columns, all));
  return { value, sigma, good: 1, z, beyond: isLow && areUsualBeside(sum, columns, wire, all) };
}

function spreadOf(sum: Float64Array, columns: Columns, all: number): number {
  const known = columns.spreads.get(sum);
  if (known?.all === all) return known.spread;
  const spread = patternSpread(sum, columns, all);
  columns.spreads.set(sum, { all, spread });
  return spread;
}

/** Differences between the wires and the comparison that are not those of a few wires: noise or the beam has changed. */
function patternSpread(sum: Float64Array, columns: Columns, all: number): number {
  const { before, beforeAll, usual } = columns;
  if (before === null) return 0;
  const values: number[] = [];
  const variances: number[] = [];
  usual.forEach((share, wire) => {
    if (!(all * share >= leastExpected)) return;
    values.push(hitsOf(sum, columns, wire, 4) / (all * share));
    variances.push(columnClustering * (1 / (all * share) + 1 / (beforeAll * share)));
  });
  const middle = median(values);
  return values.length < cellsPerLayer / 2 || middle === 0
    ? Infinity
    : excessSpread(
        values.map((value) => value / middle),
        variances,
      );
}

/** All hits, with the hits of each wire limited, so that a hot cell does not make other wires look low. */
function hitsWithLimit(sum: Float64Array, columns: Columns): number {
  const ratios = columns.usual.map((usual, wire) => (usual > 0 ? hitsOf(sum, columns, wire, 4) / usual : 0));
  const most = hotWireLimit * median(ratios);
  return ratios.reduce(
    (hits, ratio, wire) => hits + Math.min(ratio, most) * (columns.usual[wire] as number),
    0,
  );
}

/** Whether the neighbours of a wire are normal; otherwise it is not a connector. */
function areUsualBeside(sum: Float64Array, columns: Columns, wire: number, all: number): boolean {
  let [hits, expectedHits] = [0, 0];
  for (const one of [wire - 1, wire + 1]) {
    if (one < 0 || one >= cellsPerLayer || columns.mask.ofWire(one) < leastOfWire) continue;
    hits += hitsOf(sum, columns, one, 4);
    expectedHits += all * (columns.usual[one] as number);
  }
  return expectedHits > 0 && hits > 0.75 * expectedHits;
}

/** Limit on the count of one wire, in medians of all wires. */
const hotWireLimit = 2;
