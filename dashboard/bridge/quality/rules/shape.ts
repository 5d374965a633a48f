/** Rules about counts and shapes: hot cells, rates, drift times, frozen data, changed shapes. */
import { layerOfCell, maxDriftTimeNs } from "../../../../pipeline/model/index.js";
import { layerMedians } from "../expectation.js";
import { cellCount, cellsOf, driftOf } from "../facts.js";
import {
  clustering,
  compareShapes,
  kolmogorov,
  median,
  medianReaches,
  quantile,
  total,
} from "../statistics.js";
import { isTroubled, type Rule, type RawFinding, type View } from "../view.js";
import { count, percent, plural, rough } from "../words.js";
import { cellName } from "./dead.js";

/** Standard deviations for a rate, with clustering taken into account. */
const rateSignificance = 6;
/** An active finding is found again at this fraction of the threshold. */
const heldFraction = 0.7;

/** Standard deviations by which a cell must be above the limit. */
const hotSigmas = 2.5;

/** Finds cells far above the median of their layer, in the last window and over a minute. */
export const hotCells: Rule = (view) => {
  const { windows } = view.config.rules["hot-cell"];
  const spans = [1, windows].map((length) => ({ windows: length, sum: view.span.sum(length) }));
  return view.chambers.flatMap((chamber) => {
    const seen = new Map<number, RawFinding>();
    for (const reported of spans.flatMap((span) => hotIn(view, span, chamber))) {
      if (!seen.has(cellIn(reported))) seen.set(cellIn(reported), reported);
    }
    return [...seen.values()].slice(0, 16);
  });
};

function hotIn(
  view: View,
  { windows, sum }: { windows: number; sum: Float64Array },
  chamber: number,
): RawFinding[] {
  const { factor, hits: least } = view.config.rules["hot-cell"];
  const cells = cellsOf(sum, chamber);
  const masked = view.masked[chamber] ?? [];
  const middles = layerMedians(cells, masked);
  const loud: number[] = [];
  for (let cell = 0; cell < cells.length; cell += 1) {
    if (masked.includes(cell)) continue;
    const hits = cells[cell] as number;
    if (hits >= least && hits > factor * heldFraction * (middles[layerOfCell(cell) - 1] as number))
      loud.push(cell);
  }
  if (loud.length === 0) return [];
  const hasPicture = view.expected.picture !== null;
  const usual = hasPicture ? view.expected.cells(sum, chamber) : [];
  // A cell that was hot a minute ago may be normal again.
  const lastTwo = view.span.sum(2);
  const lately = cellsOf(lastTwo, chamber);
  const latelyMiddles = layerMedians(lately, masked);
  const lateUsual = hasPicture ? view.expected.cells(lastTwo, chamber) : [];
  return loud.flatMap((cell) => {
    const layer = layerOfCell(cell) - 1;
    const expected = Math.max(middles[layer] as number, usual[cell] ?? 0);
    const hits = cells[cell] as number;
    const scope = { kind: "cell", chamber, cell } as const;
    const limit = factor * (view.held("hot-cell", scope) ? heldFraction : 1);
    // A cell that is always noisy is not hot.
    const usualLately = Math.max(1, latelyMiddles[layer] as number, lateUsual[cell] ?? 0);
    const stillHot = (lately[cell] as number) > (limit / 2) * usualLately;
    // With few hits, some cells exceed the limit by chance.
    if (hits - hotSigmas * Math.sqrt(hits) <= limit * expected || !stillHot) return [];
    const reason = `${cellName(cell)} is hot: ${count(hits)} hits, ${rough(expected)} expected`;
    const numbers = { hits, expected_hits: expected, windows };
    return [{ rule: "hot-cell", scope, state: "warning", reason, numbers }];
  });
}

function cellIn({ scope }: RawFinding): number {
  return scope.kind === "cell" ? scope.cell : -1;
}

/** Compares rates with the reference, or with the recent past. Silence and hot cells have their own rules. */
export const chamberRates: Rule = (view) => {
  const found = view.chambers.flatMap((chamber) => {
    if (isTroubled(view.reported, chamber, ["silent-chamber", "dead-fpga"])) return [];
    const usual = usualRate(view, chamber);
    return usual === null ? [] : (rateFinding(view, chamber, usual) ?? []);
  });
  const { windows } = view.config.rules["chamber-rate"];
  return found.length > 1 && found.length === view.chambers.length ? [wholeRate(found, windows)] : found;
};

