/**
 * Judges a run window by window, in the same way as the bridge. It returns a line when the state or the rule of a
 * light changes, and a summary with a verdict. Its only clock is that of the windows, so the same windows always give
 * the same lines.
 */
import {
  clockOf,
  defaultDetector,
  worstFindingOf,
  type Alarm,
  type Finding,
  type Quality,
  type QualityState,
  type RuleId,
  type Verdict,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { AlarmLog } from "./alarms.js";
import type { ChosenReference } from "./baseline.js";
import { isWhole } from "./facts.js";
import type { JudgeOptions } from "./judge.js";
import { LightRecord, type LightSummary } from "./light-record.js";
import { ReferenceJudges } from "./reference-judges.js";
import { verdictOf, type RunVerdict } from "./run-verdict.js";

/** States of a light, as named in files. */
export type RunState = "good" | "warning" | "bad" | "too_few" | "no_data";

/** The names of the page, and their names in files. */
export const runStates: Record<QualityState, RunState> = {
  good: "good",
  warning: "warning",
  bad: "bad",
  few: "too_few",
  none: "no_data",
};

/** A change of state or rule of a light, from this window on. */
interface VerdictLine {
  /** msg_ID */
  window: number;
  start_ms: number;
  /** whole, chamber:0, timing:scintillator, path */
  light: string;
  state: RunState;
  rule: RuleId | null;
  reason: string | null;
  numbers: Record<string, number>;
}

interface RunAlarm {
  rule: RuleId;
  /** Rule and place. */
  key: string;
  /** State, reason and numbers of its worst finding. */
  state: RunState;
  reason: string;
  numbers: Record<string, number>;
  what_to_do: string;
  /** msg_ID of the window in which it was found. */
  window: number | null;
  /** The fault probably began after this time; null if not known. */
  after_ms: number | null;
  /** Start of the window in which the alarm was raised. */
  from_ms: number;
  /** Start of the window in which it cleared; null if it was active until the end of the run. */
  to_ms: number | null;
}

export interface RunSummary {
  schema: 1;
  windows: number;
  /** Number of windows missing between others. */
  missing_windows: number;
  hits: number;
  /** Start of the first and end of the last window; null without any. */
  from_ms: number | null;
  to_ms: number | null;
  time: "arrival" | "detector" | null;
  rules: { hash: string; source: string };
  /** The comparisons used, in the order of their use. */
  compared_with: string[];
  verdict: RunVerdict;
  lights: Record<string, LightSummary>;
  alarms: RunAlarm[];
  /** Number of alarms that are not listed, because a run can have very many. */
  alarms_left_out: number;
  /** Inputs that could not be read completely; omitted if there are none. */
  unreadable?: readonly string[];
}

/** Maximum number of missing windows in a row that do not change the lights. */
const toleratedGap = 2;
const maxAlarms = 10_000;

export class RunJudge {
  private readonly judge: ReferenceJudges;
  private readonly orbitNs: number;
  private readonly alarmLog = new AlarmLog();
  private readonly alarms = new Map<string, Alarm>();
  private readonly lights = new Map<string, LightRecord>();
  private readonly comparisons = new Set<string>();
  private alarmsLeftOut = 0;
  /** Not judged yet: a newer revision may follow. */
  private waiting: WindowMessage | null = null;
  private last: WindowMessage | null = null;
  private first: WindowMessage | null = null;
  private rules = { hash: "", source: "" };
  private windows = 0;
  private missing = 0;
  private hits = 0;

  /** @param references references to compare the run with; without any, it is compared with its own past */
  constructor(options: JudgeOptions = {}, references: readonly ChosenReference[] = []) {
    this.judge = new ReferenceJudges(options);
    this.judge.setReferences(references);
    this.orbitNs = clockOf(options.detector ?? defaultDetector).orbitNs;
  }

  /** State of the whole after the newest judged window; null before the first. */
  get state(): RunState | null {
    const { quality } = this.judge;
    return quality === null ? null : runStates[quality.whole.state];
  }

  /** Whether any light was ever in this state or a worse one. */
  wasEver(state: "warning" | "bad"): boolean {
    const records = [...this.lights.values()];
    return records.some((record) => record.has("bad") || (state === "warning" && record.has("warning")));
  }

  /**
   * Adds the next window, or a newer revision of the last one.
   * @returns changes caused by the previous window, which can no longer be revised
   * @throws RangeError when the window starts before the last one
   */
  take(message: WindowMessage): VerdictLine[] {
    const { waiting } = this;
    if (waiting !== null && message.window.start_ms < waiting.window.start_ms)
      throw new RangeError(`window ${message.msg_ID} arrived after window ${waiting.msg_ID}`);
    if (waiting?.window.start_ms === message.window.start_ms) {
      if (message.revision >= waiting.revision) this.waiting = message;
      return [];
    }
    this.waiting = message;
    return waiting === null ? [] : this.judgeNext(waiting, message);
  }

  /** Judges the last window. @returns its changes */
  finish(): VerdictLine[] {
    const { waiting } = this;
    this.waiting = null;
    return waiting === null ? [] : this.judgeNext(waiting, null);
  }

  private judgeNext(message: WindowMessage, next: WindowMessage | null): VerdictLine[] {
    const lines = this.last === null ? [] : this.passGap(this.last, message);
    const { start_ms: startMs, end_ms: endMs } = message.window;
    const isCut = this.isCut(message, next);
    const quality = this.judge.takeWindow(isCut ? { ...message, partial: true } : message, endMs);
    this.windows += 1;
    this.hits += message.hit_count;
    this.first ??= message;
    this.last = message;
    this.rules = quality.rules;
    this.comparisons.add(quality.compared_with);
    this.keepAlarms(quality.findings, startMs);
    for (const [name, verdict] of lightsOf(quality)) {
      const line = lineOf(quality, verdict, { window: message.msg_ID, start_ms: startMs, light: name });
      const span = { fromMs: startMs, toMs: endMs, hits: message.hit_count, windows: 1 };
      if (this.recordOf(name).put(line.state, line.rule, span)) lines.push(line);
    }
    return lines;
  }

  /**
   * Whether the hits begin or end within a window of detector time that has no hits on that side: its rates are those of
   * a part of it.
   */
  private isCut(message: WindowMessage, next: WindowMessage | null): boolean {
    const isAmid = isDirectlyBefore(this.last, message) && isDirectlyBefore(message, next);
    return message.window.time === "detector" && !isAmid && !isWhole(message, this.orbitNs);
  }

  /** Handles missing windows: a few do not change the lights, more set them to no data. */
  private passGap(last: WindowMessage, next: WindowMessage): VerdictLine[] {
    const windowMs = last.window.end_ms - last.window.start_ms;
    const missing = Math.max(0, Math.round((next.window.start_ms - last.window.end_ms) / windowMs));
    this.missing += missing;
    if (missing === 0) return [];
    const tolerated = Math.min(missing, toleratedGap);
    const silentMs = last.window.end_ms + tolerated * windowMs;
    const lines: VerdictLine[] = [];
    for (const [name, record] of this.lights) {
      record.extend({ fromMs: last.window.end_ms, toMs: silentMs, hits: 0, windows: 0 });
      const span = { fromMs: silentMs, toMs: next.window.start_ms, hits: 0, windows: 0 };
      if (missing === tolerated || !record.put("no_data", null, span)) continue;
      const window = last.msg_ID + tolerated + 1;
      const reason = `${missing} windows are missing`;
      lines.push({
        ...{ window, start_ms: silentMs, light: name, state: "no_data", rule: null },
        ...{ reason, numbers: { missing } },
      });
    }
    return lines;
  }

  private recordOf(light: string): LightRecord {
    let record = this.lights.get(light);
    if (record === undefined) this.lights.set(light, (record = new LightRecord()));
    return record;
  }

  private keepAlarms(findings: readonly Finding[], nowMs: number): void {
    for (const alarm of this.alarmLog.update(findings, nowMs, false)) {
      if (this.alarms.has(alarm.id) || this.alarms.size < maxAlarms) this.alarms.set(alarm.id, alarm);
      else if (alarm.cleared_ms === null) this.alarmsLeftOut += 1;
    }
  }

  /** Call it after {@link finish}. */
  summary(): RunSummary {
    const { first, last } = this;
    const lights = Object.fromEntries([...this.lights].map(([name, record]) => [name, record.summary()]));
    return {
      schema: 1,
      windows: this.windows,
      missing_windows: this.missing,
      hits: this.hits,
      from_ms: first?.window.start_ms ?? null,
      to_ms: last?.window.end_ms ?? null,
      time: last?.window.time ?? null,
      rules: this.rules,
      compared_with: [...this.comparisons],
      verdict: verdictOf(lights, last?.window.time ?? "arrival"),
      lights,
      alarms: [...this.alarms.values()].map(runAlarmOf),
      alarms_left_out: this.alarmsLeftOut,
    };
  }
}

/** Whether both windows have hits, and none is missing between them. */
function isDirectlyBefore(one: WindowMessage | null, next: WindowMessage | null): boolean {
  if (one === null || next === null || one.hit_count === 0 || next.hit_count === 0) return false;
  return one.window.end_ms === next.window.start_ms;
}

function runAlarmOf(alarm: Alarm): RunAlarm {
  const { raised_ms, cleared_ms, after_ms = null } = alarm;
  const { rule, key, state, reason, numbers, what_to_do, window_id } = worstFindingOf(alarm);
  return {
    ...{ rule, key, state: runStates[state], reason, numbers, what_to_do },
    ...{ window: window_id, after_ms, from_ms: raised_ms, to_ms: cleared_ms },
  };
}

function lightsOf(quality: Quality): [string, Verdict][] {
  return [
    ["whole", quality.whole],
    ...quality.chambers.map((verdict, chamber): [string, Verdict] => [`chamber:${chamber}`, verdict]),
    ["timing:scintillator", quality.scintillator],
    ["path", quality.data],
  ];
}

/** A light with the rule and the numbers of the finding that determines its state. */
function lineOf(
  { findings }: Quality,
  { state, reason, finding: key }: Verdict,
  place: Pick<VerdictLine, "window" | "start_ms" | "light">,
): VerdictLine {
  const finding = key === null ? undefined : findings.find((one) => one.key === key);
  return {
    ...place,
    state: runStates[state],
    rule: finding?.rule ?? null,
    reason: state === "good" ? null : reason,
    numbers: finding?.numbers ?? {},
  };
}
