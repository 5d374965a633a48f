/** How many segments are missing at the borders between the cables of a chamber, and which borders are broken. */
import { borderCounts, borders, leftOver, logLikelihood, type BorderCounts } from "./border-counts.js";
import type { Reading } from "./search.js";
import { twoCountsZ } from "./tails.js";
import type { PhysicsView } from "./view.js";

/** Fraction by which the segments at a border may differ from those beside it in good data. */
const usualLack = 0.1;
/** Variance of a number of segments over its mean: showers have several. */
const segmentClustering = 1.15;
/** Standard deviations by which the segments alone must contradict good data: a noisy cell also has unused hits. */
const segmentSignificance = 2.5;
/** Another chamber with this deviation may be found soon. */
const doubtful = 2;
/** Expected segments that are needed; fewer suffice in a long span, so that a fault at a low rate clears, too. */
const leastExpected = 8;
export const longSpan = 12;
const leastInLongSpan = 3;
/** Logarithm of the likelihood ratio by which each border must be broken or whole for the cables to be named. */
const clearly = 3;
/** The same for a border that is added to those already found. */
const certainly = 6;

/** Borders that are broken together, one bit each. */
export type Pattern = number;
export const patterns: readonly Pattern[] = Array.from({ length: 2 ** borders.length - 1 }, (_, i) => i + 1);
/** The cable whose exchange with one of another chamber breaks these borders. */
export const cableOutside = new Map<Pattern, number>([
  [0b001, 0],
  [0b011, 1],
  [0b110, 2],
  [0b100, 3],
]);
export const outside = [...cableOutside.keys()];
const has = (pattern: Pattern, border: number): boolean => (pattern & (1 << border)) !== 0;

/** Deviation of the borders of a pattern; its value is the fraction of the expected segments that are missing. */
export interface Lack extends Reading {
  pattern: Pattern;
  found: number;
  expected: number;
}

/** The lacks of a chamber in one sum. */
class Borders {
  /** Whether certainly no border is broken. */
  readonly areWhole: boolean;
  private readonly worsts = new Map<readonly Pattern[], Lack | null>();

  constructor(
    private readonly counts: readonly (BorderCounts | null)[],
    private readonly limit: number,
    private readonly least: number,
  ) {
    this.areWhole = this.areCertainly(0);
  }

  /** Null if too few segments are expected. */
  lackOf(pattern: Pattern): Lack | null {
    const broken: BorderCounts[] = [];
    let [found, expected, beside, isEach] = [0, 0, 0, true];
    for (const [i, counts] of this.counts.entries()) {
      if (!has(pattern, i)) {
        // Then a pattern with this border fits better.
        isEach &&= counts === null || logLikelihood(counts) < clearly;
        continue;
      }
      if (counts === null || counts.expected === 0) return null;
      found += counts.found;
      expected += counts.expected;
      beside += counts.beside;
      broken.push(counts);
      isEach &&= 1 - counts.found / counts.expected > this.limit / 2;
    }
    if (expected < this.least) return null;
    const ratio = ((1 - usualLack) * expected) / beside;
    const segmentsZ = Math.max(0, -twoCountsZ(found, beside, ratio)) / Math.sqrt(segmentClustering);
    const beyond = 1 - found / expected > this.limit && isEach && segmentsZ > segmentSignificance;
    // Cells that lose their hits have no segments either.
    if (beyond && broken.some((counts) => counts.isWeak()))
      return { pattern, ...readingOf(expected, expected), z: 0, beyond: false };
    const unusedZ = beyond ? broken.reduce((z, counts) => z + counts.unusedZ(), 0) : 0;
    const z = Math.hypot(segmentsZ, Math.max(0, unusedZ / Math.sqrt(broken.length)));
    return { pattern, ...readingOf(found, expected), z, beyond, isClear: this.areWhole };
  }

  /** The most significant lack of some patterns, if possible one beyond the limit. */
  worst(among: readonly Pattern[]): Lack | null {
    let worst = this.worsts.get(among);
    if (worst === undefined) {
      worst = among.map((pattern) => this.lackOf(pattern)).reduce(worseOf, null);
      this.worsts.set(among, worst);
    }
    return worst;
  }

  /** The pattern with the borders that are clearly broken, too. */
  grown(pattern: Pattern): Pattern {
    return this.counts.reduce(
      (all, counts, i) => (counts !== null && logLikelihood(counts) > certainly ? all | (1 << i) : all),
      pattern,
    );
  }

  /** Whether the borders of a pattern are clearly whole, taken together. */
  areWholeAt(pattern: Pattern): boolean {
    return (
      this.counts.reduce(
        (sum, counts, i) => sum + (counts !== null && has(pattern, i) ? logLikelihood(counts) : 0),
        0,
      ) < -clearly
    );
  }

  /** Whether the borders are certainly those of the pattern; 0 for no broken border. */
  areCertainly(pattern: Pattern): boolean {
    return this.counts.every((counts, i) => {
      if (counts === null) return true;
      return has(pattern, i) ? logLikelihood(counts) > clearly : logLikelihood(counts) < -clearly;
    });
  }
}

function worseOf(a: Lack | null, b: Lack | null): Lack | null {
  if (a === null || b === null) return a ?? b;
  if (a.beyond !== b.beyond) return a.beyond ? a : b;
  return b.z > a.z ? b : a;
}

type LackReading = Pick<Lack, "value" | "sigma" | "good" | "found" | "expected">;

/** The error is that at broken borders. */
export const readingOf = (found: number, expected: number): LackReading => ({
  value: 1 - found / expected,
  sigma: Math.sqrt(leftOver * expected + 1) / expected,
  good: 0,
  found,
  expected,
});

/** Borders by sum and chamber, each computed once in a window. */
export type BordersOf = (sum: ArrayLike<number>, chamber: number) => Borders;

const ofView = new WeakMap<PhysicsView, BordersOf>();

export function bordersIn(view: PhysicsView): BordersOf {
  let bordersOf = ofView.get(view);
  if (bordersOf === undefined) ofView.set(view, (bordersOf = readBorders(view)));
  return bordersOf;
}

function readBorders({ layout, detector, rules }: PhysicsView): BordersOf {
  const known = new Map<ArrayLike<number>, (Borders | undefined)[]>();
  return (sum, chamber) => {
    let ofSum = known.get(sum);
    if (ofSum === undefined) known.set(sum, (ofSum = []));
    const isLong = (sum[layout.windows] as number) >= longSpan;
    return (ofSum[chamber] ??= new Borders(
      borderCounts(sum, layout, detector, chamber),
      rules.cabling.edge_lack_high,
      isLong ? leastInLongSpan : leastExpected,
    ));
  };
}

export function isDoubtful(borders: Borders): boolean {
  const lack = borders.worst(outside);
  return lack !== null && lack.beyond && lack.z > doubtful;
}

/** Whether some cables of a chamber may be those of another: then its segments are partly those of the other. */
export function mayHaveOtherCables(view: PhysicsView, sum: ArrayLike<number>, chamber: number): boolean {
  return view.rules.cabling.enabled && isDoubtful(bordersIn(view)(sum, chamber));
}
