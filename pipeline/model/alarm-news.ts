/** What there is to tell of an alarm to somebody who was told of it before: the webhook, and the shifter before a page. */
import type { Alarm } from "./quality.js";

/** What was told: that it stands, at the gravest, or that it has cleared. */
export type AlarmNews = "warning" | "bad" | "cleared";

/**
 * An alarm is news when it is raised, when it grows from a warning to bad, when it clears, and when it comes back.
 * @param told undefined when nothing was
 * @returns null when there is nothing new
 */
export function alarmNews({ cleared_ms, finding }: Alarm, told: AlarmNews | undefined): AlarmNews | null {
  const knows = told === "warning" || told === "bad";
  if (cleared_ms !== null) return knows ? "cleared" : null;
  const state = finding.state === "bad" ? "bad" : "warning";
  return !knows || (told === "warning" && state === "bad") ? state : null;
}
