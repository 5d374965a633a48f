/** Orbit counters of few bits become the 32 bits of our rows: the value next to an expected one that fits the counter. */

const maxOrbit = 4294967295;

/**
 * The whole number next to `expected`, not below 0, that has `counter` in its lowest bits.
 * @param period values of the counter, a power of two
 */
export function nearestOrbit(counter: number, expected: number, period: number): number {
  const orbit = counter + Math.round((expected - counter) / period) * period;
  return Math.max(orbit, counter % period);
}

export const isOrbit = (orbit: number): boolean => orbit >= 0 && orbit <= maxOrbit;
