/** The beginning of the data, for the usual start of a shift's report. */
import type { StoreStatus } from "../../../pipeline/model/index.js";

const minuteMs = 60_000;

/** Start of the oldest data in the store, rounded up to a second, ms; null if not known. */
export function firstDataMs(store: StoreStatus | null | undefined): number | null {
  const { oldest_window_ms: window = null, oldest_trend_ms: minute = null } = store ?? {};
  if (minute === null) return window === null ? null : secondAfter(window);
  // The first minute begins with its first window, which is exact while it is kept.
  const isExact = window !== null && window - minute < minuteMs;
  return secondAfter(isExact ? window : minute);
}

const secondAfter = (ms: number): number => Math.ceil(ms / 1000) * 1000;
