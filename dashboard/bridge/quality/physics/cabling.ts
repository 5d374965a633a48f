/**
 * The rule about hits of muons that fit no line: layers or cables of a chamber are exchanged, or the chamber is
 * mirrored.
 */
import { cellOf, clockOf } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { rawFinding } from "./efficiency.js";
import { areMissedUnevenly, exchangedLayers } from "./exchanged-layers.js";
import { areOfWrongLayers, fourHitLines } from "./lines.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { chamberDomains, percentWithError, type PhysicsRule, type PhysicsView } from "./view.js";

export const cabling: PhysicsRule = (view) =>
  view.layout.chambers.flatMap((places) => brokenLines(view, places) ?? cableEdges(view, places) ?? []);

function brokenLines({ rules, layout, search }: PhysicsView, places: ChamberQuantities): RawFinding | null {
  const settings = rules.cabling;
  const { chamber } = places;
  const one = search.find(
    `cabling ${chamber}`,
    chamberDomains(chamber),
    (sum) => fourHitLines(sum, layout, places, settings),
    { slowToClear: true, fine: 0.02, z: settings.significance },
  );
  if (one === null) return null;
  const isOfLayers = areOfWrongLayers(one.sum, places) || areMissedUnevenly(one.sum, places);
  const pairs = isOfLayers ? exchangedLayers(one.sum, places) : [];
  const what = isOfLayers ? wordsOfLayers(pairs) : "cables are exchanged or the chamber is mirrored";
  const reason = `${what}: ${percentWithError(one.value, one.sigma)} of the orbits with at least four hits have a four-hit line, expected at least ${Math.round(100 * settings.fraction_good)} %`;
  return rawFinding("cabling", { kind: "chamber", chamber }, "bad", reason, {
    lines_fraction: one.value,
    lines_fraction_sigma: one.sigma,
    windows: one.windows,
    ...(pairs[0] === undefined ? {} : { layer: pairs[0][0], other_layer: pairs[0][1] }),
  });
}

/** "layers 1 and 2 are exchanged", with the other possible pairs. */
function wordsOfLayers([first, ...others]: ReturnType<typeof exchangedLayers>): string {
  if (first === undefined) return "two layers are exchanged";
  const or = others.length === 0 ? "" : ` (or ${others.map(list).join(", ")})`;
  return `layers ${list(first)}${or} are exchanged`;
}

/** Last wire of each cable of 16 channels (four wires), except the last cable. */
const lastWires = [3, 7, 11] as const;
/**
 * Cells of a muon that crosses from one cable to the next between wires w and w + 1. Layers 1 and 3 are shifted by
 * half a cell to the right, so the muon hits wire w in them and wire w + 1 in layers 2 and 4.
 */
const seamCells = lastWires.map((wire) => [
  cellOf(1, wire),
  cellOf(3, wire),
  cellOf(2, wire + 1),
  cellOf(4, wire + 1),
]);
const otherCells = Array.from({ length: 16 }, (_, wire) => wire)
  .filter((wire) => wire > 0 && wire < 15)
  .flatMap((wire) => [1, 2, 3, 4].map((layer) => cellOf(layer, wire)))
  .filter((cell) => !seamCells.some((cells) => cells.includes(cell)));
/** Seams that an exchange of two of the four cables breaks; three exchanges break all seams. */
const brokenSeams = [
  { seams: [0, 1, 2], cables: null },
  { seams: [0, 1], cables: [0, 1] },
  { seams: [1, 2], cables: [2, 3] },
  { seams: [0, 2], cables: [0, 3] },
] as const;
/** Difference in chi-squared by which one exchange must explain the seams better than any other, above 5 sigma. */
const clearly = 30;
/** Fraction by which the geometry of plate and chamber may change the hits at a seam. */
const usualLack = 0.08;
/** Mean number of hits of one muon in the four cells of a seam. */
const seamClustering = 2.6;
/** Fraction of muon hits that are in no segment in good data. */
const usualLoss = 0.1;
/** Limit on the hits in segments per hit selected by timing signals: about 1 beside the plate, 3 far from it. */
const mostPerTagged = 1.6;

interface CellCounts {
  /** Hits in segments. */
  used: number;
  /** Muon hits selected by timing signals. */
  tagged: number;
}

/** Missing hits at one seam. */
interface SeamLack {
  expected: number;
  /** Fraction that is missing. */
  lack: number;
  /** Of the missing hits. */
  variance: number;
}

function cellCounts(
  sum: ArrayLike<number>,
  { cellHits, cellNoise, scintCells }: ChamberQuantities,
  cells: readonly number[],
  signalPart: number,
): CellCounts {
  let [used, tagged] = [0, 0];
  for (const cell of cells) {
    const hits = sum[cellHits + cell] as number;
    const selected = sum[scintCells + cell] as number;
    used += hits - (sum[cellNoise + cell] as number);
    // Noise is equally frequent in orbits with and without a signal.
    tagged += selected - (hits - selected) * signalPart;
  }
  return { used, tagged };
}

