/**
 * The log of alarms. A finding raises an alarm, its end clears it, and a person acknowledges it. The log is bounded.
 */
import { randomUUID } from "node:crypto";
import {
  activeSinceMs,
  bySeverity,
  type Acknowledgement,
  type Alarm,
  type Finding,
  type Silence,
  type RuleId,
} from "../../../pipeline/model/index.js";
import { isFault } from "./findings.js";

/** Number of cleared alarms kept here; the store keeps more. */
const clearedKept = 100;
/** A fault that returns within this time reopens its alarm. */
const reopenedWithinMs = 60_000;
/** Maximum number of earlier occurrences kept in an alarm. */
const earlierKept = 20;

export class AlarmLog {
  /** Number of alarms raised by this log, by rule. */
  readonly raised = new Map<RuleId, number>();
  /** Alarms by id, in the order in which they were raised. */
  private readonly alarms = new Map<string, Alarm>();

  /** @param known alarms from before a restart, in the order in which they were raised */
  constructor(known: readonly Alarm[] = []) {
    for (const alarm of known) this.alarms.set(alarm.id, alarm);
  }

  /** All active alarms and the newest cleared ones, newest first. */
  list(): Alarm[] {
    return [...this.alarms.values()].reverse();
  }

  /** Raises and clears alarms; returns those that changed. */
  update(findings: readonly Finding[], nowMs: number, demo: boolean): Alarm[] {
    const faults = new Map(findings.filter(isAlarming).map((finding) => [finding.key, finding]));
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
    const alarm = { id: randomUUID(), finding, raised_ms: nowMs, cleared_ms: null, acknowledged: null, demo };
    this.alarms.set(alarm.id, alarm);
    this.raised.set(finding.rule, (this.raised.get(finding.rule) ?? 0) + 1);
    return alarm;
  }

  private forget(): void {
    const gone = [...this.alarms.values()].filter(({ cleared_ms }) => cleared_ms !== null);
    for (const { id } of gone.slice(0, -clearedKept)) this.alarms.delete(id);
  }
}

/**
 * Whether a finding raises an alarm: a fault that no other fault explains. Findings of older versions have no cause.
 */
export function isAlarming(finding: Finding): boolean {
  return isFault(finding) && ((finding as Partial<Finding>).cause ?? null) === null;
}

/** The cleared alarm; null if it had cleared before. */
function cleared(alarm: Alarm, nowMs: number): Alarm | null {
  if (alarm.cleared_ms !== null) return null;
  // Keep the worst finding, not the last one before the alarm cleared.
  const { worst = alarm.finding } = alarm;
  return { ...alarm, finding: worst, cleared_ms: nowMs };
}

/** The alarm with the current finding; null if it cleared too long ago to be the same. */
function found(alarm: Alarm, finding: Finding, nowMs: number): Alarm | null {
  if (alarm.cleared_ms !== null) {
    if (nowMs - alarm.cleared_ms > reopenedWithinMs) return null;
    // This may be another fault of the same kind, so the numbers are kept separately.
    const before = { from_ms: activeSinceMs(alarm), to_ms: alarm.cleared_ms, finding: alarm.finding };
    const earlier = [...(alarm.earlier ?? []), before].slice(-earlierKept);
    return { ...alarm, finding, worst: finding, earlier, reopened_ms: nowMs, cleared_ms: null };
  }
  const worst = worseOf(alarm.worst ?? alarm.finding, finding);
  if (alarm.finding.state !== finding.state || isNewMoment(alarm.finding, finding))
    return { ...alarm, finding, worst };
  // Only the numbers are newer: no update for viewers.
  alarm.finding = finding;
  alarm.worst = worst;
  return alarm;
}

/** Names of numbers for which a smaller value is worse. */
const lessIsWorse = new Set([
  "efficiency",
  "found_fraction",
  "live_fraction",
  "lines_fraction",
  "segments_ratio",
]);
/** Rules whose `fraction` is a remaining part: less is worse. */
const lossRules: readonly string[] = ["timing-loss", "segment-loss", "no-muons", "cell-efficiency"];

/**
 * The more severe of two findings of the same fault. If both have the same state, it is the one from clearly more
 * windows, because the first text can name a wrong part, or the one with the worse number.
 */
function worseOf(a: Finding, b: Finding): Finding {
  const order = bySeverity(a, b);
  if (order !== 0) return order < 0 ? a : b;
  const [before, now] = [windowsOf(a), windowsOf(b)];
  if (now > 2 * before) return b;
  if (before > 2 * now) return a;
  return severityOf(b) > severityOf(a) ? b : a;
}

const windowsOf = ({ numbers }: Finding): number => numbers["windows"] ?? 1;

function severityOf({ rule, numbers }: Finding): number {
  const bit = numbers["bit_fraction"];
  if (bit !== undefined) return Math.abs(bit - 0.5);
  const first = Object.entries(numbers).find(([name]) => name !== "windows");
  if (first === undefined) return 0;
  const [name, value] = first;
  if (name === "ratio") return Math.abs(value - 1);
  const isLeft = lessIsWorse.has(name) || (name === "fraction" && lossRules.includes(rule));
  return isLeft ? -value : Math.abs(value);
}

/**
 * Whether a finding that belongs to no window (a silent stream) has a new reason: viewers need an update, because no
 * window will bring the new text.
 */
function isNewMoment(before: Finding, now: Finding): boolean {
  return now.window_id === null && before.reason !== now.reason;
}
