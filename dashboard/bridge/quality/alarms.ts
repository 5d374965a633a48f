/** The alarms: raised by findings, cleared when these are gone, acknowledged by people. Bounded. */
import { randomUUID } from "node:crypto";
import type { Acknowledgement, Alarm, Finding } from "../../../pipeline/model/index.js";
import { isFault } from "./findings.js";

/** So many that have cleared are remembered here; the store keeps more. */
const clearedKept = 100;
/** What comes back so soon is the same alarm. */
const reopenedWithinMs = 60_000;

export class AlarmLog {
  /** By id, in the order in which they were raised. */
  private readonly alarms = new Map<string, Alarm>();

  /** @param known those of before a restart, in the order in which they were raised */
  constructor(known: readonly Alarm[] = []) {
    for (const alarm of known) this.alarms.set(alarm.id, alarm);
  }

  /** All that stand and the newest of those that have cleared, newest first. */
  list(): Alarm[] {
    return [...this.alarms.values()].reverse();
  }

  /** Raises and clears; gives the alarms that changed. */
  update(findings: readonly Finding[], nowMs: number, demo: boolean): Alarm[] {
    const faults = new Map(findings.filter(isFault).map((finding) => [finding.key, finding]));
    const changed: Alarm[] = [];
    for (const alarm of this.alarms.values()) {
      const finding = faults.get(alarm.finding.key);
      const next = finding === undefined ? cleared(alarm, nowMs) : found(alarm, finding, nowMs);
      if (next === null) continue;
      if (finding !== undefined) faults.delete(finding.key);
      if (next === alarm) continue;
      this.alarms.set(alarm.id, next);
      changed.push(next);
    }
    for (const finding of faults.values()) changed.push(this.raise(finding, nowMs, demo));
    this.forget();
    return changed;
  }

  /** @returns null when there is no such alarm */
  acknowledge(id: string, acknowledged: Acknowledgement): Alarm | null {
    const alarm = this.alarms.get(id);
    if (alarm === undefined) return null;
    const next = { ...alarm, acknowledged };
    this.alarms.set(id, next);
    return next;
  }

  private raise(finding: Finding, nowMs: number, demo: boolean): Alarm {
    const alarm = { id: randomUUID(), finding, raised_ms: nowMs, cleared_ms: null, acknowledged: null, demo };
    this.alarms.set(alarm.id, alarm);
    return alarm;
  }

  private forget(): void {
    const gone = [...this.alarms.values()].filter(({ cleared_ms }) => cleared_ms !== null);
    for (const { id } of gone.slice(0, -clearedKept)) this.alarms.delete(id);
  }
}

/** Null when nothing is to be done with it: it had cleared before. */
function cleared(alarm: Alarm, nowMs: number): Alarm | null {
  return alarm.cleared_ms === null ? { ...alarm, cleared_ms: nowMs } : null;
}

/** The alarm with the finding of now; null when it has cleared too long ago to be the same. */
function found(alarm: Alarm, finding: Finding, nowMs: number): Alarm | null {
  if (alarm.cleared_ms !== null) {
    if (nowMs - alarm.cleared_ms > reopenedWithinMs) return null;
    return { ...alarm, finding, cleared_ms: null };
  }
  if (alarm.finding.state !== finding.state || isNewMoment(alarm.finding, finding))
    return { ...alarm, finding };
  // The same fault with newer numbers: kept, but no news.
  alarm.finding = finding;
  return alarm;
}

/** Another station has fallen silent: no window comes that would bring the new words to the viewers. */
function isNewMoment(before: Finding, now: Finding): boolean {
  return now.window_id === null && before.reason !== now.reason;
}
