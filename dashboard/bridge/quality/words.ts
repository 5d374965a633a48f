/** Formats numbers and lists in reasons. */

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

/** 1.5, -0.3; no minus sign before zero. */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "");
}

/** 5.2 % */
export function percent(fraction: number): string {
  return `${short.format(100 * fraction)} %`;
}

/** 12:34:56 UTC, preceded by the date if it is not today, so that the text stays true. */
export function moment(ms: number, nowMs: number): string {
  const [day, time] = isoOf(ms);
  return day === isoOf(nowMs)[0] ? `${time} UTC` : `${day} ${time} UTC`;
}

function isoOf(ms: number): [day: string, time: string] {
  const iso = new Date(ms).toISOString();
  return [iso.slice(0, 10), iso.slice(11, 19)];
}

/** "2 and 3", "1, 2 and 3" */
export function list(values: readonly (number | string)[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} and ${values.at(-1) ?? ""}`;
}

/** "1 row", "2 rows" */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
