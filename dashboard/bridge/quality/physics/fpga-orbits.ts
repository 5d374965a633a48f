/** The rule about FPGAs whose orbit counters differ. */
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { lowFraction } from "./fractions.js";
import type { PairQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { outside, total } from "./tails.js";
import { chamberDomain, percentWithError, rawFinding, type PhysicsRule, type PhysicsView } from "./view.js";

type Settings = PhysicsView["rules"]["fpga-orbit"];

/** Pairs of two chambers: of different FPGAs, and of the same one. */
interface Pairs {
  across: readonly PairQuantities[];
  within: readonly PairQuantities[];
  fpgaOf: (chamber: number) => number;
}

/**
 * Finds chambers of different FPGAs that no longer share orbits, although chambers of the same FPGA do, or that share
 * clearly fewer than in the comparison.
 */
export const fpgaOrbits: PhysicsRule = (view) => {
  const { layout, detector } = view;
  const fpgaOf = (chamber: number): number => detector.chambers[chamber]?.fpga ?? -1;
  const pairs = layout.pairs.filter(({ chambers }) => chambers.length === 2);
  const isAcross = ({ chambers: [from = 0, to = 0] }: PairQuantities): boolean => fpgaOf(from) !== fpgaOf(to);
  const across = pairs.filter(isAcross);
  if (across.length === 0) return [];
  const all = { across, within: pairs.filter((pair) => !isAcross(pair)), fpgaOf };
  const found = sharesNone(view, all) ?? sharesFewer(view, all);
  return found === null ? [] : [found];
};

function sharesNone({ rules, layout, search }: PhysicsView, { across, fpgaOf }: Pairs): RawFinding | null {
  const settings = rules["fpga-orbit"];
  const chambers = layout.chambers.map(({ chamber }) => chamber);
  const one = search.find(
    "fpga-orbit",
    chambers.map(chamberDomain),
    (sum) => {
      const ways = [-1, 1].map((way) => {
        const own = across.filter(
          ({ chambers: [from = 0, to = 0] }) => Math.sign(fpgaOf(to) - fpgaOf(from)) === way,
        );
        return sharedOrbits(sum, own, settings);
      });
      // If a chamber is inefficient, lines of other chambers find no segment in it, but its own few lines find
      // segments in the other chambers. If the orbits differ, the fractions are low in both directions.
      const [up, down] = ways;
      if (up == null || down == null) return null;
      const better = up.value > down.value ? up : down;
      return { ...better, beyond: up.beyond && down.beyond, z: Math.hypot(up.z, down.z) };
    },
    { z: settings.significance },
  );
  if (one === null) return null;
  const fpgas = layout.fpgas.map(({ fpga }) => fpga);
  const lost = layout.chambers.filter((places) => {
    const segments = (one.sum[places.fourHit] as number) + (one.sum[places.threeHit] as number);
    return segments > 20 && total(one.sum, places.t0) + outside(one.sum, places.t0) < 0.05 * segments;
  });
  const lostFpgas = [...new Set(lost.map(({ fpga }) => fpga))];
  const off = lostFpgas.length === 1 ? (lostFpgas[0] as number) : (fpgas[0] as number);
  const reason = `the orbit counters of FPGAs ${list(fpgas)} differ by one or more orbits: their chambers share no orbits${lostFpgas.length === 1 ? `, and FPGA ${off} has lost the timing signals` : ""}`;
  return rawFinding("fpga-orbit", { kind: "fpga", fpga: off, chambers }, "bad", reason, {
    found_fraction: one.value,
    windows: one.windows,
  });
}

function sharesFewer({ rules, layout, search, comparison }: PhysicsView, pairs: Pairs): RawFinding | null {
  if (comparison === null) return null;
  const settings = rules["fpga-orbit"];
  const chambers = layout.chambers.map(({ chamber }) => chamber);
  const one = search.find(
    "fpga-orbit fewer",
    chambers.map(chamberDomain),
    (sum) => sharedPart(sum, comparison.sum, pairs, settings),
    { z: settings.significance },
  );
  if (one === null) return null;
  const [fpga = 0] = layout.fpgas.map((places) => places.fpga);
  const names = list(layout.fpgas.map((places) => places.fpga));
  const reason = `the orbit counters of FPGAs ${names} differ in part of the orbits, as with a stuck bit: their chambers share ${percentWithError(one.value, one.sigma)} of the usual number of muons (${comparison.by})`;
  return rawFinding("fpga-orbit", { kind: "fpga", fpga, chambers }, "bad", reason, {
    ratio: one.value,
    windows: one.windows,
  });
}

/** Minimum numbers of lines of a pair. */
const [leastLines, leastComparedLines] = [20, 50];

/** Least ratio of the lines of a pair to the comparison's, relative to the pair with the highest one. */
const leastLinesRatio = 0.7;

/**
 * Fraction of the lines across FPGAs that find a segment at any distance, divided by the comparison's, and by that of pairs on
 * one FPGA if this is low. It is beyond the limit if that of every pair is. Null if a pair has lost lines, as by a fault of one
 * of its chambers: with other orbits, every chamber keeps its own.
 */
function sharedPart(
  sum: ArrayLike<number>,
  before: ArrayLike<number>,
  { across, within }: Pairs,
  { ratio_low: low }: Settings,
): Reading | null {
  const readings = across.map((pair) => pairReading(sum, before, pair, low));
  const judged = readings.filter((reading) => reading !== null);
  if (judged.length < readings.length) return null;
  const linesRatio = ({ expected }: PairQuantities): number =>
    (sum[expected] as number) / (before[expected] as number);
  const most = Math.max(...[...across, ...within].map(linesRatio));
  if (across.some((pair) => linesRatio(pair) < leastLinesRatio * most)) return null;
  const ofOne = within.map((pair) => pairReading(sum, before, pair, low)?.value ?? 1);
  const scale = Math.max(0.01, Math.min(1, ...ofOne));
  const mean = (of: (reading: Reading) => number): number =>
    judged.reduce((total, reading) => total + of(reading), 0) / judged.length;
  const value = mean((reading) => reading.value) / scale;
  return {
    value,
    sigma: Math.sqrt(mean(({ sigma }) => sigma ** 2) / judged.length) / scale,
    good: 1,
    z: Math.hypot(...judged.map(({ z }) => z)),
    beyond: judged.every((reading) => reading.value / scale < low),
    trials: judged.reduce((total, { trials = 0 }) => total + trials, 0),
    isClear: judged.some(({ isClear }) => isClear === true),
  };
}

function pairReading(
  sum: ArrayLike<number>,
  before: ArrayLike<number>,
  pair: PairQuantities,
  low: number,
): Reading | null {
  const [lines, usualLines] = [sum[pair.expected] as number, before[pair.expected] as number];
  if (lines < leastLines || usualLines < leastComparedLines) return null;
  const usual = foundIn(before, pair) / usualLines;
  if (usual < 0.1) return null;
  const reading = lowFraction(foundIn(sum, pair), lines, Math.min(0.99, usual), low * usual, 2);
  return reading && { ...reading, value: reading.value / usual, sigma: reading.sigma / usual, good: 1 };
}

const foundIn = (sum: ArrayLike<number>, { dx }: PairQuantities): number => total(sum, dx) + outside(sum, dx);

/** Fraction of lines from one FPGA that find a segment in a chamber of another; null with too few lines. */
function sharedOrbits(
  sum: ArrayLike<number>,
  pairs: readonly PairQuantities[],
  { fraction_good: good, fraction_low: low }: Settings,
): Reading | null {
  let [expected, found] = [0, 0];
  for (const pair of pairs) {
    expected += sum[pair.expected] as number;
    found += foundIn(sum, pair);
  }
  return expected < 10 ? null : lowFraction(found, expected, good, low, 2);
}
