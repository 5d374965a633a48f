/** Marks on time axes: the states of the lights, alarms and remarks. */
import type { Alarm, LightHistory, LightSpan, QualityState, Remark } from "../../../pipeline/model/index.js";
import { findingWords } from "../words/findings.js";
import { utcMoment, utcTime } from "../words/format.js";
import { lightWords } from "../words/names.js";

/** An event at a time or over a time span. */
export interface TimeMark {
  kind: "alarm" | "remark";
  fromMs: number;
  /** Null for an event at a single time. */
  toMs: number | null;
  /** State of an alarm; remarks have none. */
  state: QualityState;
  words: string;
}

/** A drawn time axis. */
export interface TimeAxis {
  fromMs: number;
  toMs: number;
  /** Start and end of the axis within its plot, px. */
  left: number;
  right: number;
}

/** @param nowMs end of active alarms */
export function marksOf(alarms: readonly Alarm[], remarks: readonly Remark[], nowMs: number): TimeMark[] {
  const ofAlarms = alarms.map(({ finding, raised_ms, cleared_ms }): TimeMark => ({
    kind: "alarm",
    fromMs: raised_ms,
    toMs: cleared_ms ?? nowMs,
    state: finding.state,
    words: findingWords(finding),
  }));
  const written = remarks.filter(({ withdrawn }) => withdrawn === undefined);
  const ofRemarks = written.map(({ from_ms, to_ms, by, text }): TimeMark => ({
    kind: "remark",
    fromMs: from_ms,
    toMs: to_ms,
    state: "none",
    words: `${text} (${by})`,
  }));
  return [...ofAlarms, ...ofRemarks];
}

export function marksWithin(marks: readonly TimeMark[], { fromMs, toMs }: TimeAxis): TimeMark[] {
  return marks.filter((mark) => mark.fromMs <= toMs && (mark.toMs ?? mark.fromMs) >= fromMs);
}

/** "12:00:05 UTC", "12:00:05–12:10:00 UTC" */
function timeWords(fromMs: number, toMs: number | null): string {
  return toMs === null ? `${utcTime(fromMs)} UTC` : `${utcTime(fromMs)}–${utcTime(toMs)} UTC`;
}

export function markWords({ kind, fromMs, toMs, words }: TimeMark): string {
  return `${kind === "alarm" ? "Alarm" : "Remark"}, ${timeWords(fromMs, toMs)}: ${words}`;
}

export function spanWords(
  light: string,
  { from_ms, to_ms, state, reason }: LightSpan,
  names: readonly string[] = [],
): string {
  return `${lightTitle(light, names)}: ${lightWords[state]}, ${timeWords(from_ms, to_ms)}: ${reason}`;
}

/**
 * "chamber 1" → "Chamber 1"; the whole detector is "All".
 * @param names names of the chambers; default: their numbers
 */
export function lightTitle(light: string, names: readonly string[] = []): string {
  const chamber = chamberOfLight(light);
  if (chamber !== null) return `Chamber ${names[chamber] ?? chamber}`;
  if (light === "whole") return "All";
  if (light === "data") return "Data path";
  return light.charAt(0).toUpperCase() + light.slice(1);
}

/** A name of at most three letters, for the margin of a plot. */
export function lightLetters(light: string, names: readonly string[] = []): string {
  const chamber = chamberOfLight(light);
  if (chamber === null) return light === "whole" ? "all" : light.charAt(0).toUpperCase();
  const name = names[chamber] ?? String(chamber);
  return name.length <= 3 ? name : String(chamber);
}

function chamberOfLight(light: string): number | null {
  const number = /^chamber (\d+)$/.exec(light)?.[1];
  return number === undefined ? null : Number(number);
}

/** The states of all lights at a time: the span that covers it, or null if not known. */
export function lightsAt(history: readonly LightHistory[], ms: number): Map<string, LightSpan | null> {
  return new Map(
    history.map(({ light, spans }) => [
      light,
      spans.find(({ from_ms, to_ms }) => from_ms <= ms && ms < to_ms) ?? null,
    ]),
  );
}

/** "12:34:56 UTC" today, with the date on other days. */
export function momentWords(ms: number, nowMs: number): string {
  return `${utcMoment(ms, nowMs)} UTC`;
}
