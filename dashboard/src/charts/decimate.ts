/** Reduces the points on a long time axis; keeps the extremes of a line, so that no spike or gap is lost. */

/**
 * Length of the runs of points to merge: `step` times a power of two, so that it seldom changes as the axis grows.
 * @param span length of the axis, in the unit of `step`
 * @param most approximate maximum number of runs
 */
export function runLength(span: number, step: number, most: number): number {
  return step * 2 ** Math.max(0, Math.ceil(Math.log2(span / most / step)));
}

/**
 * Indices of a line's points to draw, ascending: the lowest and highest of each run, all points without a value
 * (gaps), both ends, and the points to keep.
 * @param values value of each point, null without one
 * @param runs run number of each point, ascending; it must not depend on later points
 */
export function extremes(
  values: readonly (number | null)[],
  runs: readonly number[],
  mustKeep: (index: number) => boolean = () => false,
): number[] {
  const kept: number[] = [];
  const last = values.length - 1;
  for (let from = 0, to = 0; from <= last; from = to) {
    while (to <= last && runs[to] === runs[from]) to += 1;
    const [low, high] = lowestAndHighest(values, from, to);
    for (let i = from; i < to; i += 1) {
      if (i === low || i === high || i === 0 || i === last || values[i] === null || mustKeep(i)) kept.push(i);
    }
  }
  return kept;
}

/** Indices of the lowest and highest value in a run; -1 if it has no values. */
function lowestAndHighest(values: readonly (number | null)[], from: number, to: number): [number, number] {
  let [low, high] = [-1, -1];
  for (let i = from; i < to; i += 1) {
    const value = values[i] ?? null;
    if (value === null) continue;
    if (low < 0 || value < (values[low] as number)) low = i;
    if (high < 0 || value > (values[high] as number)) high = i;
  }
  return [low, high];
}
