/** The rule about cells that lose hits: single cells, or the four cells of a connector. */
import { cellOf, cellsPerChamber, cellsPerLayer, layerOfCell } from "../../../../pipeline/model/index.js";
import { cellName } from "../rules/dead.js";
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { columnFinding, type GroupFinding } from "./cell-columns.js";
import { CellRates } from "./cell-rates.js";
import { groupWires, othersAreDead } from "./efficiency.js";
import { lowFraction } from "./fractions.js";
import type { Mask } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { sumOf } from "./tails.js";
import {
  chamberDomain,
  chamberDomains,
  layers,
  maskIn,
  ofChamber,
  percentWithError,
  rawFinding,
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

const fewestCrossings = 7;
/** Standard deviations by which the hits of a cell confirm that it is inefficient. */
const confirmingZ = 2;

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
  // A few muons do not end a finding that all hits confirm.
  const isConfirmed = (sum: Float64Array): boolean => {
    const rate = readRate(sum);
    return rate !== null && rate.beyond && rate.z > confirmingZ;
  };
  const options = { z: settings.significance, isConfirmed };
  const [keys, byRate] = [cellKeys(chamber), rateKeys(chamber)];
  for (; cell < cellsPerChamber; cell += 1) {
    if (taken.has(cell) || mask.has(cell) || sums.windows === 0) continue;
    const [key, rateKey] = [keys[cell] as string, byRate[cell] as string];
    const wasLow = search.has(rateKey);
    const rate = search.find(rateKey, chamberDomains(chamber), readRate, { z: settings.hits_significance });
    // A cell has more hits than muons that cross it.
    if (wasLow && rate === null) search.drop(key);
    const one = search.find(key, chamberDomains(chamber), read, options);
    // A longer span may begin before the fault.
    const found = rate !== null && (one === null || one.windows > rate.windows) ? rate : one;
    if (found !== null) low.push({ cell, ...found, isRate: found === rate });
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
