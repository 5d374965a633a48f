/** Which windows of arrival time a range of a topic holds whole. */
import { windowIdAt, fullTimeRange, type ResultSpan } from "../../../pipeline/model/index.js";
import type { TopicPosition } from "../../kafka/index.js";

/** Facts about one partition's range after it has been read. */
export interface ReadRange {
  from: bigint;
  to: bigint;
  /** Ends of the partition. */
  low: bigint;
  high: bigint;
  /** The places that were asked for. */
  fromPlace: TopicPosition;
  toPlace: TopicPosition;
  /** Times of the first and the last record that was read; null without one. */
  firstMs: number | null;
  lastMs: number | null;
}

/**
 * A window is whole when no partition's range begins or ends within it, or after or before it: it holds rows of all
 * partitions. If the records do not show the end of a range, no window is whole.
 * @param settledMs when the ends of the range were settled: later rows can fall into the windows from then on
 */
export function fullTimeRangeOf(
  ranges: readonly ReadRange[],
  windowMs: number,
  settledMs: number,
): ResultSpan {
  const settledStartMs = windowIdAt(settledMs, windowMs) * windowMs;
  return {
    ...fullTimeRange,
    wholeFromMs: Math.max(fullTimeRange.wholeFromMs, ...ranges.map((range) => wholeFrom(range, settledMs))),
    wholeToMs: Math.max(fullTimeRange.wholeFromMs, Math.min(settledStartMs, ...ranges.map(wholeTo))),
  };
}

/** From this time on the range leaves out no earlier record of its partition. */
function wholeFrom({ from, low, fromPlace, firstMs }: ReadRange, settledMs: number): number {
  if (from === 0n) return -Infinity;
  // The first of a partition that has lost older records can be later than the time that was asked for.
  if (fromPlace.kind === "time" && from > low) return fromPlace.ms;
  return firstMs ?? settledMs;
}

/** Up to this time the range leaves out no later record of its partition. */
function wholeTo({ to, high, toPlace, lastMs }: ReadRange): number {
  if (toPlace.kind === "latest" || to >= high) return Infinity;
  return toPlace.kind === "time" ? toPlace.ms : (lastMs ?? -Infinity);
}
