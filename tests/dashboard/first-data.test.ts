/** The usual start of a shift's report is the first data. */
import { expect, it } from "vitest";
import { firstDataMs } from "../../dashboard/src/live/first-data.js";

it.each([
  // The first window is in the first minute: exact, rounded up to a second.
  [61_300, 60_000, 62_000],
  // Whole windows are kept for a shorter time than minutes.
  [9_000_500, 60_000, 60_000],
  [5_000, null, 5_000],
  [null, null, null],
])("window %j, minute %j: begins at %j", (oldest_window_ms, oldest_trend_ms, begin) => {
  const store = {
    state: "ok",
    problem: null,
    bytes: 0,
    max_bytes: 1,
    oldest_window_ms,
    oldest_trend_ms,
  } as const;
  expect(firstDataMs(store)).toBe(begin);
  expect(firstDataMs(null)).toBeNull();
});
