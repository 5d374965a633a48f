/** The times for which windows are stored: exact while the windows are kept, to the minute before. */
import { merged, within, type TimeSpan } from "../../../pipeline/model/index.js";
import type { Database, Row } from "./database.js";
import { minuteMs } from "./trends.js";

/** @returns disjoint spans within [from, to), by ascending time */
export function readRecorded(db: Database, fromMs: number, toMs: number, windowMs: number): TimeSpan[] {
  const windows = db.all(
    "SELECT start_ms, end_ms FROM windows WHERE end_ms > ? AND start_ms < ? ORDER BY start_ms",
    [fromMs, toMs],
  );
  const oldest = db.get("SELECT min(start_ms) AS oldest FROM windows")?.["oldest"] as number | null;
  const minutes = db.all(
    "SELECT start_ms, windows FROM trend WHERE start_ms > ? AND start_ms < ? ORDER BY start_ms",
    [fromMs - minuteMs, Math.min(toMs, oldest ?? toMs)],
  );
  const exact = windows.map((row) => ({
    from_ms: row["start_ms"] as number,
    to_ms: row["end_ms"] as number,
  }));
  const spans = merged([...spansOfMinutes(minutes, windowMs), ...exact]);
  return within(spans, { from_ms: fromMs, to_ms: toMs });
}

/** A minute counts as recorded for the length of its windows: at its end if the recording began within it. */
function spansOfMinutes(rows: readonly Row[], windowMs: number): TimeSpan[] {
  return rows.map((row, i) => {
    const start = row["start_ms"] as number;
    const length = Math.min(minuteMs, (row["windows"] as number) * windowMs);
    const follows = rows[i - 1]?.["start_ms"] === start - minuteMs;
    const from_ms = follows ? start : start + minuteMs - length;
    return { from_ms, to_ms: from_ms + length };
  });
}
