/** Deletes old data: by age, and the oldest first when the store is too large. */
import { maxReportMs } from "../../../pipeline/model/index.js";
import type { Database } from "./database.js";

export interface Keep {
  /** Retention times of whole windows and of minutes, ms before the newest window. */
  windowsMs: number;
  trendMs: number;
}

const maxAlarms = 10_000;
const maxChanges = 100_000;
const maxRuns = 10_000;
const maxRemarks = 10_000;
/** Minutes of derived quantities are kept for the longest report; older ones would slow down trends of months. */
const minutesMs = maxReportMs;
/** Above this fraction of the maximum size, the oldest windows are deleted. */
const fullFraction = 0.9;

export function prune(db: Database, keep: Keep, maxBytes: number): void {
  const newest = db.get("SELECT max(start_ms) AS newest FROM windows")?.["newest"] as number | null;
  if (newest !== null) {
    db.run("DELETE FROM windows WHERE start_ms < ?", [newest - keep.windowsMs]);
    db.run("DELETE FROM trend WHERE start_ms < ?", [newest - keep.trendMs]);
    db.run("DELETE FROM hours WHERE start_ms < ?", [newest - keep.trendMs]);
    db.run("DELETE FROM quantities WHERE start_ms < ?", [newest - keep.trendMs]);
    db.run(
      "UPDATE quantities SET body = json_remove(body, '$.minutes') WHERE start_ms < ? AND start_ms >= ? AND body LIKE '%\"minutes\"%'",
      [newest - minutesMs, newest - 2 * minutesMs],
    );
  }
  db.run(
    "DELETE FROM alarms WHERE cleared_ms IS NOT NULL AND rowid NOT IN (SELECT rowid FROM alarms ORDER BY raised_ms DESC LIMIT ?)",
    [maxAlarms],
  );
  db.run("DELETE FROM changes WHERE number <= (SELECT max(number) FROM changes) - ?", [maxChanges]);
  db.run(
    "DELETE FROM runs WHERE started_ms NOT IN (SELECT started_ms FROM runs ORDER BY started_ms DESC LIMIT ?)",
    [maxRuns],
  );
  db.run("DELETE FROM remarks WHERE rowid NOT IN (SELECT rowid FROM remarks ORDER BY from_ms DESC LIMIT ?)", [
    maxRemarks,
  ]);
  if (db.bytes > fullFraction * maxBytes) pruneHarder(db);
}

/** Deletes a tenth of the windows, at least one; without windows, a tenth of the minutes. */
export function pruneHarder(db: Database): void {
  for (const table of ["windows", "trend"]) {
    const count = Number(db.get(`SELECT count(*) AS count FROM ${table}`)?.["count"] ?? 0);
    if (count === 0) continue;
    const part = Math.ceil(count / 10);
    db.run(
      `DELETE FROM ${table} WHERE start_ms IN (SELECT start_ms FROM ${table} ORDER BY start_ms LIMIT ?)`,
      [part],
    );
    return;
  }
}
