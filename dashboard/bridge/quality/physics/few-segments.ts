/** Chambers with hardly any segments left to measure their loss of hits. */
import { chambersOf } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { median } from "../statistics.js";
import { count } from "../words.js";
import { lowFraction } from "./fractions.js";
import { areBroken } from "./lines.js";
import { leastSegmentShare } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { chamberDomains, maskIn, rawFinding, type PhysicsView } from "./view.js";

const segmentsOf = (
  sum: ArrayLike<number>,
  { fourHit, threeHit, ambiguous, showers }: ChamberQuantities,
): number => [fourHit, threeHit, ambiguous, showers].reduce((all, at) => all + (sum[at] as number), 0);
/** Lowest ratio of the segments of a good chamber to those of the others: its position alone can halve it. */
const fewSegmentsGood = 0.4;
const fewSegmentsLow = 0.1;

/**
 * The fewer hits a chamber has, the fewer segments measure its loss, so a small number of segments is further
 * evidence.
 */
export function withFewSegments(
  { layout }: PhysicsView,
  sum: Float64Array,
  places: ChamberQuantities,
  reading: Reading | null,
): Reading | null {
  if (!reading?.beyond) return reading;
  const usual = median(layout.chambers.map((other) => segmentsOf(sum, other)));
  const own = Math.min(usual, segmentsOf(sum, places));
  const few = lowFraction(own, usual, fewSegmentsGood, 1, 1.5);
  return few === null ? reading : { ...reading, z: Math.hypot(reading.z, few.z) };
}

/** Finds a chamber that loses most hits, with hardly any segments left to measure its efficiency. */
export function fewSegments(
  { rules, layout, search, detector, known, reported: found }: PhysicsView,
  places: ChamberQuantities,
): RawFinding | null {
  const { chamber } = places;
  const isExplained = [...known, ...found].some(
    ({ rule, scope }) =>
      ["silent-chamber", "dead-fpga", "no-muons", "cabling", "dead-layer"].includes(rule) &&
      chambersOf(scope).includes(chamber),
  );
  const { segmentShare } = maskIn(detector, chamber);
  if (isExplained || layout.chambers.length < 3 || segmentShare < leastSegmentShare) return null;
  const others = layout.chambers.filter((other) => other !== places);
  const usualOf = (sum: ArrayLike<number>): number =>
    segmentShare * median(others.map((other) => segmentsOf(sum, other)));
  const one = search.find(
    `few-segments ${chamber}`,
    chamberDomains(chamber),
    (sum) => {
      const usual = usualOf(sum);
      if (usual < 30 || areBroken(sum, layout, places, rules.cabling)) return null;
      return lowFraction(
        Math.min(usual, segmentsOf(sum, places)),
        usual,
        fewSegmentsGood,
        fewSegmentsLow,
        1.5,
      );
    },
    { z: rules["layer-efficiency"].significance },
  );
  if (one === null) return null;
  const reason = `the chamber loses hits: it has ${count(segmentsOf(one.sum, places))} segments, ${count(usualOf(one.sum))} expected from the other chambers`;
  return rawFinding("layer-efficiency", { kind: "chamber", chamber }, "bad", reason, {
    segments_ratio: one.value,
    segments_ratio_sigma: one.sigma,
    windows: one.windows,
  });
}