/** Joins findings in all chambers into one. */
function wholeRate(found: RawFinding[], windows: number): RawFinding {
  const ratio = median(found.map(({ numbers }) => numbers["ratio"] ?? 1));
  const reason = `hit rate in all chambers is ${percent(ratio)} of normal`;
  const numbers = { ratio, windows };
  return { rule: "chamber-rate", scope: { kind: "whole" }, state: "warning", reason, numbers };
}

/** Normal rate, Hz; null with too few windows. */
function usualRate({ span, config, expected }: View, chamber: number): number | null {
  if (expected.picture !== null && expected.pictureMs !== null)
    return (1000 * total(cellsOf(expected.picture, chamber))) / expected.pictureMs;
  const { usual_windows, windows } = config.rules["chamber-rate"];
  const rates: number[] = [];
  for (let n = windows; n < windows + usual_windows; n += 1) {
    const facts = span.back(n);
    if (facts === undefined) break;
    if (!facts.partial)
      rates.push((1000 * (facts.chamberHits[chamber] ?? 0)) / (facts.endMs - facts.startMs));
  }
  return rates.length < 6 ? null : median(rates);
}

function rateFinding(view: View, chamber: number, usualHz: number): RawFinding | null {
  const settings = view.config.rules["chamber-rate"];
  if (view.calmWindows(chamber) < settings.windows) return null;
  let [hits, ms] = [0, 0];
  for (let n = 0; n < settings.windows; n += 1) {
    const facts = view.span.back(n);
    if (facts === undefined || facts.partial) return null;
    hits += facts.chamberHits[chamber] ?? 0;
    ms += facts.endMs - facts.startMs;
  }
  hits -= hotExcess(view, chamber, settings.windows);
  const expected = (usualHz * ms) / 1000;
  if (expected < settings.expected_hits) return null;
  const scope = { kind: "chamber", chamber } as const;
  const ratio = hits / expected;
  const slack = view.held("chamber-rate", scope) || view.held("chamber-rate", { kind: "whole" }) ? 1.15 : 1;
  const inBand = ratio >= settings.ratio_low * slack && ratio <= settings.ratio_high / slack;
  const isChance = Math.abs(hits - expected) < rateSignificance * Math.sqrt(clustering * expected);
  if (inBand || isChance) return null;
  const rate = (1000 * hits) / ms;
  const reason = `hit rate is ${percent(ratio)} of normal: ${rough(rate)} Hz, expected ${rough(usualHz)} Hz`;
  const numbers = { ratio, rate_hz: rate, usual_hz: usualHz, windows: settings.windows };
  return { rule: "chamber-rate", scope, state: "warning", reason, numbers };
}

/** Hits of hot cells in excess of the median of their layer. */
function hotExcess({ reported, span, masked }: View, chamber: number, windows: number): number {
  const cells = cellsOf(span.sum(windows), chamber);
  const middles = layerMedians(cells, masked[chamber]);
  return reported
    .filter(({ rule, scope }) => rule === "hot-cell" && scope.kind === "cell" && scope.chamber === chamber)
    .reduce((sum, one) => {
      const cell = cellIn(one);
      return sum + (cells[cell] as number) - (middles[layerOfCell(cell) - 1] as number);
    }, 0);
}

/** Compares the drift-time box, from the 10th to the 90th percentile. */
interface Box {
  lowNs: number;
  highNs: number;
}

/** Without a reference or own past to compare with: the flat box expected from the geometry, with wide tolerance. */
const physicsBox: Box = { lowNs: 0.1 * maxDriftTimeNs, highNs: 0.9 * maxDriftTimeNs };
const physicsTolerance = 3;

export const driftTimes: Rule = (view) => view.chambers.flatMap((chamber) => boxFinding(view, chamber) ?? []);

