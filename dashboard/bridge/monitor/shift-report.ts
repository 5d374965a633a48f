/** Builds a shift report from the store. */
import {
  byLedgerKey,
  maxTrendPoints,
  shiftReportSchema,
  type Alarm,
  type LightHistory,
  type Peak,
  type QualityState,
  type ReportedLight,
  type ReportedRun,
  type Run,
  type RunFlag,
  type ShiftReport,
  type SystemStatus,
  type TrendColumns,
} from "../../../pipeline/model/index.js";
import type { SpanRequest } from "../../../pipeline/model/schema/requests.js";
import type { LightSummary } from "../quality/light-record.js";
import { runStates } from "../quality/run-judge.js";
import { verdictOf } from "../quality/run-verdict.js";
import type { Store } from "../store/index.js";
import type { Monitor } from "./monitor.js";

const maxSpans = 500;
const maxAlarms = 500;
/** Maximum number of remarks and of runs in one report. */
export const [maxRemarks, maxRuns] = [2000, 200];
const quantityPoints = 200;

export function shiftReport(
  { from_ms, to_ms }: SpanRequest,
  monitor: Monitor,
  store: Store,
  status: SystemStatus | null,
  nowMs: number,
): ShiftReport {
  const untilMs = Math.min(to_ms, nowMs);
  const trend = store.trend({ from_ms, to_ms: Math.max(from_ms + 1, untilMs), points: maxTrendPoints });
  const lights = store.shift.lights(from_ms, untilMs, maxSpans);
  const exact = store.shift.lights(from_ms, untilMs, 20_000);
  const alarms = alarmsIn(store, from_ms, untilMs);
  const remarks = store.shift.remarks(from_ms, to_ms, maxRemarks);
  const runs = store.records
    .runs(to_ms, maxRuns)
    .filter(({ stopped_ms }) => (stopped_ms ?? Infinity) > from_ms);
  const { quality } = monitor;
  return {
    schema: shiftReportSchema,
    made_ms: nowMs,
    from_ms,
    to_ms,
    stream: status?.stream ?? "",
    source: status?.source ?? "",
    demo: status?.demo ?? false,
    version: status?.version ?? "",
    rules: quality?.rules ?? null,
    compared_with: quality?.compared_with ?? null,
    lights: lights.map((light, i) => ({ ...light, time: timeOf(exact[i] ?? light, to_ms - from_ms) })),
    alarms,
    remarks,
    runs: runs.reverse().map((run) => reportedRun(run, store, { from_ms, to_ms: untilMs })),
    peaks: peaksOf(trend, status?.window_ms ?? 5000, monitor.nameOf),
    windows: total(trend.windows),
    ledger: byLedgerKey((key) => total(trend[key])),
    quantities: monitor.quantities.read({ from_ms, to_ms, points: quantityPoints }, []),
    left_out: [
      ...(alarms.length >= maxAlarms ? [`only the ${maxAlarms} newest alarms are listed`] : []),
      ...(remarks.length >= maxRemarks ? [`only the ${maxRemarks} newest remarks are listed`] : []),
    ],
  };
}

/** Alarms that were active during the span, oldest first. */
function alarmsIn(store: Store, fromMs: number, toMs: number): Alarm[] {
  const active = store.records.activeAlarms().filter(({ raised_ms }) => raised_ms < toMs);
  const ids = new Set(active.map(({ id }) => id));
  const cleared = store.shift.alarmsClearedAfter(fromMs, toMs, maxAlarms).filter(({ id }) => !ids.has(id));
  return [...active, ...cleared].sort((a, b) => a.raised_ms - b.raised_ms).slice(-maxAlarms);
}

function timeOf({ spans }: LightHistory, lengthMs: number): ReportedLight["time"] {
  const time: Partial<Record<QualityState, number>> = {};
  for (const { state, from_ms, to_ms } of spans)
    time[state] = (time[state] ?? 0) + (to_ms - from_ms) / lengthMs;
  return time;
}

function reportedRun(run: Run, store: Store, span: SpanRequest): ReportedRun {
  const from = Math.max(run.started_ms, span.from_ms);
  const to = Math.min(run.stopped_ms ?? Infinity, span.to_ms);
  const lights = to > from ? store.shift.lights(from, to, maxSpans) : [];
  const whole = lights.find(({ light }) => light === "whole")?.spans ?? [];
  const flags = whole.map(({ from_ms, to_ms, state, reason }): RunFlag => ({
    from_ms,
    to_ms,
    state,
    reason,
  }));
  const { state: verdict, text } = verdictOf(summariesOf(lights), "arrival");
  const worst = flags.find((flag) => flag.state === "bad");
  return {
    run,
    flags,
    verdict,
    text: verdict === "bad" && worst !== undefined ? `bad: ${worst.reason}` : text,
  };
}

/** The lights in the form that the verdict on a run needs. */
function summariesOf(lights: readonly LightHistory[]): Record<string, LightSummary> {
  return Object.fromEntries(
    lights.map(({ light, spans }): [string, LightSummary] => {
      const known = total(spans.map(({ from_ms, to_ms }) => to_ms - from_ms));
      const time: LightSummary["time"] = {};
      for (const { state, from_ms, to_ms } of spans)
        time[runStates[state]] = (time[runStates[state]] ?? 0) + (to_ms - from_ms) / known;
      const named = spans.map(({ state, from_ms, to_ms }) => ({
        ...{ state: runStates[state], rule: null, from_ms, to_ms, windows: 0, hits: 0 },
      }));
      return [runLightName(light), { spans: named, spans_left_out: 0, time, hits: {} }];
    }),
  );
}

/** chamber 1 → chamber:1, scintillator → timing:scintillator, data → path */
function runLightName(light: string): string {
  if (light === "whole") return light;
  if (light === "data") return "path";
  return light.startsWith("chamber ") ? light.replace(" ", ":") : `timing:${light}`;
}

/** Extremes of the hit rate, in total and per chamber, and of rejected rows, with their times. */
function peaksOf(trend: TrendColumns, windowMs: number, nameOf: (chamber: number) => string): Peak[] {
  const { start_ms, hits, hits_chamber, rows, malformed, unmapped } = trend;
  const peaks: Peak[] = [];
  const add = (name: string, unit: string, values: readonly number[], wanted: "highest" | "lowest"): void => {
    const best = wanted === "highest" ? Math.max(...values) : Math.min(...values);
    const at = values.indexOf(best);
    if (at >= 0) peaks.push({ name, value: best, unit, at_ms: start_ms[at] as number });
  };
  if (start_ms.length === 0) return peaks;
  const perSecond = (counts: readonly number[]): number[] =>
    counts.map((count, i) => (1000 * count) / Math.max(1, (trend.windows[i] ?? 1) * windowMs));
  add("highest hit rate", "Hz", perSecond(hits), "highest");
  add("lowest hit rate", "Hz", perSecond(hits), "lowest");
  hits_chamber.forEach((counts, chamber) => {
    add(`highest hit rate, chamber ${nameOf(chamber)}`, "Hz", perSecond(counts), "highest");
  });
  const share = (counts: readonly number[]): number[] =>
    counts.map((count, i) => (100 * count) / Math.max(1, rows[i] ?? 0));
  add("highest share of malformed rows", "%", share(malformed), "highest");
  add("highest share of unmapped rows, with the read-out's own", "%", share(unmapped), "highest");
  return peaks;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
