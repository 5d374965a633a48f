/** Builds a shift report from the store. */
import {
  byLedgerKey,
  lengthOf,
  maxTrendPoints,
  shiftReportSchema,
  within,
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
  type TimeSpan,
  type TrendColumns,
} from "../../../pipeline/model/index.js";
import type { SpanRequest } from "../../../pipeline/model/schema/requests.js";
import type { LightSummary } from "../quality/light-record.js";
import { runStates } from "../quality/run-judge.js";
import { verdictOf, withGaps } from "../quality/run-verdict.js";
import type { Store } from "../store/index.js";
import { goodTimes, notJudged, notRecorded } from "./coverage.js";
import type { Monitor } from "./monitor.js";

const maxSpans = 500;
const maxAlarms = 500;
/** Maximum number of remarks and of runs in one report. */
export const [maxRemarks, maxRuns] = [2000, 200];
/** Three hours in minutes; longer shifts have longer points. */
const quantityPoints = 200;

type Coverage = Pick<ShiftReport, "not_recorded" | "not_judged">;

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
  const windowMs = status?.window_ms ?? 5000;
  const known: Coverage = {
    not_recorded: notRecorded(
      store.recorded(from_ms, untilMs),
      { from_ms, to_ms: untilMs },
      { nowMs, windowMs },
    ),
    not_judged: notJudged(exact, { from_ms, to_ms: untilMs }),
  };
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
    ...systemOf(status),
    rules: quality?.rules ?? null,
    compared_with: quality?.compared_with ?? null,
    ...known,
    good_times: goodTimes(exact, alarms, known.not_recorded),
    lights: lights.map((light, i) => ({ ...light, time: timeOf(exact[i] ?? light, to_ms - from_ms) })),
    alarms,
    remarks,
    runs: runs.reverse().map((run) => reportedRun(run, store, { from_ms, to_ms: untilMs }, known)),
    peaks: peaksOf(trend, windowMs, monitor.nameOf),
    windows: total(trend.windows),
    ledger: byLedgerKey((key) => total(trend[key])),
    known_unmapped: knownIn(trend),
    ...quantitiesIn({ from_ms, to_ms: untilMs }, monitor),
    left_out: [
      ...(alarms.length >= maxAlarms ? [`only the ${maxAlarms} newest alarms are listed`] : []),
      ...(remarks.length >= maxRemarks ? [`only the ${maxRemarks} newest remarks are listed`] : []),
    ],
  };
}

/** No span begins before the report or ends after it. */
function quantitiesIn(
  { from_ms, to_ms }: SpanRequest,
  { quantities }: Monitor,
): Pick<ShiftReport, "quantities" | "quantity_extremes"> {
  quantities.measureNow();
  const clipped = <T extends TimeSpan>(one: T): T => ({
    ...one,
    from_ms: Math.max(one.from_ms, from_ms),
    to_ms: Math.min(one.to_ms, to_ms),
  });
  const all = quantities.read({ from_ms, to_ms, points: quantityPoints }, []);
  // A minute that has just begun has few counts.
  const whole = all.filter((point) => 2 * to_ms >= point.from_ms + point.to_ms);
  const points = (whole.length > 0 ? whole : all).map(clipped);
  return {
    quantities: points,
    quantity_extremes: quantities.extremes({ from_ms, to_ms }, points).map((one) => ({
      ...one,
      lowest: clipped(one.lowest),
      highest: clipped(one.highest),
    })),
  };
}

function systemOf(status: SystemStatus | null): Pick<ShiftReport, "stream" | "source" | "demo" | "version"> {
  const { stream = "", source = "", demo = false, version = "" } = status ?? {};
  return { stream, source, demo, version };
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

function reportedRun(run: Run, store: Store, span: SpanRequest, known: Coverage): ReportedRun {
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
  const judged = verdictOf(summariesOf(lights), "arrival");
  const worst = flags.find((flag) => flag.state === "bad");
  const isBad = judged.state === "bad" && worst !== undefined;
  const unknown =
    to > from && judged.state !== "no_data" ? unknownWords({ from_ms: from, to_ms: to }, known) : [];
  const named = isBad ? { ...judged, text: `bad: ${worst.reason}` } : judged;
  const { state: verdict, text } = withGaps(named, unknown);
  return { run, flags, verdict, text };
}

/** Shorter times without a judgement, such as those until the first window, are not mentioned. */
const minUnjudged = 0.01;

/** What the verdict on a run does not cover. */
function unknownWords(run: TimeSpan, { not_recorded, not_judged }: Coverage): string[] {
  const length = run.to_ms - run.from_ms;
  const [gaps, silence] = [within(not_recorded, run), within(not_judged, run)];
  const lost = lengthOf(gaps) / length;
  const both = lengthOf(gaps.flatMap((gap) => within(silence, gap)));
  const unjudged = (lengthOf(silence) - both) / length;
  const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} % of its time`;
  return [
    ...(lost > 0 ? [`no data recorded for ${percent(lost)}`] : []),
    ...(unjudged > minUnjudged ? [`data not judged for ${percent(unjudged)}`] : []),
  ];
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

/** Extremes of the hit rate, in total and per chamber, and of rejected rows, with their times, in full windows. */
function peaksOf(trend: TrendColumns, windowMs: number, nameOf: (chamber: number) => string): Peak[] {
  const { start_ms, hits, hits_chamber, rows, malformed, unmapped } = trend;
  const peaks: Peak[] = [];
  const add = (name: string, unit: string, values: readonly number[], wanted: "highest" | "lowest"): void => {
    const full = values.filter((_, i) => trend.partial[i] === 0);
    if (full.length === 0) return;
    const best = wanted === "highest" ? Math.max(...full) : Math.min(...full);
    const at = values.findIndex((value, i) => value === best && trend.partial[i] === 0);
    peaks.push({ name, value: best, unit, at_ms: start_ms[at] as number });
  };
  const perSecond = (counts: readonly number[]): number[] =>
    counts.map((count, i) => (1000 * count) / Math.max(1, (trend.windows[i] ?? 1) * windowMs));
  add("highest hit rate", "Hz", perSecond(hits), "highest");
  add("lowest hit rate", "Hz", perSecond(hits), "lowest");
  hits_chamber.forEach((counts, chamber) => {
    add(`highest hit rate, chamber ${nameOf(chamber)}`, "Hz", perSecond(counts), "highest");
  });
  const share = (counts: readonly number[]): number[] =>
    counts.map((count, i) => (100 * count) / Math.max(1, rows[i] ?? 0));
  // A share of zero is the usual state and has no time.
  const addShare = (name: string, counts: readonly number[]): void => {
    if (counts.some((count, i) => count > 0 && trend.partial[i] === 0))
      add(name, "%", share(counts), "highest");
  };
  addShare("highest share of malformed rows", malformed);
  const own = knownIn(trend) === null ? null : trend.known_unmapped;
  addShare(
    `highest share of unmapped rows${own === null ? ", with the read-out's own" : ""}`,
    unmapped.map((count, i) => count - (own?.[i] ?? 0)),
  );
  return peaks;
}

/** Null if a bucket does not have the number. */
function knownIn({ known_unmapped: known = [], start_ms }: TrendColumns): number | null {
  const numbers = known.filter((one) => one !== null);
  return numbers.length === start_ms.length ? total(numbers) : null;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
