/**
 * Finds which chambers are exchanged. Each possible exchange predicts how often a line of one chamber finds a segment
 * in another, and how often close to it. The most likely exchange is reported if it is far more likely than any
 * other.
 */
import { chamberName, type ChamberConfig, type DetectorConfig } from "../../../../pipeline/model/index.js";
import { list } from "../words.js";
import type { PairQuantities } from "./quantities.js";
import { between, core, outside, total } from "./tails.js";
import type { PhysicsView } from "./view.js";

interface Exchange {
  words: string;
  chambers: number[];
}

interface Hypothesis extends Exchange {
  /** The true chamber of each configured one. */
  truth: number[];
}

/** Required difference in log-likelihood to any other exchange. */
const clearly = 5;
/** Both directions of a pair share muons, and the expected fractions are only approximate. */
const overcounting = 2.5;
const alignedMm = 40;
/** At a height difference d in mm, a fraction nearPerMm/d of the cosmic muons is within alignedMm by chance. */
const nearPerMm = 190;
const usualNear = 0.93;
const nearByChance = 0.12;

export function exchangeOf(view: PhysicsView, sum: ArrayLike<number>): Exchange | null {
  const { layout, detector } = view;
  const pairs = layout.pairs.filter(({ chambers }) => chambers.length === 2);
  const all = hypotheses(detector);
  const scored = all
    .map((hypothesis) => ({
      hypothesis,
      score:
        logLikelihood(sum, pairs, detector, hypothesis.truth) + timeLikelihood(view, sum, hypothesis.truth),
    }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = scored;
  if (best === undefined || second === undefined || best.score < second.score + clearly) return null;
  const { words, chambers } = best.hypothesis;
  return chambers.length === 0 ? null : { words, chambers };
}

function hypotheses(detector: DetectorConfig): Hypothesis[] {
  const { chambers } = detector;
  const identity = chambers.map((_, chamber) => chamber);
  const found: Hypothesis[] = [{ words: "", chambers: [], truth: identity }];
  for (const a of identity)
    for (const b of identity.slice(a + 1)) {
      const truth = [...identity];
      [truth[a], truth[b]] = [b, a];
      const names = [a, b].map((one) => chamberName(detector, one));
      found.push({ words: `chambers ${list(names)}`, chambers: [a, b], truth });
    }
  const fpgas = [...new Set(chambers.map(({ fpga }) => fpga))].sort((a, b) => a - b);
  for (const [i, a] of fpgas.entries())
    for (const b of fpgas.slice(i + 1)) {
      const truth = identity.map((chamber) => partner(chambers, chamber, a, b));
      const moved = identity.filter((chamber) => truth[chamber] !== chamber);
      if (moved.length > 2) found.push({ words: `FPGAs ${list([a, b])}`, chambers: moved, truth });
    }
  return found;
}

/** The chamber on the same channels of the other FPGA. */
function partner(chambers: readonly ChamberConfig[], chamber: number, a: number, b: number): number {
  const { fpga, firstChannel } = chambers[chamber] as ChamberConfig;
  if (fpga !== a && fpga !== b) return chamber;
  const other = fpga === a ? b : a;
  const found = chambers.findIndex((one) => one.fpga === other && one.firstChannel === firstChannel);
  return found < 0 ? chamber : found;
}

function logLikelihood(
  sum: ArrayLike<number>,
  pairs: readonly PairQuantities[],
  { chambers }: DetectorConfig,
  truth: readonly number[],
): number {
  let score = 0;
  for (const { chambers: names, expected, dx } of pairs) {
    const [from = 0, to = 0] = names;
    const [trueFrom, trueTo] = [truth[from] as number, truth[to] as number].map(
      (chamber) => chambers[chamber] as ChamberConfig,
    ) as [ChamberConfig, ChamberConfig];
    const n = sum[expected] as number;
    const any = Math.min(n, total(sum, dx) + outside(sum, dx));
    const near = between(sum, dx, -alignedMm, alignedMm);
    const assumed = height(chambers, to) - height(chambers, from);
    const real = trueTo.heightMm - trueFrom.heightMm;
    // A line extrapolated too short or to the wrong side also counts muons that miss the chamber.
    const isReached = assumed * real > 0 && Math.abs(assumed) > 0.9 * Math.abs(real);
    const anyPart = (isReached ? 1 : 0.62) / (1 + Math.abs(real) / 750);
    const isSameView = trueFrom.rotated === trueTo.rotated;
    const misses = Math.abs(assumed - real);
    const nearPart = isSameView ? Math.min(usualNear, nearPerMm / Math.max(1, misses)) : nearByChance;
    score += binomial(any, n, anyPart) + binomial(near, any, nearPart);
  }
  return score / overcounting;
}

const height = (chambers: readonly ChamberConfig[], chamber: number): number =>
  chambers[chamber]?.heightMm ?? 0;

const binomial = (k: number, n: number, p: number): number =>
  k * Math.log(p) + Math.max(0, n - k) * Math.log(1 - Math.min(0.97, p));

/** Further errors of t0, ns, besides the error of the mean: relative to the comparison, and of calibrated offsets. */
const changeErrorNs = 2;
const offsetErrorNs = 9;

/** Log-likelihood of t0: exchanging chambers shifts it by the difference of their offsets. */
function timeLikelihood(
  { layout, detector, comparison }: PhysicsView,
  sum: ArrayLike<number>,
  truth: readonly number[],
): number {
  const offset = (chamber: number): number => detector.chambers[chamber]?.driftOffsetNs ?? 0;
  return layout.chambers.reduce((score, { chamber, t0 }) => {
    const now = core(sum, t0, 45);
    if (now.n < 12) return score;
    const before = comparison === null ? null : core(comparison.sum, t0, 45);
    const isKnown = before !== null && before.n > 50;
    const moved = now.mean - (isKnown ? before.mean : 0);
    const expected = offset(chamber) - offset(truth[chamber] as number);
    const sigma = Math.hypot(isKnown ? changeErrorNs : offsetErrorNs, now.rms / Math.sqrt(now.n));
    return score - Math.min(4, 0.5 * ((moved - expected) / sigma) ** 2);
  }, 0);
}
