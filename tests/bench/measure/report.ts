/** A figure and its target; a test fails only if the target is missed by a wide margin. */

export interface Figure {
  name: string;
  value: number;
  unit: string;
  target: number;
  /** Whether a larger value is better. */
  better: "more" | "less";
}

/** Factor by which a figure may miss its target before a test fails. */
export const tolerance = 5;

export function isFarOff({ value, target, better }: Figure): boolean {
  return better === "more" ? value < target / tolerance : value > target * tolerance;
}

export function figureLine({ name, value, unit, target, better }: Figure): string {
  const ratio = better === "more" ? value / target : target / value;
  return `${name.padEnd(52)} ${compact(value).padStart(7)} ${unit.padEnd(7)} target ${compact(target).padStart(5)}, ${ratio.toFixed(2)} x`;
}

function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** The best of several runs, which is the least disturbed. */
export function best(runs: number, run: () => number): number {
  return Math.max(...Array.from({ length: runs }, run));
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}
