/** Fewer points for a long time axis: extremes of every line stay, so that no spike and no hole is lost. */

/**
 * Indices of the points to draw, ascending: all when there are few, else of each run of neighbours the lowest and the
 * highest of every line. Points that must be kept are kept.
 * @param lines values of each line at each point, null where it has none
 * @param buckets runs of neighbours; about 2 points per run and line are left
 */
export function extremes(
  lines: readonly (readonly (number | null)[])[],
  buckets: number,
  mustKeep: (index: number) => boolean = () => false,
): number[] {
  const length = lines[0]?.length ?? 0;
  const size = Math.ceil(length / buckets);
  if (size <= 2) return Array.from({ length }, (_, i) => i);
  const kept = new Set<number>();
  for (let from = 0; from < length; from += size) {
    const to = Math.min(length, from + size);
    for (const line of lines) keepExtremes(line, from, to, kept);
    for (let i = from; i < to; i += 1) if (mustKeep(i)) kept.add(i);
  }
  kept.add(0).add(length - 1);
  return [...kept].sort((a, b) => a - b);
}

function keepExtremes(line: readonly (number | null)[], from: number, to: number, kept: Set<number>): void {
  let [low, high] = [from, from];
  for (let i = from; i < to; i += 1) {
    const value = line[i] ?? 0;
    if (value < (line[low] ?? 0)) low = i;
    if (value > (line[high] ?? 0)) high = i;
  }
  kept.add(low).add(high);
}
