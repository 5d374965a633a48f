/**
 * Rules about parts without hits: FPGA, chamber, layer, cell. Each rule skips faults explained by the previous one.
 */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  layersPerChamber,
} from "../../../../pipeline/model/index.js";
import { at, cellsOf } from "../facts.js";
import { median, medianReaches, total } from "../statistics.js";
import { isTroubled, type Rule, type RawFinding, type View } from "../view.js";
import { count, list, percent, plural, rough } from "../words.js";
import { wireOfCell, layerOfCell } from "../../../../pipeline/model/index.js";

const layers = Array.from({ length: layersPerChamber }, (_, i) => i + 1);
/** Cells of each layer 1..4 by wire. */
const layerCells = layers.map((layer) =>
  Array.from({ length: cellsPerLayer }, (_, wire) => cellOf(layer, wire)),
);

/** Finds silent chambers; if all chambers of an FPGA are silent and others are not, reports the FPGA. */
export const silentChambers: Rule = (view) => {
  const { chambers } = view;
  const silent = chambers.flatMap((chamber) => silence(view, chamber) ?? []);
  const names = silent.map(({ chamber }) => chamber);
  const isDead = (fpga: number): boolean => {
    const own = chambers.filter((chamber) => view.fpgas[chamber] === fpga);
    return own.length > 1 && own.every((chamber) => names.includes(chamber));
  };
  const dead = [...new Set(view.fpgas)].filter(isDead);
  if (!view.config.rules["dead-fpga"].enabled) dead.length = 0;
  const single = silent.filter(({ chamber }) => !dead.includes(view.fpgas[chamber] as number));
  return [...dead.map((fpga) => deadFpga(view, fpga, silent)), ...single.map(({ reported }) => reported)];
};

interface Silence {
  chamber: number;
  reported: RawFinding;
}

function silence(view: View, chamber: number): Silence | null {
  if (total(cellsOf(view.newest.vector, chamber)) > 0) return null;
  const needed = view.config.rules["silent-chamber"].expected_hits;
  const enough = view.span.shortest((sum) => view.expected.chamber(sum, chamber) >= needed);
  if (enough === null || total(cellsOf(enough.sum, chamber)) > 0) return null;
  const hits = view.expected.chamber(enough.sum, chamber);
  const reason = `no hits, ${count(hits)} expected from the other chambers`;
  const numbers = { expected_hits: hits, windows: enough.windows };
  const reported: RawFinding = {
    rule: "silent-chamber",
    scope: { kind: "chamber", chamber },
    state: "bad",
    reason,
    numbers,
  };
  return { chamber, reported };
}

function deadFpga({ fpgas, chambers, nameOf }: View, fpga: number, silent: readonly Silence[]): RawFinding {
  const own = chambers.filter((chamber) => fpgas[chamber] === fpga);
  const its = silent.filter(({ chamber }) => own.includes(chamber));
  const windows = Math.max(...its.map(({ reported }) => reported.numbers["windows"] ?? 1));
  const reason = `FPGA ${fpga} sends no hits: chambers ${list(own.map(nameOf))} are silent`;
  return {
    rule: "dead-fpga",
    scope: { kind: "fpga", fpga, chambers: own },
    state: "bad",
    reason,
    numbers: { windows },
  };
}

/** Finds layers without hits, or with at least `cells_in_a_row` adjacent cells without hits. */
export const deadLayers: Rule = (view) =>
  view.chambers
    .filter((chamber) => !isTroubled(view.reported, chamber))
    .flatMap((chamber) => layers.flatMap((layer) => deadLayer(view, chamber, layer) ?? []));

/** Tries the whole layer first: it is found sooner than a part, because more hits are expected. */
function deadLayer(view: View, chamber: number, layer: number): RawFinding | null {
  const { cells_in_a_row: length } = view.config.rules["dead-layer"];
  return deadRun(view, chamber, layer, cellsPerLayer) ?? deadRun(view, chamber, layer, length);
}

