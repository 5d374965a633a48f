/** Numbers and times as text; a narrow no-break space separates the thousands. */

const space = "\u202F";
export const nothing = "–";

/** 12 345 */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, space);
}

/** 12 345 below a million, 1.23 M above. */
export function shortCount(value: number): string {
  if (Math.abs(value) < 1e6) return count(value);
  const [unit, size] = Math.abs(value) < 1e9 ? ["M", 1e6] : ["G", 1e9];
  return `${(value / size).toPrecision(3)}${space}${unit}`;
}

/** Three digits: 987, 12.3, 0.45; larger numbers in full. */
export function rate(value: number): string {
  if (value >= 99.95) return count(value);
  return value === 0 ? "0" : value.toPrecision(value < 0.1 ? 1 : 3).replace(/\.?0+$/, "");
}

/** 0 B, 12.3 kB, 4.56 MB */
export function bytes(value: number): string {
  const step = Math.max(0, Math.min(3, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const scaled = value / 1000 ** step;
  return `${step === 0 ? count(scaled) : scaled.toPrecision(3)}${space}${["B", "kB", "MB", "GB"][step] ?? ""}`;
}

/** 1.50, −0.3: with a minus sign of the page's font, and none before zero. */
export function fixed(value: number, digits: number): string {
  return value
    .toFixed(digits)
    .replace(/^-(?=0(\.0*)?$)/, "")
    .replace("-", "−");
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? nothing : `${((100 * part) / whole).toFixed(1)}${space}%`;
}

/** 0 s, 59 s, 2 min 05 s, 1 h 12 min, 3 d */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}${space}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${space}min ${two(seconds % 60)}${space}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}${space}h ${two(minutes % 60)}${space}min`;
  return `${Math.floor(minutes / 1440)}${space}d`;
}

/** The time between two times as they are shown, in whole seconds. */
export function lasted(fromMs: number, toMs: number): string {
  const second = (ms: number): number => Math.floor(ms / 1000);
  return age(1000 * (second(toMs) - second(fromMs)));
}

/** 12:34:56 */
export function utcTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** 2024-05-06 12:34:56 */
export function utcDateTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** 12:34:56 today, with date on other days */
export function utcMoment(ms: number, nowMs: number): string {
  return sameDay(ms, nowMs) ? utcTime(ms) : utcDateTime(ms);
}

/** 12:34:56–12:35:01, with dates if the days differ */
export function utcSpan(startMs: number, endMs: number): string {
  const words = sameDay(startMs, endMs) ? utcTime : utcDateTime;
  return `${words(startMs)}–${words(endMs)}`;
}

function sameDay(aMs: number, bMs: number): boolean {
  return utcDateTime(aMs).slice(0, 10) === utcDateTime(bMs).slice(0, 10);
}

/** 14:34:56 in this browser's time zone */
export function localTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

/**
 * A typed time in UTC, ms: with its date, or the latest such time of day that is not after now. Null if it cannot be
 * understood.
 */
export function utcOfInput(text: string, nowMs: number): number | null {
  const [, date, hour, minute, second = "00"] = typedTime.exec(text.trim()) ?? [];
  if (hour === undefined) return null;
  const time = `${hour.padStart(2, "0")}:${minute}:${second}`;
  if (date !== undefined) return exactTime(`${date} ${time}`);
  const today = exactTime(`${utcDateTime(nowMs).slice(0, 10)} ${time}`);
  return today === null || today <= nowMs ? today : today - dayMs;
}

const typedTime = /^(?:(\d{4}-\d\d-\d\d)[ T])?(\d\d?):(\d\d)(?::(\d\d))?(?: ?(?:UTC|Z))?$/i;
const dayMs = 86_400_000;

/** Null for times that do not exist, such as those of February 30. */
function exactTime(words: string): number | null {
  const ms = Date.parse(`${words.replace(" ", "T")}Z`);
  return Number.isNaN(ms) || utcDateTime(ms) !== words ? null : ms;
}

/** 12 windows, 1 window */
export function plural(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
