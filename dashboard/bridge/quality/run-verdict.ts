/** The verdict on a run in one line, and the times usable for analysis. */
import type { LightSummary, StateSpan } from "./light-record.js";
import type { RunSummary } from "./run-judge.js";

export interface RunVerdict {
  state: "good" | "good_except" | "bad" | "no_data";
  /** Text for people: "good except chamber 2 from ... to ...". */
  text: string;
  /** Times [from, to), ms, in which the whole detector was good or had too few hits to be judged. */
  good_ms: [from: number, to: number][];
}

/** Above this bad fraction of its time, a run is not a good run with exceptions. */
const badTime = 0.5;
const namedSpans = 5;

/** @param time clock of the windows, which determines the format of times */
export function verdictOf(
  lights: Readonly<Record<string, LightSummary>>,
  time: "arrival" | "detector",
): RunVerdict {
  const whole = lights["whole"];
  if (whole === undefined) return { state: "no_data", text: "no window", good_ms: [] };
  const good_ms = joined(whole.spans.filter(({ state }) => state === "good" || state === "too_few"));
  if (whole.time.good === undefined && !hasFault(whole)) {
    const text = whole.time.too_few === undefined ? "no data" : "not judged: too few hits";
    return { state: "no_data", text, good_ms: [] };
  }
  if ((whole.time.bad ?? 0) > badTime) {
    const { rule } = whole.spans.find(({ state }) => state === "bad") ?? { rule: null };
    return { state: "bad", text: rule === null ? "bad" : `bad: ${rule}`, good_ms };
  }
  const exceptions = exceptionsOf(lights, time);
  if (exceptions.length === 0) return { state: "good", text: "good", good_ms };
  const named = exceptions.slice(0, namedSpans).join(", ");
  const others = exceptions.length > namedSpans ? ` and ${exceptions.length - namedSpans} more` : "";
  return { state: "good_except", text: `good except ${named}${others}`, good_ms };
}

/** A verdict on data that are not complete: the gaps, in words, follow its text, and the run is not simply good. */
export function withGaps(verdict: RunVerdict, gaps: readonly string[]): RunVerdict {
  if (gaps.length === 0) return verdict;
  const state = verdict.state === "good" ? "good_except" : verdict.state;
  return { ...verdict, state, text: [verdict.text, ...gaps].join(", ") };
}

/**
 * The summary of a run whose inputs could not all be read completely.
 * @param unreadable names of these inputs, whose missing rows can belong to any run
 */
export function withUnreadable<T extends RunSummary>(summary: T, unreadable: readonly string[]): T {
  if (unreadable.length === 0) return summary;
  const words = unreadable.length === 1 ? "an input" : `${unreadable.length} inputs`;
  const verdict = withGaps(summary.verdict, [`but ${words} could not be read completely`]);
  return { ...summary, verdict, unreadable };
}

function exceptionsOf(
  lights: Readonly<Record<string, LightSummary>>,
  time: "arrival" | "detector",
): string[] {
  const parts = Object.entries(lights).filter(([name, light]) => name !== "whole" && hasFault(light));
  // If only the light of the whole detector shows a fault, no part can be named.
  const shown = parts.length > 0 ? parts : Object.entries(lights).filter(([, light]) => hasFault(light));
  const spans = shown.flatMap(([name, light]) => faultsOf(light).map((span) => ({ name, span })));
  spans.sort((a, b) => a.span.from_ms - b.span.from_ms);
  return spans.map(
    ({ name, span }) =>
      `${wordsOf(name)} from ${timeText(span.from_ms, time)} to ${timeText(span.to_ms, time)}`,
  );
}

function hasFault({ time }: LightSummary): boolean {
  return time.warning !== undefined || time.bad !== undefined;
}

function faultsOf({ spans }: LightSummary): { from_ms: number; to_ms: number }[] {
  return joined(spans.filter(({ state }) => state === "warning" || state === "bad")).map(
    ([from_ms, to_ms]) => ({
      from_ms,
      to_ms,
    }),
  );
}

/** Joins adjacent spans. */
function joined(spans: readonly StateSpan[]): [number, number][] {
  const times: [number, number][] = [];
  for (const { from_ms, to_ms } of spans) {
    const last = times.at(-1);
    if (last?.[1] === from_ms) last[1] = to_ms;
    else times.push([from_ms, to_ms]);
  }
  return times;
}

function wordsOf(light: string): string {
  if (light === "path") return "the data path";
  if (light.startsWith("timing:")) return light.slice("timing:".length);
  return light.replace(":", " ");
}

/** Arrival time as a date, detector time as seconds since orbit 0. */
function timeText(ms: number, time: "arrival" | "detector"): string {
  if (time === "detector") return `${Number((ms / 1000).toFixed(3))} s`;
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