function deadRun(view: View, chamber: number, layer: number, length: number): RawFinding | null {
  const { expected_hits: needed } = view.config.rules["dead-layer"];
  const masked = view.masked[chamber] ?? [];
  const all = layerCells[layer - 1] as readonly number[];
  const cells = masked.length === 0 ? all : all.filter((cell) => !masked.includes(cell));
  if (cells.length < view.config.rules["dead-layer"].cells_in_a_row) return null;
  const least = length === cellsPerLayer ? cells.length : length;
  // Cells with hits in the newest window are not dead in any span.
  const newest = cellsOf(view.newest.vector, chamber);
  if (longestRun(cells, newest).length < least) return null;
  // Enough windows to expect hits in a run of this length anywhere in the layer.
  const enough = view.span.shortest((sum) => {
    const expected = view.expected.cells(sum, chamber);
    let hits = 0;
    for (const cell of cells) hits += expected[cell] as number;
    return hits * (least / cells.length) >= needed;
  });
  if (enough === null) return null;
  const hits = cellsOf(enough.sum, chamber);
  const run = longestRun(cells, hits);
  const expected = view.expected.cells(enough.sum, chamber);
  const lost = total(cells.slice(run.from, run.from + run.length).map((cell) => expected[cell] as number));
  if (run.length < least || lost < needed) return null;
  // Masked cells neither interrupt the run nor count in it.
  const isAll = run.length === cells.length;
  const from = isAll ? 0 : wireOfCell(cells[run.from] as number);
  const to = isAll ? cellsPerLayer - 1 : wireOfCell(cells[run.from + run.length - 1] as number);
  const numbers = { cells: to - from + 1, first_wire: from, expected_hits: lost, windows: enough.windows };
  const where = isAll ? `layer ${layer} is dead` : `layer ${layer} is dead from wire ${from} to ${to}`;
  const reason = `${where}: no hits, ${rough(lost)} expected`;
  return { rule: "dead-layer", scope: { kind: "layer", chamber, layer }, state: "bad", reason, numbers };
}

/** The longest run of cells without hits, as indices in the list of cells; the first if there are several. */
function longestRun(cells: readonly number[], hits: ArrayLike<number>): { from: number; length: number } {
  let [bestFrom, bestLength, from] = [0, 0, 0];
  for (let i = 0; i < cells.length; i += 1) {
    if (hits[cells[i] as number] !== 0) from = i + 1;
    else if (i + 1 - from > bestLength) [bestFrom, bestLength] = [from, i + 1 - from];
  }
  return { from: bestFrom, length: bestLength };
}

/** Judges single cells, and the fraction of a chamber's cells that are alive. */
export const deadCells: Rule = (view) =>
  view.chambers
    .filter((chamber) => !isTroubled(view.reported, chamber, ["dead-fpga", "silent-chamber"]))
    .flatMap((chamber) => judgeCells(view, chamber));

function judgeCells(view: View, chamber: number): RawFinding[] {
  const settings = view.config.rules["dead-cell"];
  const masked = view.masked[chamber] ?? [];
  if (masked.length === cellsPerChamber) return [];
  const isEnough = (sum: Float64Array): boolean =>
    medianReaches(judgedOf(view.expected.cells(sum, chamber), masked), settings.expected_hits);
  const enough = view.span.shortest(isEnough);
  if (enough === null) return collecting(view, chamber, settings.expected_hits);
  const hits = cellsOf(enough.sum, chamber);
  const expected = view.expected.cells(enough.sum, chamber);
  const rows = deadRowCells(view.reported, chamber);
  const isDead = (cell: number): boolean =>
    !masked.includes(cell) && (rows.has(cell) || (expected[cell] as number) >= settings.expected_hits);
  const dead: number[] = [];
  for (let cell = 0; cell < hits.length; cell += 1) if (hits[cell] === 0 && isDead(cell)) dead.push(cell);
  const single = dead.filter((cell) => !rows.has(cell));
  const { windows } = enough;
  const lone = settings.enabled ? nameCells(view, chamber, single, { expected, windows }) : [];
  return [...lone, ...gradeLive(view, chamber, dead.length, windows)];
}

