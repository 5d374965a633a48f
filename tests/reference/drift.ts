/** Drift times of one chamber's hits (spec sections 2 and 3). */
import type { DriftTimes } from "../../pipeline/model/message.js";
import { driftTimeNs, earliest, type ChamberIndex } from "./place.js";
import type { Row } from "./row.js";

const binCount = 100;
const binWidthNs = 10;

/** @param hits only of orbits that have one of `scintillators` */
export function driftTimesOf(hits: Row[], chamber: ChamberIndex, scintillators: Row[]): DriftTimes {
  const starts = startPerOrbit(scintillators);
  const bins = hits.flatMap((hit) => {
    const start = starts.get(hit.orbit);
    return start === undefined ? [] : [Math.floor(driftTimeNs(hit, chamber, start) / binWidthNs)];
  });
  return {
    bin_edges: Array.from({ length: binCount + 1 }, (_, edge) => edge * binWidthNs),
    hist_counts: Array.from({ length: binCount }, (_, bin) => bins.filter((at) => at === bin).length),
    underflow: bins.filter((at) => at < 0).length,
    overflow: bins.filter((at) => at >= binCount).length,
  };
}

function startPerOrbit(scintillators: Row[]): Map<number, Row> {
  const rowsOf = new Map<number, Row[]>();
  for (const row of scintillators) rowsOf.set(row.orbit, [...(rowsOf.get(row.orbit) ?? []), row]);
  const starts = new Map<number, Row>();
  for (const [orbit, rows] of rowsOf) {
    const start = earliest(rows);
    if (start !== undefined) starts.set(orbit, start);
  }
  return starts;
}
