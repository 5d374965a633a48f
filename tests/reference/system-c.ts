/** The output of the earlier system C from rows, each quantity counted separately. */
import type { SystemCHistogram, SystemCResult } from "../../pipeline/model/system-c.js";
import { chambers, driftTimeNs, earliest, placeOf, type ChamberIndex } from "./place.js";
import type { Row } from "./row.js";

/** First lower edge, end, step. */
export interface ReferenceBins {
  channels: [number, number, number];
  orbits: [number, number, number];
  drift: [number, number, number];
}

export const usualBins: ReferenceBins = {
  channels: [0, 170, 5],
  orbits: [6e5, 1e7, 5e5],
  drift: [0, 1000, 10],
};

export function systemCOf(rows: Row[], startMs: number, bins = usualBins): SystemCResult {
  const [one, two, three, four] = chambers.map((chamber) => chamberOf(rows, chamber, bins));
  return {
    Chamber_1: one!,
    Chamber_2: two!,
    Chamber_3: three!,
    Chamber_4: four!,
    Index: startMs / 1000,
    "Total Count": rows.filter((row) => typeof placeOf(row) === "number").length,
  };
}

function chamberOf(rows: Row[], chamber: ChamberIndex, bins: ReferenceBins): SystemCResult["Chamber_1"] {
  const hits = rows.filter((row) => placeOf(row) === chamber);
  const starts = (orbit: number): Row[] =>
    rows.filter((row) => row.orbit === orbit && placeOf(row) === "scintillator");
  const withScintillator = hits.filter((hit) => starts(hit.orbit).length > 0);
  const active = new Map<number, Set<number>>();
  for (const { orbit, channel } of hits) active.set(orbit, (active.get(orbit) ?? new Set()).add(channel));
  return {
    Count: hits.length,
    Hist_1: histogram(
      bins.channels,
      hits.map(({ channel }) => [channel, 1]),
    ),
    Hist_2: histogram(
      bins.orbits,
      [...active].map(([orbit, channels]) => [orbit, channels.size]),
    ),
    Hist_3: histogram(
      bins.channels,
      withScintillator.map(({ channel }) => [channel, 1]),
    ),
    Hist_4: histogram(
      bins.drift,
      withScintillator.map((hit) => [driftTimeNs(hit, chamber, earliest(starts(hit.orbit))!), 1]),
    ),
  };
}

/** Counts each bin separately over all values. */
function histogram(
  [lower, upper, step]: [number, number, number],
  values: [number, number][],
): SystemCHistogram {
  const edges: number[] = [];
  for (let edge = lower; edge < upper; edge += step) edges.push(edge);
  const counts = edges.map((edge) =>
    values
      .filter(([x]) => x < upper && x >= lower && Math.floor((x - lower) / step) === (edge - lower) / step)
      .reduce((sum, [, weight]) => sum + weight, 0),
  );
  return { Bins: edges, Counts: counts };
}
