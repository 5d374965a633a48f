/** Rules about cables and places: chambers against each other, and hits of muons that fit no line. */
import type { DetectorConfig } from "../../../../pipeline/model/index.js";
import type { Said } from "../view.js";
import { list } from "../words.js";
import { chamberEfficiency, highFraction, medianOf, said } from "./efficiency.js";
import type { ChamberQuantities, PairQuantities } from "./quantities.js";
import type { Found, Reading } from "./search.js";
import { ladder } from "./sliding-sums.js";
import { between, core, moments, outside, sumOf, total } from "./tails.js";
import { chamberDomain, percentWithError, withError, type PhysicsRule, type PhysicsView } from "./view.js";

const alignedMm = 40;
const sharpMm = 12;

/** Chambers whose lines miss each other, and which of them is to blame. */
export const chamberOrder: PhysicsRule = (view) => {
  const { rules, layout, search } = view;
  const settings = rules["chamber-order"];
  const pairs = layout.pairs.filter(({ chambers }) => chambers.length === 2);
  const read =
    (pair: PairQuantities) =>
    (sum: ArrayLike<number>): Reading | null => {
      const n = total(sum, pair.dx) + outside(sum, pair.dx);
      if (n < 10) return null;
      const far = n - between(sum, pair.dx, -alignedMm, alignedMm);
      return highFraction(far, n, settings.fraction_good, settings.fraction_high);
    };
  const judged = pairs.map((pair) => ({
    pair,
    one: search.find(`chamber-order ${pair.name}`, pair.chambers.map(chamberDomain), read(pair), {
      stubborn: true,
      fine: 0.03,
      z: settings.significance,
    }),
  }));
  const longest = judged.reduce<Found | null>(
    (long, { one }) => (one !== null && one.windows > (long?.windows ?? 0) ? one : long),
    null,
  );
  if (longest === null) return [];
  // Once one pair is found, less is asked of the others: which are bad says who is to blame.
  const bad = judged.flatMap(({ pair, one }) => {
    const other = one ?? read(pair)(longest.sum);
    return other !== null && other.beyond && other.z > 2.5 ? [{ pair, one: other }] : [];
  });
  if (bad.length === 0) return [];
  const chambers = [...new Set(pairs.flatMap((pair) => pair.chambers))].sort((a, b) => a - b);
  const badOf = (chamber: number): number => bad.filter(({ pair }) => pair.chambers.includes(chamber)).length;
  const allOf = (chamber: number): number => pairs.filter((pair) => pair.chambers.includes(chamber)).length;
  const worst = Math.max(...chambers.map(badOf));
  const blamed = chambers.filter(
    (chamber) => badOf(chamber) === worst && badOf(chamber) > 0.4 * allOf(chamber),
  );
  const { sum } = longest;
  const far = medianOf(bad.map(({ one }) => one.value));
  const numbers = { far_fraction: far, pairs: bad.length };
  const words = `${Math.round(100 * far)} % of the segments are more than ${alignedMm} mm from the lines of the other chambers`;
  const [only] = blamed;
  if (blamed.length === 1 && only !== undefined && bad.every(({ pair }) => pair.chambers.includes(only))) {
    const places = layout.chambers[only] as ChamberQuantities;
    const own = bad.map(({ pair }) => pair);
    if (isSharp(sum, own) || isInner(sum, places)) {
      const reason = `cables of the chamber are exchanged or it is mirrored: ${words}`;
      return [said("cabling", { kind: "chamber", chamber: only }, "bad", reason, numbers)];
    }
    const guess = guessExchange(view, [only]);
    return [exchanged(guess ?? [only], words, numbers)];
  }
  const guess = guessExchange(view, chambers);
  return [exchanged(guess ?? blamed, words, numbers)];
};

