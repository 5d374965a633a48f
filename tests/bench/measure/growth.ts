/** Memory growth in a steady state. */

export interface MemorySample {
  minute: number;
  mb: number;
}

/**
 * Growth from the first to the last quarter of the samples from a given minute on, by medians, which are robust against
 * garbage collection.
 * @returns MB; null with too few samples
 */
export function growthOf(samples: readonly MemorySample[], fromMinute: number): number | null {
  const steady = samples.filter(({ minute }) => minute >= fromMinute).map(({ mb }) => mb);
  const quarter = Math.floor(steady.length / 4);
  if (quarter < 1) return null;
  return median(steady.slice(-quarter)) - median(steady.slice(0, quarter));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
