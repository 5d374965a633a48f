/** Counts compared with those of the comparison, and with the other chambers. */
import type { ChamberQuantities } from "./quantities.js";
import { median } from "../statistics.js";
import { isFarFrom, type Found, type Reading } from "./search.js";
import { twoCountsZ } from "./tails.js";
import { chamberDomains, type Comparison, type PhysicsView } from "./view.js";

/** Ratios between which a count is usual. */
interface Limits {
  low: number;
  high: number;
}

/** Ratio of a count to the comparison's, scaled by the time and a common factor. */
export function ratioReading(
  sum: ArrayLike<number>,
  comparison: Comparison,
  ms: number,
  count: number,
  before: number,
  limits: Limits,
  options: { clustering?: number; factor?: number; least?: number } = {},
): Reading | null {
  const { clustering = 1, factor = 1, least = 30 } = options;
  const time = ((sum[ms] as number) / (comparison.sum[ms] as number)) * factor;
  const expected = before * time;
  if (!(expected >= least)) return null;
  const value = count / expected;
  const z = Math.abs(twoCountsZ(count, before, time)) / Math.sqrt(clustering);
  const sigma = Math.sqrt((clustering * (count + 1)) / expected ** 2);
  const beyond = value < limits.low || value > limits.high;
  const isClear = !beyond && isFarFrom(limits.low, value, sigma) && isFarFrom(limits.high, value, sigma);
  return { value, sigma, good: 1, z, beyond, isClear };
}

export const hz = (count: number, ms: number): string => {
  const rate = (1000 * count) / ms;
  return rate >= 100 ? `${Math.round(rate)} Hz` : `${Number(rate.toPrecision(2))} Hz`;
};

/**
 * Searches the spans for a deviation of a count from the comparison's.
 * @param before count in the comparison
 * @param options of the search; `expected` is the least count that is judged
 */
export function findRatio(
  { layout, search }: PhysicsView,
  comparison: Comparison,
  name: string,
  chamber: number,
  { count, before }: { count: (sum: ArrayLike<number>) => number; before: number },
  limits: Limits,
  {
    z,
    least,
    clustering,
    expected = 30,
  }: { z: number; least: number; clustering: number; expected?: number },
): Found | null {
  return search.find(
    name,
    chamberDomains(chamber),
    (sum) =>
      ratioReading(sum, comparison, layout.ms, count(sum), before, limits, { clustering, least: expected }),
    { least, z },
  );
}

/** Ratio of a chamber's counts in a sum to the expected ones. */
type RatioOf = (sum: ArrayLike<number>, places: ChamberQuantities) => number;

/** Windows until a change of all chambers cannot look like that of a single one. */
export const windowsOfAll = 3;

/**
 * Whether a change found in a chamber may be one of all: it was found in few windows, and the other chambers have also
 * changed by at least half of the limit.
 */
export function mayBeOfAll(
  view: PhysicsView,
  chamber: number,
  { value, sum, windows }: Found,
  limits: Limits,
  ratioOf: RatioOf,
): boolean {
  const others = view.layout.chambers.filter((other) => other.chamber !== chamber);
  if (windows >= windowsOfAll || others.length === 0) return false;
  const middle = median(others.map((places) => ratioOf(sum, places)));
  return value > 1 ? middle > (1 + limits.high) / 2 : middle < (1 + limits.low) / 2;
}
