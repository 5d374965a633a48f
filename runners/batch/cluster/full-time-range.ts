/** Determines which arrival-time windows lie completely in a range of a topic. */
import { windowIdAt, fullTimeRange, type ResultSpan } from "../../../pipeline/model/index.js";
import type { TopicPosition } from "../../kafka/index.js";

/** Facts about one partition's range after it has been read. */
export interface ReadRange {
  from: bigint;
  to: bigint;
  /** First and end offset of the partition. */
  low: bigint;
  high: bigint;
  /** The requested positions. */
  fromPlace: TopicPosition;
  toPlace: TopicPosition;
  /** Times of the first and the last record read; null without a record. */
  firstMs: number | null;
  lastMs: number | null;
}

/**
 * A window is complete when the range of every partition begins before it and ends after it. If the records do not
 * show the end of a range, no window is complete.
 * @param settledMs when the ends of the range were determined; windows from then on can get more rows
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

/** From this time on, the range contains every record from its partition up to the end of the range. */
function wholeFrom({ from, low, fromPlace, firstMs }: ReadRange, settledMs: number): number {
  if (from === 0n) return -Infinity;
  // If older records of the partition were deleted, its first record can be later than the requested time.
  if (fromPlace.kind === "time" && from > low) return fromPlace.ms;
  return firstMs ?? settledMs;
}

/** Up to this time, the range contains every record from its partition since the start of the range. */
function wholeTo({ to, high, toPlace, lastMs }: ReadRange): number {
  if (toPlace.kind === "latest" || to >= high) return Infinity;
  return toPlace.kind === "time" ? toPlace.ms : (lastMs ?? -Infinity);
}
