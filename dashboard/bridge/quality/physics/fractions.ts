/** Fractions of counts that may be too low or too high. */
import { isFarFrom, type Reading } from "./search.js";
import { binomialZ, fractionError } from "./tails.js";

/** A fraction that may be too low. */
export function lowFraction(
  k: number,
  n: number,
  good: number,
  limit: number,
  clustering = 1,
): Reading | null {
  return fraction(k, n, { good, limit, side: -1, clustering });
}

/** A fraction that may be too high. */
export function highFraction(
  k: number,
  n: number,
  good: number,
  limit: number,
  clustering = 1,
): Reading | null {
  return fraction(k, n, { good, limit, side: 1, clustering });
}

/** @param side -1 if values below the limit are a fault, 1 if values above it are */
function fraction(
  k: number,
  n: number,
  { good, limit, side, clustering }: { good: number; limit: number; side: 1 | -1; clustering: number },
): Reading | null {
  if (n <= 0) return null;
  const value = k / n;
  const root = Math.sqrt(clustering);
  const z = Math.max(0, side * binomialZ(k, n, good)) / root;
  const beyond = side > 0 ? value > limit : value < limit;
  const sigma = fractionError(k, n) * root;
  return {
    value,
    sigma,
    good,
    z,
    beyond,
    trials: n / clustering,
    isClear: !beyond && isFarFrom(limit, value, sigma),
  };
}