function boxFinding(view: View, chamber: number): RawFinding | null {
  const settings = view.config.rules["drift-time"];
  const enough = view.span.shortest((sum) => total(driftOf(sum, chamber)) >= settings.hits);
  if (enough === null || enough.windows > view.calmWindows(chamber)) return null;
  const box = boxOf(view, driftOf(enough.sum, chamber));
  const { picture } = view.expected;
  const known = picture !== null && total(driftOf(picture, chamber)) >= settings.hits;
  const usual = known ? boxOf(view, driftOf(picture, chamber)) : physicsBox;
  const scope = { kind: "chamber", chamber } as const;
  const tolerance = (known ? 1 : physicsTolerance) * (view.held("drift-time", scope) ? heldFraction : 1);
  const low = box.lowNs - usual.lowNs;
  const high = box.highNs - usual.highNs;
  const moved = Math.sign(low) === Math.sign(high) ? Math.min(Math.abs(low), Math.abs(high)) : 0;
  const widened = (box.highNs - box.lowNs) / (usual.highNs - usual.lowNs) - 1;
  const numbers = {
    low_ns: box.lowNs,
    high_ns: box.highNs,
    usual_low_ns: usual.lowNs,
    usual_high_ns: usual.highNs,
    windows: enough.windows,
  };
  const rawFinding = (reason: string): RawFinding => ({
    rule: "drift-time",
    scope,
    state: "warning",
    reason,
    numbers,
  });
  if (moved > settings.moved_ns * tolerance)
    return rawFinding(`the drift-time box is shifted by ${rough((low + high) / 2)} ns`);
  if (Math.abs(widened) <= settings.widened_fraction * tolerance) return null;
  return rawFinding(
    `the drift-time box is ${percent(Math.abs(widened))} ${widened > 0 ? "wider" : "narrower"} than usual`,
  );
}

function boxOf({ newest }: View, counts: Float64Array): Box {
  const at = (fraction: number): number =>
    newest.driftLowerNs + newest.driftWidthNs * quantile(counts, fraction);
  return { lowNs: at(0.1), highNs: at(0.9) };
}

/** Finds consecutive windows with exactly the same occupancy. */
export const stuck: Rule = ({ config, span }) => {
  const settings = config.rules.stuck;
  const newest = span.newest;
  if (newest === undefined || total(newest.vector, 0, cellCount) < settings.hits) return [];
  for (let n = 1; n < settings.windows; n += 1) {
    const other = span.back(n);
    if (other === undefined) return [];
    for (let i = 0; i < cellCount; i += 1) if (other.vector[i] !== newest.vector[i]) return [];
  }
  const reason = `the last ${settings.windows} windows are exactly the same`;
  return [
    { rule: "stuck", scope: { kind: "whole" }, state: "bad", reason, numbers: { windows: settings.windows } },
  ];
};

/** Compares occupancy and drift times with the reference or the own past, if no other fault explains a difference. */
export const shapes: Rule = (view) => {
  const { picture } = view.expected;
  if (picture === null) return [];
  return view.chambers
    .filter((chamber) => !isTroubled(view.reported, chamber))
    .flatMap(
      (chamber) =>
        occupancyFinding(view, chamber, picture) ??
        (view.hasPhysics ? [] : (driftFinding(view, chamber, picture) ?? [])),
    );
};

function occupancyFinding(view: View, chamber: number, picture: Float64Array): RawFinding | null {
  const settings = view.config.rules.shape;
  const isEnough = (sum: Float64Array): boolean =>
    medianReaches(cellsOf(sum, chamber), settings.hits_per_cell);
  const enough = view.span.shortest(isEnough);
  if (enough === null || enough.windows > view.calmWindows(chamber)) return null;
  if (!isEnough(picture)) return null;
  const { significance, deviation } = compareShapes(cellsOf(enough.sum, chamber), cellsOf(picture, chamber));
  const scope = { kind: "chamber", chamber } as const;
  const limit = settings.deviation_fraction * (view.held("shape", scope) ? heldFraction : 1);
  if (significance < settings.significance || deviation < limit) return null;
  const reason = `the occupancy differs from ${view.expected.by} by ${percent(deviation)} (chi-square, ${plural(Math.round(significance), "standard deviation")})`;
  const numbers = { significance, deviation, windows: enough.windows };
  return { rule: "shape", scope, state: "warning", reason, numbers };
}

function driftFinding(view: View, chamber: number, picture: Float64Array): RawFinding | null {
  const settings = view.config.rules.shape;
  const enough = view.span.shortest((sum) => total(driftOf(sum, chamber)) >= settings.drift_hits);
  if (enough === null || enough.windows > view.calmWindows(chamber)) return null;
  if (total(driftOf(picture, chamber)) < settings.drift_hits) return null;
  const { distance, significance } = kolmogorov(driftOf(enough.sum, chamber), driftOf(picture, chamber));
  const scope = { kind: "chamber", chamber } as const;
  const limit = settings.kolmogorov_distance * (view.held("shape", scope) ? heldFraction : 1);
  // By chance, Kolmogorov's statistic exceeds 3 once in ten million cases.
  if (distance < limit || significance < 3) return null;
  const reason = `the shape of the drift times differs from ${view.expected.by} by ${percent(distance)} (Kolmogorov)`;
  const numbers = { distance, significance, windows: enough.windows };
  return { rule: "shape", scope, state: "warning", reason, numbers };
}
