/**
 * The log of alarms. A finding raises an alarm, its end clears it, and a person acknowledges it. The log is bounded.
 */
import { randomUUID } from "node:crypto";
import {
  activeSinceMs,
  type Acknowledgement,
  type Alarm,
  type Finding,
  type Silence,
  type RuleId,
} from "../../../pipeline/model/index.js";
import { Diagnoses } from "./diagnoses.js";
import { covers, isFault } from "./findings.js";

/** Number of cleared alarms kept here; the store keeps more. */
const clearedKept = 100;
/** A fault that returns within this time reopens its alarm. */
const reopenedWithinMs = 60_000;
/** A finding that replaces another one is found within this time before the other ends. */
const soonMs = 60_000;
/** Maximum number of earlier occurrences kept in an alarm. */
const earlierKept = 20;

export class AlarmLog {
  /** Number of alarms raised by this log, by rule. */
  readonly raised = new Map<RuleId, number>();
  /** Alarms by id, in the order in which they were raised. */
  private readonly alarms = new Map<string, Alarm>();
  /** Diagnoses of the active alarms, by id. */
  private readonly diagnoses = new Map<string, Diagnoses>();

  /** @param known alarms from before a restart, in the order in which they were raised */
  constructor(known: readonly Alarm[] = []) {
    for (const alarm of known) this.alarms.set(alarm.id, alarm);
  }

  /** All active alarms and the newest cleared ones, newest first. */
  list(): Alarm[] {
    return [...this.alarms.values()].reverse();
  }

  /**
   * Raises and clears alarms.
   * @returns the alarms that changed
   */
  update(findings: readonly Finding[], nowMs: number, demo: boolean): Alarm[] {
    const faults = new Map(findings.filter(isAlarming).map((finding) => [finding.key, finding]));
    const known = new Map(findings.map((finding) => [finding.key, finding]));
    const changed: Alarm[] = [];
    for (const alarm of this.alarms.values()) {
      const finding = faults.get(alarm.finding.key);
      const next =
        finding === undefined ? this.cleared(alarm, known, nowMs) : this.found(alarm, finding, nowMs);
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

  /** @returns null when the alarm is not known */
  acknowledge(id: string, acknowledged: Acknowledgement): Alarm | null {
    const alarm = this.alarms.get(id);
    if (alarm === undefined) return null;
    const next = { ...alarm, acknowledged };
    this.alarms.set(id, next);
    return next;
  }

  /** @returns null when the alarm is not known or has cleared */
  silence(id: string, silenced: Silence): Alarm | null {
    const alarm = this.alarms.get(id);
    if (alarm?.cleared_ms !== null) return null;
    const next = { ...alarm, silenced };
    this.alarms.set(id, next);
    return next;
  }

  private raise(finding: Finding, nowMs: number, demo: boolean): Alarm {
    const { after_ms } = finding;
    const begin = after_ms === undefined ? {} : { after_ms };
    const times = { raised_ms: nowMs, ...begin, cleared_ms: null };
    const alarm: Alarm = { id: randomUUID(), finding, ...times, acknowledged: null, demo };
    this.alarms.set(alarm.id, alarm);
    this.diagnoses.set(alarm.id, new Diagnoses(finding));
    this.raised.set(finding.rule, (this.raised.get(finding.rule) ?? 0) + 1);
    return alarm;
  }

  /** The cleared alarm with its diagnosis, not the last finding before it cleared; null if it had cleared before. */
  private cleared(alarm: Alarm, findings: ReadonlyMap<string, Finding>, nowMs: number): Alarm | null {
    if (alarm.cleared_ms !== null) return null;
    const { worst = alarm.finding } = alarm;
    const { found_until_ms: until } = alarm.finding;
    this.diagnoses.delete(alarm.id);
    const cause =
      findings.get(findings.get(worst.key)?.cause ?? "") ?? this.widerThan(alarm, findings, nowMs);
    return {
      ...alarm,
      finding: worst,
      cleared_ms: nowMs,
      ...(until === undefined ? {} : { found_until_ms: until }),
      ...(cause === undefined ? {} : { explained_by: explanationOf(cause) }),
    };
  }

  /** The finding of the same rule that was found soon after, for more of the telescope: a part of it came first. */
  private widerThan(
    alarm: Alarm,
    findings: ReadonlyMap<string, Finding>,
    nowMs: number,
  ): Finding | undefined {
    return [...findings.values()].find((one) => {
      if (!isAlarming(one) || !covers(one, alarm.finding)) return false;
      const own = [...this.alarms.values()].find(
        ({ finding, cleared_ms: ms }) => ms === null && finding.key === one.key,
      );
      const since = own === undefined ? nowMs : activeSinceMs(own);
      return since >= activeSinceMs(alarm) && nowMs - since <= soonMs;
    });
  }

  /** The alarm with the current finding; null if it cleared too long ago to be the same. */
  private found(alarm: Alarm, finding: Finding, nowMs: number): Alarm | null {
    if (alarm.cleared_ms !== null) {
      if (nowMs - alarm.cleared_ms > reopenedWithinMs) return null;
      // This may be another fault of the same kind, so the numbers are kept separately.
      const before = { from_ms: activeSinceMs(alarm), to_ms: alarm.cleared_ms, finding: alarm.finding };
      const earlier = [...(alarm.earlier ?? []), before].slice(-earlierKept);
      this.diagnoses.set(alarm.id, new Diagnoses(finding));
      const again = { ...alarm, finding, worst: finding, earlier, reopened_ms: nowMs, cleared_ms: null };
      delete again.explained_by;
      delete again.found_until_ms;
      return again;
    }
    const worst = this.diagnosesOf(alarm).add(finding);
    if (alarm.finding.state !== finding.state || isNewMoment(alarm.finding, finding))
      return { ...alarm, finding, worst };
    // Only the numbers are newer: no update for viewers.
    alarm.finding = finding;
    alarm.worst = worst;
    return alarm;
  }

  private diagnosesOf({ id, finding, worst = finding }: Alarm): Diagnoses {
    const known = this.diagnoses.get(id);
    if (known !== undefined) return known;
    // From before a restart.
    const diagnoses = new Diagnoses(worst);
    this.diagnoses.set(id, diagnoses);
    return diagnoses;
  }

  private forget(): void {
    const gone = [...this.alarms.values()].flatMap(({ id, cleared_ms: ms }) =>
      ms === null ? [] : { id, ms },
    );
    gone.sort((a, b) => a.ms - b.ms);
    for (const { id } of gone.slice(0, -clearedKept)) this.alarms.delete(id);
  }
}

function explanationOf({ key, scope, reason, chamber_name }: Finding): NonNullable<Alarm["explained_by"]> {
  return { key, scope, reason, ...(chamber_name === undefined ? {} : { chamber_name }) };
}

/**
 * Whether a finding raises an alarm: a fault that no other fault explains. Findings of older versions have no cause.
 */
export function isAlarming(finding: Finding): boolean {
  return isFault(finding) && ((finding as Partial<Finding>).cause ?? null) === null;
}

/**
 * Whether a finding that belongs to no window (a silent stream) has a new reason: viewers need an update, because no
 * window will bring the new text.
 */
function isNewMoment(before: Finding, now: Finding): boolean {
  return now.window_id === null && before.reason !== now.reason;
}
