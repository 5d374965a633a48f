/** Rule about after-pulses: repeated hits of a cell within 600 ns. Needs no comparison. */
import { median } from "../statistics.js";
import { highFraction } from "./fractions.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Found, Reading } from "./search.js";
import { chamberDomains, percentWithError, rawFinding, type PhysicsRule } from "./view.js";

/** Standard deviations for a fault in a chamber after it was found in another. */
const alsoSignificance = 3;
/** Variance of the repeated hits over that of independent ones: a shower causes many at once. */
const clustering = 7;
/** Hits from which on a chamber is judged. */
const leastHits = 60;

export const afterPulses: PhysicsRule = ({ rules, layout, search }) => {
  const { fraction_good: good, fraction_high: high, significance: z } = rules["after-pulses"];
  const readingOf = (sum: ArrayLike<number>, { repeats, hits }: ChamberQuantities): Reading | null =>
    highFraction(sum[repeats] as number, sum[hits] as number, good, high, clustering);
  const found = layout.chambers.flatMap((places) => {
    const { chamber, hits } = places;
    const one = search.find(
      `after-pulses ${chamber}`,
      chamberDomains(chamber),
      (sum) => ((sum[hits] as number) < leastHits ? null : readingOf(sum, places)),
      { z },
    );
    return one === null ? [] : [{ chamber, one }];
  });
  const limit = `expected below ${Math.round(100 * high)} %`;
  // Once it is found in some chambers, the others need less evidence: gas and high voltage affect all.
  const isPulsing = ({ sum }: Found, places: ChamberQuantities): boolean => {
    const reading = readingOf(sum, places);
    return reading !== null && reading.beyond && reading.z > alsoSignificance;
  };
  const [first] = found;
  const isAlso = (places: ChamberQuantities): boolean =>
    found.some(({ chamber }) => chamber === places.chamber) ||
    (first !== undefined && isPulsing(first.one, places));
  if (first !== undefined && layout.chambers.every(isAlso)) {
    const fraction = median(found.map(({ one }) => one.value));
    const sigma = median(found.map(({ one }) => one.sigma)) / 2;
    const words = `after-pulses in all chambers: ${percentWithError(fraction, sigma)}, ${limit}`;
    const windows = Math.max(...found.map(({ one }) => one.windows));
    return [rawFinding("after-pulses", { kind: "whole" }, "warning", words, { fraction, windows })];
  }
  return found.map(({ chamber, one: { value: fraction, sigma, windows } }) => {
    const words = `after-pulses: ${percentWithError(fraction, sigma)} of the hits, ${limit}`;
    return rawFinding("after-pulses", { kind: "chamber", chamber }, "warning", words, { fraction, windows });
  });
};
