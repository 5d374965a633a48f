/** Unwraps short orbit counters to 32 bits: returns the value nearest to an expected one that matches the counter. */

const maxOrbit = 4294967295;

/**
 * The non-negative integer nearest to `expected` that has `counter` in its lowest bits.
 * @param period number of values of the counter, a power of two
 */
export function nearestOrbit(counter: number, expected: number, period: number): number {
  const orbit = counter + Math.round((expected - counter) / period) * period;
  return Math.max(orbit, counter % period);
}

export const isOrbit = (orbit: number): boolean => orbit >= 0 && orbit <= maxOrbit;