function exchanged(chambers: number[], words: string, numbers: Record<string, number>): Said {
  if (chambers.length === 2) {
    const reason = `chambers ${list(chambers)} are exchanged: ${words}`;
    return said("chamber-order", { kind: "chambers", chambers }, "bad", reason, numbers);
  }
  const reason =
    chambers.length === 1
      ? `chamber ${list(chambers)} is not where the detector map has it, or exchanged with one of the other view: ${words}`
      : `chambers ${list(chambers)} do not fit each other: two chambers or FPGAs are exchanged; ${words}`;
  return said("chamber-order", { kind: "chambers", chambers }, "bad", reason, numbers);
}

/** A part of the lines fits as well as ever: the chamber is in its place, some of its cables are not. */
function isSharp(sum: ArrayLike<number>, pairs: readonly PairQuantities[]): boolean {
  let [sharp, n] = [0, 0];
  for (const { dx } of pairs) {
    sharp += between(sum, dx, -sharpMm, sharpMm);
    n += total(sum, dx) + outside(sum, dx);
  }
  return sharp > 0.3 * n;
}

/** Whether hits of muons in the chamber are in no segment: its own cells are in disorder, not its place. */
function isInner(sum: ArrayLike<number>, places: ChamberQuantities): boolean {
  const lines = linesOf(sum, places);
  return lines !== null && lines.hitsRatio > 1.27;
}

interface Lines {
  /**
   * Hits in orbits with a timing signal per segment there, over what the efficiencies of the layers make one expect of
   * muons: about 1.1 for a chamber that loses hits as for one that does not, more where hits of muons fit no line.
   */
  hitsRatio: number;
  segments: number;
  /** Mean and lowest efficiency of the layers. */
  efficiency: number;
  lowest: number;
  /** Mean of the residuals' RMS, mm. */
  rmsMm: number;
}

function linesOf(sum: ArrayLike<number>, places: ChamberQuantities): Lines | null {
  const { scintHits, t0, layerFound, layerMissed, residual } = places;
  const segments = total(sum, t0) + outside(sum, t0);
  if (segments < 10) return null;
  const efficiencies = [0, 1, 2, 3].map((layer) => {
    const k = sum[layerFound + layer] as number;
    return (k + 1) / (k + (sum[layerMissed + layer] as number) + 1);
  });
  const hits = efficiencies.reduce((all, e) => all + e, 0);
  const four = efficiencies.reduce((product, e) => product * e, 1);
  const three = efficiencies.reduce((all, e) => all + (four * (1 - e)) / e, 0);
  const hitsRatio = (sum[scintHits] as number) / segments / (hits / (four + three));
  const rms = residual.map((place) => moments(sum, place).rms);
  const rmsMm = rms.reduce((all, one) => all + (Number.isNaN(one) ? 0 : one), 0) / rms.length;
  return { hitsRatio, segments, efficiency: hits / 4, lowest: Math.min(...efficiencies), rmsMm };
}

/** Muons give hits as usual, but these fit no line: layers or cables exchanged inside a chamber. */
export const cabling: PhysicsRule = (view) =>
  view.layout.chambers.flatMap((places) => {
    const { chamber } = places;
    if (
      view.said.some(
        ({ rule, scope }) => rule === "cabling" && "chamber" in scope && scope.chamber === chamber,
      )
    )
      return [];
    return brokenLines(view, places) ?? cableEdges(view, places) ?? [];
  });

