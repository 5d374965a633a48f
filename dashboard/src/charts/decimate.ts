/** Fewer points for a long time axis: the extremes of a line stay, so that no spike and no hole is lost. */

/**
 * Length of the runs of neighbours that are drawn as one: a power of two of `step`, so that it seldom changes when the
 * axis grows.
 * @param span length of the axis, in the unit of `step`
 * @param most approximate maximum number of runs
 */
export function runLength(span: number, step: number, most: number): number {
  return step * 2 ** Math.max(0, Math.ceil(Math.log2(span / most / step)));
}

/**
 * Indices of a line's points to draw, ascending: of each run of neighbours the lowest and the highest, all without a
 * value (the gaps of the line), both ends, and the points to keep.
 * @param values of the line at each point, null where it has none
 * @param runs number of the run of each point, ascending: it must not depend on later points
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

/** Places of both in a run; -1 when it has no values. */
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
