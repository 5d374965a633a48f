/** The times of a report that are known to be good, and those that it does not know: without windows or judgement. */
import {
  merged,
  within,
  type Alarm,
  type LightHistory,
  type TimeSpan,
  type UnjudgedSpan,
} from "../../../pipeline/model/index.js";

/** Number of windows that may still be on their way at the end of a report. */
const windowsOnTheWay = 4;

/** @param recorded disjoint spans within `span`, by ascending time */
export function notRecorded(
  recorded: readonly TimeSpan[],
  span: TimeSpan,
  { nowMs, windowMs }: { nowMs: number; windowMs: number },
): TimeSpan[] {
  const gaps = gapsBetween(recorded, span);
  const last = gaps.at(-1);
  const isOnTheWay = last?.to_ms === span.to_ms && nowMs - last.from_ms <= windowsOnTheWay * windowMs;
  return isOnTheWay ? gaps.slice(0, -1) : gaps;
}

export function notJudged(lights: readonly LightHistory[], span: TimeSpan): UnjudgedSpan[] {
  const spans = lights.find(({ light }) => light === "whole")?.spans ?? [];
  const none = spans.filter(({ state }) => state === "none");
  const unknown = gapsBetween(spans, span).map((gap) => ({ ...gap, reason: "no judgement recorded" }));
  return [...none, ...unknown]
    .map(({ from_ms, to_ms, reason }) => ({ from_ms, to_ms, reason }))
    .sort((a, b) => a.from_ms - b.from_ms);
}

/**
 * Times for an analysis: the light of the whole is good, data is recorded, and no alarm was raised later about a fault
 * that probably had begun.
 */
export function goodTimes(
  lights: readonly LightHistory[],
  alarms: readonly Alarm[],
  lost: readonly TimeSpan[],
): TimeSpan[] {
  const spans = lights.find(({ light }) => light === "whole")?.spans ?? [];
  const faults = alarms.map(({ after_ms, raised_ms, cleared_ms }) => ({
    from_ms: Math.min(after_ms ?? raised_ms, raised_ms),
    to_ms: cleared_ms ?? Infinity,
  }));
  const excluded = merged([...faults, ...lost]);
  return spans
    .filter(({ state }) => state === "good")
    .flatMap((span) => gapsBetween(within(excluded, span), span));
}

function gapsBetween(spans: readonly TimeSpan[], { from_ms, to_ms }: TimeSpan): TimeSpan[] {
  const ends = [from_ms, ...spans.map((one) => one.to_ms)];
  const starts = [...spans.map((one) => one.from_ms), to_ms];
  return ends.flatMap((end, i) => {
    const start = starts[i] as number;
    return start > end ? [{ from_ms: end, to_ms: start }] : [];
  });
}