function brokenLines({ rules, search }: PhysicsView, places: ChamberQuantities): Said | null {
  const settings = rules.cabling;
  const { chamber } = places;
  const one = search.find(
    `cabling ${chamber}`,
    [chamberDomain(chamber)],
    (sum) => {
      const lines = linesOf(sum, places);
      if (lines === null) return null;
      const { hitsRatio: value, segments, efficiency, lowest, rmsMm } = lines;
      if (segments < 20) return null;
      const sigma = (0.9 * value) / Math.sqrt(segments);
      // A chamber that loses half of its hits is known from its efficiency, wide residuals from times alone are not here.
      const isWide = rmsMm > settings.rms_mm && lowest < settings.efficiency_low;
      const limit = isWide ? settings.wide_hits_ratio_high : settings.hits_ratio_high;
      const beyond = value > limit && (isWide || efficiency > settings.efficiency_least);
      const z = Math.max(0, value - (isWide ? 1.05 : 1.25)) / sigma;
      // Where the efficiency is known to be low, this only decides between lost hits and hits in the wrong place.
      const { fraction_good: good, fraction_low: low, significance } = rules["layer-efficiency"];
      const loss = chamberEfficiency(sum, places, good, low);
      const isLow = loss !== null && loss.beyond && loss.z > significance;
      return { value, sigma, good: 1.1, z: isLow ? 2 * z : z, beyond };
    },
    { stubborn: true, fine: 0.05, z: settings.significance },
  );
  if (one === null) return null;
  const lines = linesOf(one.sum, places);
  const isLayers = lines !== null && lines.rmsMm > settings.rms_mm;
  const what = isLayers ? "two layers are exchanged" : "cables are exchanged or the chamber is mirrored";
  const reason = `${what}: muons give hits that do not fit on lines, ${withError(one.value, one.sigma, "times")} as many hits per segment as the efficiency gives`;
  return said("cabling", { kind: "chamber", chamber }, "bad", reason, {
    hits_ratio: one.value,
    hits_ratio_sigma: one.sigma,
  });
}

/** Wires on both sides of where two cables of 16 channels (four wires) meet, and wires in the middle of cables. */
const seams = [
  [3, 4],
  [7, 8],
  [11, 12],
] as const;
/** What noise that is uneven over the cells, and muons that the timing signal selects, give without a fault. */
const usualExcess = 0.3;
const usualLack = 0.12;
/** Of both seams together; an exchange gives about 0.4. */
const leastLack = 0.27;
const middleWires = [1, 2, 5, 6, 9, 10, 13, 14] as const;

/**
 * Muons that cross from one cable to another lose their line where one of the two is exchanged. At these wires more hits
 * are in no segment than the hits in orbits without a timing signal, which are noise in the same cells, make one expect;
 * and fewer hits are in segments than the hits in orbits with a signal, which are muons in the same cells.
 */
function cableEdges({ rules, search }: PhysicsView, places: ChamberQuantities): Said | null {
  const settings = rules.cabling;
  const { chamber } = places;
  const one = search.find(
    `cable-edges ${chamber}`,
    [chamberDomain(chamber)],
    (sum) => {
      const middle = wiresOf(sum, places, middleWires);
      if (middle.unused < 50 || middle.noise < 50 || middle.found < 50 || middle.muons < 50) return null;
      const each = seams.map((wires) => {
        const seam = wiresOf(sum, places, wires);
        const excess = seam.unused / ((middle.unused / middle.noise) * seam.noise) - 1;
        const lack = 1 - seam.found / ((middle.found / middle.muons) * seam.muons);
        return { seam, excess, lack };
      });
      // The exchange spoils at least two seams.
      const [worst, second] = each.sort((a, b) => b.lack - a.lack) as [Seam, Seam];
      const seam = sumOfWires(worst.seam, second.seam);
      const excess = seam.unused / ((middle.unused / middle.noise) * seam.noise) - 1;
      const lack = 1 - seam.found / ((middle.found / middle.muons) * seam.muons);
      const excessSigma = Math.sqrt(
        1.3 * (1 / seam.unused + 1 / seam.noise + 1 / middle.unused + 1 / middle.noise),
      );
      // Tagged muons are mostly the same as those in segments; what is tagged of few says little.
      const untagged = Math.max(0, 1 - middle.muons / middle.found);
      const lackSigma = Math.sqrt(
        2.2 * (1 / seam.found + 1 / middle.found + untagged * (1 / (seam.muons + 1) + 1 / middle.muons)),
      );
      const z = Math.hypot(
        Math.max(0, excess - usualExcess) / excessSigma,
        Math.max(0, lack - usualLack) / lackSigma,
      );
      const beyond =
        second.lack > settings.edge_lack_high &&
        lack > leastLack &&
        excess > usualExcess &&
        lack - usualLack > 2.4 * lackSigma;
      return { value: lack, sigma: lackSigma, good: 0, z, beyond };
    },
    { fine: 0.03, z: settings.edge_significance },
  );
  if (one === null) return null;
  const reason = `two cables of 16 channels are exchanged: where cables meet, ${percentWithError(one.value, one.sigma)} fewer hits of muons are in segments than elsewhere`;
  return said("cabling", { kind: "chamber", chamber }, "bad", reason, {
    edge_lack: one.value,
    edge_lack_sigma: one.sigma,
  });
}