function deadRowCells(reported: readonly RawFinding[], chamber: number): Set<number> {
  const cells = new Set<number>();
  for (const { rule, scope, numbers } of reported) {
    if (rule !== "dead-layer" || scope.kind !== "layer" || scope.chamber !== chamber) continue;
    const first = numbers["first_wire"] ?? 0;
    for (let wire = first; wire < first + (numbers["cells"] ?? 0); wire += 1)
      cells.add(cellOf(scope.layer, wire));
  }
  return cells;
}

function nameCells(
  view: View,
  chamber: number,
  cells: number[],
  { expected, windows }: { expected: Float64Array; windows: number },
): RawFinding[] {
  const { cells_named } = view.config.rules["dead-cell"];
  if (cells.length > cells_named) {
    const reason = `${cells.length} cells are dead: ${cells.slice(0, cells_named).join(", ")} and others`;
    const numbers = { dead_cells: cells.length, windows };
    return [{ rule: "dead-cell", scope: { kind: "chamber", chamber }, state: "warning", reason, numbers }];
  }
  return cells.map((cell) => {
    const hits = expected[cell] as number;
    const reason = `${cellName(cell)} is dead: no hits, ${rough(hits)} expected from ${view.expected.by}`;
    const scope = { kind: "cell", chamber, cell } as const;
    const numbers = { expected_hits: hits, windows };
    return { rule: "dead-cell", scope, state: "warning", reason, numbers };
  });
}

/** "cell 17 (layer 2, wire 4)" */
export function cellName(cell: number): string {
  return `cell ${cell} (layer ${layerOfCell(cell)}, wire ${wireOfCell(cell)})`;
}

/** The cells that are not masked. */
function judgedOf(cells: Float64Array, masked: readonly number[]): Float64Array {
  return masked.length === 0 ? cells : cells.filter((_, cell) => !masked.includes(cell));
}

function gradeLive(view: View, chamber: number, dead: number, windows: number): RawFinding[] {
  const settings = view.config.rules["live-cells"];
  const live = 1 - dead / (cellsPerChamber - (view.masked[chamber]?.length ?? 0));
  if (!settings.enabled || live >= settings.fraction_warning) return [];
  const state = live < settings.fraction_bad ? "bad" : "warning";
  // A dead layer explains this.
  if (state === "warning" && isTroubled(view.reported, chamber, ["dead-layer"])) return [];
  const grades = [
    settings.fraction_warning,
    settings.fraction_bad,
    settings.fraction_worse,
    settings.fraction_worst,
  ];
  const grade = grades.filter((fraction) => live < fraction).length;
  const below = `below ${percent(grades[grade - 1] as number)}, grade ${grade} of ${grades.length}`;
  const reason = `only ${percent(live)} of the cells are alive (${below}): ${plural(dead, "cell")} dead`;
  const numbers = { live_fraction: live, dead_cells: dead, grade, windows };
  return [{ rule: "live-cells", scope: { kind: "chamber", chamber }, state, reason, numbers }];
}

function collecting(view: View, chamber: number, needed: number): RawFinding[] {
  const expected = view.expected.cells(view.span.sum(view.span.length), chamber);
  const judged = judgedOf(expected, view.masked[chamber] ?? []);
  const collected = Math.floor(Math.min(needed - 1, median(judged)));
  const hits = view.span.newest?.vector[at.rows] ?? 0;
  const reason = `collecting: ${collected} of ${needed} hits expected per cell`;
  const numbers = { collected, needed, rows: hits };
  return [{ rule: "dead-cell", scope: { kind: "chamber", chamber }, state: "few", reason, numbers }];
}
