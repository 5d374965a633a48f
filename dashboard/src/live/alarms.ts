/** The alarms on the page. */
import {
  alarmNews,
  bySeverity,
  type Alarm,
  type AlarmNews,
  type Finding,
  type RuleId,
} from "../../../pipeline/model/index.js";

/** Number of cleared alarms to keep. */
const keptCleared = 100;

/** Adds or updates an alarm that was raised, changed, acknowledged or cleared; in the order of raising, newest first. */
export function takeAlarm(alarms: readonly Alarm[], fresh: Alarm): Alarm[] {
  const others = alarms.filter(({ id }) => id !== fresh.id);
  const all = [fresh, ...others].sort((a, b) => b.raised_ms - a.raised_ms);
  const kept = new Set(clearedOf(all).slice(0, keptCleared));
  return all.filter((alarm) => alarm.cleared_ms === null || kept.has(alarm));
}

/** Cleared alarms, the last one that cleared first. */
export function clearedOf(alarms: readonly Alarm[]): Alarm[] {
  return alarms
    .filter(({ cleared_ms }) => cleared_ms !== null)
    .sort((a, b) => (b.cleared_ms ?? 0) - (a.cleared_ms ?? 0));
}

/** Active alarms, the most severe and newest first. */
export function standing(alarms: readonly Alarm[]): Alarm[] {
  const active = alarms.filter(({ cleared_ms }) => cleared_ms === null);
  return active.sort((a, b) => bySeverity(a.finding, b.finding));
}

/** Active alarms with the current numbers of the lights: alarms are sent only when they are raised or get worse. */
export function withNumbers(alarms: readonly Alarm[], findings: readonly Finding[]): readonly Alarm[] {
  if (alarms.every(({ cleared_ms }) => cleared_ms !== null)) return alarms;
  const current = new Map(findings.map((finding) => [finding.key, finding]));
  return alarms.map((alarm) => {
    const finding = alarm.cleared_ms === null ? current.get(alarm.finding.key) : undefined;
    return finding === undefined ? alarm : { ...alarm, finding };
  });
}

/** Whether an alarm is currently silenced. */
export function isSilenced({ silenced }: Alarm, nowMs: number): boolean {
  return silenced !== undefined && silenced.until_ms > nowMs;
}

/** Alarms that need a reminder: bad, not acknowledged and not silenced. */
export function alarmsToRemind(alarms: readonly Alarm[], nowMs: number): Alarm[] {
  return standing(alarms).filter(
    (alarm) => alarm.finding.state === "bad" && alarm.acknowledged === null && !isSilenced(alarm, nowMs),
  );
}

/**
 * Alarms that need a notification: active, and not acknowledged or acknowledged only as a warning.
 * @param lastNews last notification of each alarm, by id; updated in place
 */
export function alarmsToNotify(lastNews: Map<string, AlarmNews>, alarms: readonly Alarm[]): Alarm[] {
  const fresh = new Set<string>();
  for (const alarm of alarms) {
    const before = lastNews.get(alarm.id);
    const news = alarmNews(alarm, before);
    if (news === null) continue;
    lastNews.set(alarm.id, news);
    if (alarm.acknowledged === null || before === "warning") fresh.add(alarm.id);
  }
  const known = new Set(alarms.map(({ id }) => id));
  for (const id of lastNews.keys()) if (!known.has(id)) lastNews.delete(id);
  return standing(alarms).filter(({ id }) => fresh.has(id));
}

/** Rules that find a difference from a reference or from the data's own past; other rules have fixed limits. */
const comparingRules: ReadonlySet<RuleId> = new Set<RuleId>([
  ...(["chamber-rate", "shape", "drift-time", "time-offset", "noise", "segment-loss"] as const),
  ...(["timing-noise", "trigger-words", "goodness-of-fit"] as const),
]);

/** Whether "this is normal now" can end an alarm. */
export function isFoundByComparison({ finding }: Alarm): boolean {
  return comparingRules.has(finding.rule);
}