interface WireCounts {
  /** Hits in no segment, and hits in orbits without a timing signal. */
  unused: number;
  noise: number;
  /** Hits in four-hit segments, and hits in orbits with a timing signal. */
  found: number;
  muons: number;
}

interface Seam {
  seam: WireCounts;
  excess: number;
  lack: number;
}

function wiresOf(
  sum: ArrayLike<number>,
  { cellNoise, cellHits, scintCells, cellFound }: ChamberQuantities,
  wires: readonly number[],
): WireCounts {
  const counts: WireCounts = { unused: 0, noise: 0, found: 0, muons: 0 };
  for (const wire of wires) {
    const muons = sumOf(sum, scintCells + 4 * wire, 4);
    counts.unused += sumOf(sum, cellNoise + 4 * wire, 4);
    counts.noise += sumOf(sum, cellHits + 4 * wire, 4) - muons;
    counts.found += sumOf(sum, cellFound + 4 * wire, 4);
    counts.muons += muons;
  }
  return counts;
}

function sumOfWires(a: WireCounts, b: WireCounts): WireCounts {
  return {
    unused: a.unused + b.unused,
    noise: a.noise + b.noise,
    found: a.found + b.found,
    muons: a.muons + b.muons,
  };
}

/**
 * Which two chambers are exchanged: those whose t0 has moved by the difference of their offsets. Null where that does
 * not decide.
 * @param blamed chambers of which one at least is exchanged
 */
function guessExchange(
  { layout, sums, detector, comparison }: PhysicsView,
  blamed: readonly number[],
): number[] | null {
  const step = Math.max(
    0,
    ladder.findLastIndex((windows) => windows <= Math.min(6, sums.windows)),
  );
  const sum = sums.sum(step);
  const shifts = layout.chambers.map((places) => {
    const now = core(sum, places.t0, 45);
    const before = comparison === null ? null : core(comparison.sum, places.t0, 45);
    return now.n < 12 ? null : now.mean - (before !== null && before.n > 50 ? before.mean : 0);
  });
  const score = (a: number, b: number): number => misfit(shifts, detector, a, b);
  const all = layout.chambers.map(({ chamber }) => chamber);
  const candidates = all.flatMap((a) => all.filter((b) => b > a).map((b) => [a, b] as const));
  // With all of a view to blame, both are of that view or all chambers have moved.
  const possible = candidates.filter(([a, b]) =>
    blamed.length === 1
      ? (a === blamed[0]) !== (b === blamed[0]) &&
        detector.chambers[a]?.rotated !== detector.chambers[b]?.rotated
      : blamed.includes(a) && blamed.includes(b),
  );
  const sorted = possible
    .map((pair) => ({ pair, misfit: score(...pair) }))
    .sort((x, y) => x.misfit - y.misfit);
  const [best, second] = sorted;
  if (best === undefined || best.misfit > 8) return null;
  return second === undefined || second.misfit > best.misfit + 4 ? [...best.pair] : null;
}

/** Sum of squared differences of the shifts and what an exchange gives, in units of 1.2 ns. */
function misfit(
  shifts: readonly (number | null)[],
  { chambers }: DetectorConfig,
  a: number,
  b: number,
): number {
  const offset = (chamber: number): number => chambers[chamber]?.driftOffsetNs ?? 0;
  const difference = offset(a) - offset(b);
  return shifts.reduce<number>((sum, shift, chamber) => {
    const expected = chamber === a ? difference : chamber === b ? -difference : 0;
    return shift === null ? sum : sum + ((shift - expected) / 1.2) ** 2;
  }, 0);
}
