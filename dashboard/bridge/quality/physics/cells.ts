/** The rule about cells that lose hits: single cells, or the four cells of a connector. */
import { cellOf, cellsPerChamber, cellsPerLayer, layerOfCell } from "../../../../pipeline/model/index.js";
import { cellName } from "../rules/dead.js";
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { CellRates } from "./cell-rates.js";
import { groupWires, layers, medianOf, othersAreDead, rawFinding } from "./efficiency.js";
import { lowFraction } from "./fractions.js";
import type { Mask } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import { isFarFrom, type Reading } from "./search.js";
import { binomialZ, sumOf, twoCountsZ } from "./tails.js";
import {
  chamberDomain,
  chamberDomains,
  maskIn,
  ofChamber,
  percentWithError,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const wires = Array.from({ length: cellsPerLayer }, (_, wire) => wire);

/** Keys of the readings of a chamber, cached for speed. */
const cellKeys = ofChamber((chamber) =>
  Array.from({ length: cellsPerChamber }, (_, cell) => `cell-efficiency ${chamber} ${cell}`),
);
const rateKeys = ofChamber((chamber) =>
  Array.from({ length: cellsPerChamber }, (_, cell) => `cell-rate ${chamber} ${cell}`),
);
const columnKeys = ofChamber((chamber) => wires.map((wire) => `cell-column ${chamber} ${wire}`));
const groupKeys = ofChamber((chamber) =>
  layers.map((layer) => wires.map((wire) => `cell-group ${chamber} ${layer} ${wire}`)),
);

/** Judges single cells and groups of four neighbours by the segments that cross them. */
export const cellEfficiency: PhysicsRule = (view) =>
  view.layout.chambers.flatMap((places) => {
    if (hasUnusableSegments(view.reported, places.chamber)) return [];
    const rates = lowRatesOf(view, places);
    if (!isWorthALook(view, places))
      return rates === null ? [] : cellsFinding(view, places, new Set(), rates);
    const groups = layers.flatMap((layer) => groupFinding(view, places, layer));
    const taken = new Set(groups.flatMap(({ cells }) => cells));
    const columns = columnFinding(view, places);
    for (const one of columns) for (const cell of one.cells) taken.add(cell);
    return [
      ...groups.map(({ finding }) => finding),
      ...columns.map(({ finding }) => finding),
      ...cellsFinding(view, places, taken, rates),
    ];
  });

/** The rates of the cells, if in any span one is low, which is rare in good data. */
function lowRatesOf(
  { rules, comparison, detector, search }: PhysicsView,
  places: ChamberQuantities,
): CellRates | null {
  const { hits_fraction_low: limit } = rules["cell-efficiency"];
  const rates = CellRates.of(comparison?.sum ?? null, places, maskIn(detector, places.chamber), limit);
  return rates !== null && search.some(chamberDomain(places.chamber), (sum) => rates.isAnyLow(sum))
    ? rates
    : null;
}

/** Whether in any span the efficiency of a cell, or the hits of a wire in all layers, are low; rare in good data. */
function isWorthALook(
  { rules, search }: PhysicsView,
  { chamber, cellFound, cellMissed, cellHits }: ChamberQuantities,
): boolean {
  const settings = rules["cell-efficiency"];
  return search.some(chamberDomain(chamber), (sum) => {
    let low = 0;
    for (let cell = 0; cell < 64; cell += 1) {
      const k = sum[cellFound + cell] as number;
      const n = k + (sum[cellMissed + cell] as number);
      if (n >= fewestCrossings && k < settings.fraction_low * n) return true;
      if (n >= 2 && k < 0.75 * n) low += 1;
    }
    // A group has at least three low cells.
    if (low >= 3 && sumOf(sum, cellMissed, 64) > 0.1 * sumOf(sum, cellFound, 64)) return true;
    const all = sumOf(sum, cellHits, 64);
    if (all < 600) return false;
    for (let wire = 0; wire < cellsPerLayer; wire += 1)
      if (sumOf(sum, cellHits + 4 * wire, 4) < (0.6 * all) / cellsPerLayer) return true;
    return false;
  });
}

/** Whether another rule has found that the segments of the chamber cannot be used. */
function hasUnusableSegments(found: readonly RawFinding[], chamber: number): boolean {
  return found.some(
    ({ rule, scope }) =>
      (rule === "no-muons" || rule === "cabling") && "chamber" in scope && scope.chamber === chamber,
  );
}

interface GroupFinding {
  finding: RawFinding;
  cells: number[];
}

/** Four cells side by side in a layer. */
function groupFinding(
  { rules, search, detector }: PhysicsView,
  places: ChamberQuantities,
  layer: number,
): GroupFinding[] {
  const settings = rules["cell-efficiency"];
  const { chamber, cellFound, cellMissed } = places;
  const mask = maskIn(detector, chamber);
  let best: { wire: number; value: number; sigma: number; windows: number } | null = null;
  // One closure for all wires, for speed: it runs hundreds of times per window.
  let wire = 0;
  const read = (sum: Float64Array): Reading | null => {
    if (othersAreDead(sum, places, layer)) return null;
    const reading = groupReading(sum, cellFound, cellMissed, layer, wire, settings);
    // With fewer than three low cells, it is not a group.
    return reading !== null && reading.beyond && !isGroupLow(sum, cellFound, cellMissed, layer, wire)
      ? { ...reading, beyond: false, z: 0 }
      : reading;
  };
  const options = { z: settings.significance };
  const keys = groupKeys(chamber)[layer - 1] as readonly string[];
  for (; wire + groupWires <= cellsPerLayer; wire += 1) {
    if (isMaskedGroup(mask, layer, wire)) continue;
    const one = search.find(keys[wire] as string, chamberDomains(chamber), read, options);
    if (one !== null && (best === null || one.value < best.value)) best = { wire, ...one };
  }
  if (best === null) return [];
  const cells = Array.from({ length: groupWires }, (_, i) =>
    cellOf(layer, (best as { wire: number }).wire + i),
  );
  const last = best.wire + groupWires - 1;
  const reason = `layer ${layer}, wires ${best.wire} to ${last} (a connector group) lose hits: efficiency ${percentWithError(best.value, best.sigma)}, expected at least ${Math.round(100 * settings.fraction_good)} %`;
  const numbers = {
    efficiency: best.value,
    efficiency_sigma: best.sigma,
    first_wire: best.wire,
    windows: best.windows,
  };
  return [
    {
      finding: rawFinding("cell-efficiency", { kind: "layer", chamber, layer }, "warning", reason, numbers),
      cells,
    },
  ];
}

/** With two masked cells, a group has too few cells left. */
function isMaskedGroup(mask: Mask, layer: number, wire: number): boolean {
  let masked = 0;
  for (let i = 0; i < groupWires; i += 1) if (mask.has(cellOf(layer, wire + i))) masked += 1;
  return masked > 1;
}

function groupReading(
  sum: Float64Array,
  cellFound: number,
  cellMissed: number,
  layer: number,
  wire: number,
  settings: PhysicsView["rules"]["cell-efficiency"],
): Reading | null {
  let [k, n] = [0, 0];
  for (let i = 0; i < groupWires; i += 1) {
    const cell = cellOf(layer, wire + i);
    k += sum[cellFound + cell] as number;
    n += sum[cellMissed + cell] as number;
  }
  const { fraction_good: good, group_fraction_low: low } = settings;
  return k + n < 12 ? null : lowFraction(k, k + n, good, low, groupClustering);
}
/** Variance of the missed crossings over that of independent ones: false lines from noise miss several cells. */
const groupClustering = 1.2;

function isGroupLow(
  sum: Float64Array,
  cellFound: number,
  cellMissed: number,
  layer: number,
  wire: number,
): boolean {
  let low = 0;
  for (let i = 0; i < groupWires; i += 1) {
    const cell = cellOf(layer, wire + i);
    const k = sum[cellFound + cell] as number;
    const n = k + (sum[cellMissed + cell] as number);
    if (n >= 2 && k / n < 0.75) low += 1;
  }
  return low >= 3;
}

/**
 * Four cells on top of each other: without them muons leave no segments, so their hits are compared with the other
 * wires.
 */
function columnFinding(view: PhysicsView, places: ChamberQuantities): GroupFinding[] {
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
}

function usualShares(
  before: Float64Array | null,
  beforeAll: number,
  { cellHits }: ChamberQuantities,
  mask: Mask,
): number[] {
  if (before === null) return wires.map((wire) => mask.ofWire(wire) / (cellsPerChamber * mask.liveShare));
  const most = layers.map(
    (layer) => hotCellLimit * medianOf(wires.map((wire) => before[cellHits + cellOf(layer, wire)] as number)),
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
  if (all * usual >= 40 && k / (all * usual) < limit) all = hitsWithLimit(sum, columns);
  const expected = all * usual;
  if (expected < 40) return null;
  const value = k / expected;
  const sigma = Math.sqrt(columnClustering * (k + 1)) / expected;
  const isLow = value < limit;
  if (!isLow && isFarFrom(limit, value, sigma))
    return { value, sigma, good: 1, z: 0, beyond: false, isClear: true };
  const chance =
    before === null ? binomialZ(k, all, usual) : twoCountsZ(k, usual * beforeAll, all / beforeAll);
  const z = Math.max(0, -chance) / Math.sqrt(columnClustering);
  return { value, sigma, good: 1, z, beyond: isLow && areUsualBeside(sum, columns, wire, all) };
}

/** All hits, with the hits of each wire limited, so that a hot cell does not make other wires look low. */
function hitsWithLimit(sum: Float64Array, columns: Columns): number {
  const ratios = columns.usual.map((usual, wire) => (usual > 0 ? hitsOf(sum, columns, wire, 4) / usual : 0));
  const most = hotWireLimit * medianOf(ratios);
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

const fewestCrossings = 7;
/** Minimum number of hits of a chamber in the comparison to know their distribution over the wires. */
const leastHitsBefore = 6000;

interface LowCell {
  cell: number;
  value: number;
  sigma: number;
  windows: number;
  /** Whether it was found by its hits, not by the muons that cross it. */
  isRate: boolean;
}

function cellsFinding(
  { rules, search, sums, detector, comparison }: PhysicsView,
  places: ChamberQuantities,
  taken: Set<number>,
  rates: CellRates | null,
): RawFinding[] {
  const settings = rules["cell-efficiency"];
  const { chamber, cellFound, cellMissed } = places;
  const mask = maskIn(detector, chamber);
  const low: LowCell[] = [];
  let cell = 0;
  const read = (sum: Float64Array): Reading | null => {
    const k = sum[cellFound + cell] as number;
    const n = k + (sum[cellMissed + cell] as number);
    if (n < fewestCrossings || othersAreDead(sum, places, layerOfCell(cell))) return null;
    return lowFraction(k, n, settings.fraction_good, settings.fraction_low);
  };
  const readRate = (sum: Float64Array): Reading | null => rates?.read(sum, cell) ?? null;
  const options = { z: settings.significance };
  const [keys, byRate] = [cellKeys(chamber), rateKeys(chamber)];
  for (; cell < cellsPerChamber; cell += 1) {
    if (taken.has(cell) || mask.has(cell) || sums.windows === 0) continue;
    const [key, rateKey] = [keys[cell] as string, byRate[cell] as string];
    const wasLow = search.has(rateKey);
    const rate = search.find(rateKey, chamberDomains(chamber), readRate, { z: settings.hits_significance });
    // A cell has more hits than muons that cross it.
    if (wasLow && rate === null) search.drop(key);
    const one = search.find(key, chamberDomains(chamber), read, options);
    const found = one ?? rate;
    if (found !== null) low.push({ cell, ...found, isRate: one === null });
  }
  if (low.length > settings.cells_named) {
    const reason = `${low.length} cells lose hits: ${list(low.slice(0, settings.cells_named).map(({ cell }) => cell))} and others`;
    const numbers = { cells: low.length, windows: Math.max(...low.map(({ windows }) => windows)) };
    return [rawFinding("cell-efficiency", { kind: "chamber", chamber }, "warning", reason, numbers)];
  }
  return low.map(({ cell, value, sigma, windows, isRate }) => {
    const scope = { kind: "cell", chamber, cell } as const;
    if (isRate) {
      const reason = `${cellName(cell)} loses hits: ${percentWithError(value, sigma)} of those expected from ${comparison?.by ?? "other windows"}`;
      const numbers = { fraction: value, fraction_sigma: sigma, windows };
      return rawFinding("cell-efficiency", scope, "warning", reason, numbers);
    }
    const reason = `${cellName(cell)} loses hits: efficiency ${percentWithError(value, sigma)}, expected at least ${Math.round(100 * settings.fraction_good)} %`;
    const numbers = { efficiency: value, efficiency_sigma: sigma, windows };
    return rawFinding("cell-efficiency", scope, "warning", reason, numbers);
  });
}
