/** Timing signals that give t0. */

/** Signals that give t0 in one orbit. */
export interface OrbitSignals {
  /** Ascending, shape (capacity), filled up to `count`. */
  timesNs: Float64Array;
  count: number;
}

/** Time from the nearest signal to `timeNs` (from the earlier of two equally near signals); NaN without a signal. */
export function afterNearestSignal({ timesNs, count }: OrbitSignals, timeNs: number): number {
  if (count === 0) return NaN;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesNs[middle] as number) < timeNs) low = middle + 1;
    else high = middle;
  }
  const later = low < count ? timeNs - (timesNs[low] as number) : -Infinity;
  const earlier = low > 0 ? timeNs - (timesNs[low - 1] as number) : Infinity;
  return earlier <= -later ? earlier : later;
}

/** Orbits with more signals use the built-in sort. */
const fewSignals = 16;

/** Sorts by time. */
export function sortSignals({ timesNs, count }: OrbitSignals): void {
  if (count > fewSignals) {
    timesNs.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i += 1) {
    const time = timesNs[i] as number;
    let to = i;
    for (; to > 0 && (timesNs[to - 1] as number) > time; to -= 1) timesNs[to] = timesNs[to - 1] as number;
    timesNs[to] = time;
  }
}