/**
 * Exchanged cables break the lines of muons that cross from one cable to another. The cells at the crossing then have
 * fewer hits in segments than expected from orbits with a timing signal. Neither count contains noise.
 */
function cableEdges(
  { rules, layout, search, detector }: PhysicsView,
  places: ChamberQuantities,
): RawFinding | null {
  const settings = rules.cabling;
  const { chamber } = places;
  const { orbitNs } = clockOf(detector);
  const lacksOf = (sum: ArrayLike<number>): { lacks: SeamLack[]; elsewhere: number } | null => {
    const orbits = ((sum[layout.ms] as number) * 1e6) / orbitNs;
    const signalPart = (sum[layout.timing[0]?.orbits ?? layout.scintOrbits] as number) / Math.max(1, orbits);
    const middle = cellCounts(sum, places, otherCells, signalPart);
    if (middle.tagged < 80 || middle.used < 80) return null;
    const perTagged = middle.used / middle.tagged;
    // Far from the plate, the signals select muons by position.
    if (perTagged > mostPerTagged) return null;
    // Muons with and without a signal fluctuate independently, so their ratio fluctuates, too.
    const others = Math.max(0, 1 - 0.95 / perTagged) + Math.max(0, perTagged - 0.95) ** 2 / perTagged;
    const spread = seamClustering * (usualLoss + others);
    const lacks = seamCells.map((cells) => {
      const { used, tagged } = cellCounts(sum, places, cells, signalPart);
      const expected = Math.max(1, perTagged * tagged);
      return { expected, lack: 1 - used / expected, variance: spread * expected };
    });
    if (lacks.some(({ expected }) => expected < 12)) return null;
    return { lacks, elsewhere: spread / middle.used };
  };
  const one = search.find(
    `cable-edges ${chamber}`,
    chamberDomains(chamber),
    (sum): Reading | null => {
      const found = lacksOf(sum);
      return found === null ? null : best(found.lacks, settings.edge_lack_high, found.elsewhere);
    },
    { fine: 0.03, z: settings.edge_significance },
  );
  if (one === null) return null;
  const cables = exchangedCables(lacksOf(one.sum)?.lacks ?? []);
  const which = cables === null ? "" : ` (wires ${cables.map(wiresOf).join(" and ")})`;
  const reason = `two cables of 16 channels are exchanged${which}: at the borders between cables, ${percentWithError(one.value, one.sigma)} fewer muon hits are in segments than elsewhere`;
  return rawFinding("cabling", { kind: "chamber", chamber }, "bad", reason, {
    edge_lack: one.value,
    edge_lack_sigma: one.sigma,
    windows: one.windows,
    ...(cables === null ? {} : { cable: cables[0], other_cable: cables[1] }),
  });
}

function wiresOf(cable: number): string {
  return `${4 * cable} to ${4 * cable + 3}`;
}

/** The exchange that best explains the missing hits at the seams. */
function best(lacks: readonly SeamLack[], limit: number, elsewhere: number): Reading {
  let found: Reading = { value: 0, sigma: 1, good: 0, z: 0, beyond: false };
  for (const { seams } of brokenSeams) {
    let [expected, missing, variance, isEach] = [0, 0, 0, true];
    for (const seam of seams) {
      const one = lacks[seam] as SeamLack;
      expected += one.expected;
      missing += one.lack * one.expected;
      variance += one.variance;
      isEach &&= one.lack > limit / 2;
    }
    const sigma = Math.sqrt(variance + elsewhere * expected ** 2) / expected;
    const value = missing / expected;
    const z = Math.max(0, value - usualLack) / sigma;
    const beyond = value > limit && isEach;
    if (z > found.z && (beyond || !found.beyond)) found = { value, sigma, good: 0, z, beyond };
  }
  return found;
}

/** The two cables, counted from 0, if only their exchange explains which seams are broken; else null. */
function exchangedCables(lacks: readonly SeamLack[]): readonly [number, number] | null {
  const fits = brokenSeams.map(({ seams, cables }) => ({ cables, chi2: chi2Of(lacks, seams) }));
  const [first, second] = fits.sort((a, b) => a.chi2 - b.chi2);
  return first !== undefined && second !== undefined && second.chi2 - first.chi2 > clearly
    ? first.cables
    : null;
}

/** Deviation of the seams from one common lack at the broken ones, and none at the others. */
function chi2Of(lacks: readonly SeamLack[], broken: readonly number[]): number {
  const weight = ({ expected, variance }: SeamLack): number => expected ** 2 / variance;
  const chosen = lacks.filter((_, seam) => broken.includes(seam));
  const weights = chosen.reduce((sum, one) => sum + weight(one), 0);
  const common = chosen.reduce((sum, one) => sum + one.lack * weight(one), 0) / weights;
  return lacks.reduce((sum, one, seam) => {
    const expected = broken.includes(seam) ? common : 0;
    return sum + (one.lack - expected) ** 2 * weight(one);
  }, 0);
}
