/** Distinct active channels per orbit of one chamber's hits. */
import type { ActiveChannels } from "../../pipeline/model/message.js";
import type { Row } from "./row.js";

/** [orbit, number of distinct channels], ascending. */
function channelsPerOrbit(hits: Row[]): [number, number][] {
  const channels = new Map<number, Set<number>>();
  for (const hit of hits) channels.set(hit.orbit, (channels.get(hit.orbit) ?? new Set()).add(hit.channel));
  return [...channels].map(([orbit, set]): [number, number] => [orbit, set.size]).sort((a, b) => a[0] - b[0]);
}

export function activeOf(hits: Row[]): ActiveChannels {
  const perOrbit = channelsPerOrbit(hits);
  let size = 1;
  while (groupedBy(size, perOrbit).size > 2000) size *= 2;
  const grouped = groupedBy(size, perOrbit);
  return { bin_edges: [...grouped.keys()], hist_counts: [...grouped.values()], orbits_per_bin: size };
}

/** m p → the sum over the orbits of [m p, (m+1) p) */
function groupedBy(size: number, perOrbit: [number, number][]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [orbit, count] of perOrbit) {
    const edge = Math.floor(orbit / size) * size;
    sums.set(edge, (sums.get(edge) ?? 0) + count);
  }
  return sums;
}

/** Element k: orbits with exactly k distinct active channels. */
export function multiplicityOf(hits: Row[]): number[] {
  const perOrbit = channelsPerOrbit(hits);
  return Array.from({ length: 65 }, (_, k) => perOrbit.filter(([, count]) => count === k).length);
}
