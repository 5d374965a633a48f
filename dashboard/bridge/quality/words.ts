/** Numbers and lists as a reason says them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

/** 2,354 */
export function count(value: number): string {
  return whole.format(value);
}

/** Two digits: 3.1, 0.52, 17. */
export function rough(value: number): string {
  return short.format(value);
}

/** 5.2 % */
export function percent(fraction: number): string {
  return `${short.format(100 * fraction)} %`;
}

/** A time as people say it: 8 s, 3 min, 2 h. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${whole.format(seconds)} s`;
  return seconds < 7200 ? `${whole.format(seconds / 60)} min` : `${whole.format(seconds / 3600)} h`;
}

/** "2 and 3", "1, 2 and 3" */
export function list(values: readonly (number | string)[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} and ${values.at(-1) ?? ""}`;
}

/** "1 row", "2 rows" */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
