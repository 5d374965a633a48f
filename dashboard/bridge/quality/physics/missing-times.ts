/** The rule about chambers whose segments have no timing signal, unlike those of the other chambers. */
import { median } from "../statistics.js";
import { lowFraction } from "./fractions.js";
import type { ChamberQuantities } from "./quantities.js";
import { outside, total } from "./tails.js";
import { chamberDomain, rawFinding, timingDomain, type PhysicsRule } from "./view.js";

/**
 * Fraction of the others' times that a chamber has at least, in any position; and the fraction below which its times
 * are lost.
 */
const [leastPart, gonePart] = [0.25, 0.02];
const fewestExpected = 40;

const timesOf = (sum: ArrayLike<number>, { t0 }: ChamberQuantities): number =>
  total(sum, t0) + outside(sum, t0);
const segmentsOf = (sum: ArrayLike<number>, { fourHit, threeHit }: ChamberQuantities): number =>
  (sum[fourHit] as number) + (sum[threeHit] as number);

/** Finds chambers without times: this is a fault, not a lack of statistics. */
export const missingTimes: PhysicsRule = ({ rules, layout, search, reported: found }) =>
  layout.chambers.flatMap((places) => {
    const { chamber } = places;
    const others = layout.chambers.filter((one) => one !== places);
    const isKnown = found.some(
      ({ rule, scope }) => rule === "time-offset" && "chamber" in scope && scope.chamber === chamber,
    );
    if (others.length < 2 || isKnown) return [];
    const one = search.find(
      `time-missing ${chamber}`,
      [chamberDomain(chamber), timingDomain],
      (sum) => {
        const perSegment = median(
          others.map((other) => timesOf(sum, other) / Math.max(1, segmentsOf(sum, other))),
        );
        const segments = segmentsOf(sum, places);
        if (perSegment * segments < fewestExpected) return null;
        const part = Math.min(1, perSegment);
        const times = Math.min(segments, timesOf(sum, places));
        return lowFraction(times, segments, leastPart * part, gonePart * part);
      },
      { z: rules["time-offset"].significance },
    );
    if (one === null) return [];
    const segments = segmentsOf(one.sum, places);
    const reason = `no drift times: ${timesOf(one.sum, places)} of ${segments} segments have a timing signal in their orbit, unlike those of the other chambers`;
    const numbers = { found_fraction: one.value, windows: one.windows };
    return [rawFinding("time-offset", { kind: "chamber", chamber }, "bad", reason, numbers)];
  });
