/** The alarms that the page knows. */
import type { Alarm } from "../../../pipeline/model/index.js";

/** Of those that have cleared, so many are kept. */
const keptCleared = 100;

/** Takes in an alarm that was raised, changed, acknowledged or has cleared; newest first. */
export function takeAlarm(alarms: readonly Alarm[], fresh: Alarm): Alarm[] {
  const others = alarms.filter(({ id }) => id !== fresh.id);
  const all = [fresh, ...others].sort((a, b) => b.raised_ms - a.raised_ms);
  const cleared = all.filter(({ cleared_ms }) => cleared_ms !== null).slice(0, keptCleared);
  return all.filter((alarm) => alarm.cleared_ms === null || cleared.includes(alarm));
}

/** Alarms that stand, the gravest and newest first. */
export function standing(alarms: readonly Alarm[]): Alarm[] {
  const grave = ({ finding }: Alarm): number => (finding.state === "bad" ? 0 : 1);
  return alarms.filter(({ cleared_ms }) => cleared_ms === null).sort((a, b) => grave(a) - grave(b));
}

/** Alarms that a shifter has to be told of: they stand, nobody took note, and they were not known `before`. */
export function newlyRaised(before: readonly Alarm[], now: readonly Alarm[]): Alarm[] {
  const known = new Set(before.map(({ id }) => id));
  return standing(now).filter(({ id, acknowledged }) => acknowledged === null && !known.has(id));
}
