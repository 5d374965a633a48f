/**
 * Converts changes of a light to spans of one state. If there are too many, short spans are merged, with the most
 * severe state.
 */
import { bySeverity, type LightSpan, type QualityChange } from "../../../pipeline/model/index.js";

interface Axis {
  fromMs: number;
  toMs: number;
  /** Maximum number of spans. */
  points: number;
}

/** @param changes oldest first; the first may be before the axis */
export function spansOf(changes: readonly QualityChange[], axis: Axis): LightSpan[] {
  const { fromMs, toMs, points } = axis;
  const spans = changes.flatMap(({ at_ms, to, reason }, i): LightSpan[] => {
    const [from_ms, to_ms] = [Math.max(fromMs, at_ms), Math.min(toMs, changes[i + 1]?.at_ms ?? toMs)];
    return to_ms > from_ms ? [{ from_ms, to_ms, state: to, reason }] : [];
  });
  const exact = joined(spans);
  return exact.length <= points ? exact : joined(coarse(exact, axis));
}

/** One span per bucket of the axis. */
function coarse(spans: readonly LightSpan[], { fromMs, toMs, points }: Axis): LightSpan[] {
  const bucketMs = (toMs - fromMs) / points;
  const first = spans[0]?.from_ms ?? toMs;
  let next = 0;
  return Array.from({ length: points }, (_, i) => i).flatMap((i): LightSpan[] => {
    const [from_ms, to_ms] = [Math.max(first, fromMs + i * bucketMs), fromMs + (i + 1) * bucketMs];
    while ((spans[next]?.to_ms ?? Infinity) <= from_ms) next += 1;
    const inside: LightSpan[] = [];
    for (let at = next; (spans[at]?.from_ms ?? Infinity) < to_ms; at += 1)
      inside.push(spans[at] as LightSpan);
    const [worst] = inside.sort(bySeverity);
    return worst === undefined || to_ms <= from_ms ? [] : [{ ...worst, from_ms, to_ms }];
  });
}

/** Merges adjacent spans of the same state and reason. */
function joined(spans: readonly LightSpan[]): LightSpan[] {
  const all: LightSpan[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last?.to_ms === span.from_ms && last.state === span.state && last.reason === span.reason)
      last.to_ms = span.to_ms;
    else all.push({ ...span });
  }
  return all;
}
