/** Writes windows to the store, and updates their minutes and hours. */
import type { WindowMessage } from "../../../pipeline/model/index.js";
import type { Database, Row, Value } from "./database.js";
import { knownColumn, numberColumns } from "./schema.js";
import { hourMs, minuteMs } from "./trends.js";
import { sumCells } from "./window-row.js";

/** @param rowOf returns the values of a window's row */
export function writeWindows(
  db: Database,
  messages: readonly WindowMessage[],
  rowOf: (message: WindowMessage) => Value[],
): void {
  for (const message of messages) insertWindow(db, rowOf(message));
  for (const minute of startsOf(messages, minuteMs)) sumMinute(db, minute);
  for (const hour of startsOf(messages, hourMs)) sumHour(db, hour);
}

function insertWindow(db: Database, values: Value[]): void {
  const marks = values.map(() => "?").join(", ");
  db.run(`INSERT OR REPLACE INTO windows VALUES (${marks})`, values);
}

/** Rebuilds a minute from its windows, unless some of them are already deleted. */
function sumMinute(db: Database, startMs: number): void {
  const oldest = db.get("SELECT min(start_ms) AS oldest FROM windows")?.["oldest"] as number;
  const known = db.get("SELECT 1 AS one FROM trend WHERE start_ms = ?", [startMs]);
  if (known !== null && startMs < oldest - (oldest % minuteMs)) return;
  const rows = db.all("SELECT * FROM windows WHERE start_ms >= ? AND start_ms < ?", [
    startMs,
    startMs + minuteMs,
  ]);
  const sum = (name: string): number | null => sumOf(rows, name);
  const corrected = rows.filter((row) => (row["revision"] as number) > 0).length;
  const numbers = [...numberColumns.map(sum), knownOf(rows)];
  const values = [startMs, rows.length, corrected, sum("partial"), ...numbers, sumCells(rows)];
  db.run(`INSERT OR REPLACE INTO trend VALUES (${values.map(() => "?").join(", ")})`, values);
}

/** Rebuilds an hour from its minutes. */
export function sumHour(db: Database, startMs: number): void {
  const rows = db.all("SELECT * FROM trend WHERE start_ms >= ? AND start_ms < ?", [
    startMs,
    startMs + hourMs,
  ]);
  const sum = (name: string): number | null => sumOf(rows, name);
  const counts = ["windows", "corrected", "partial", ...numberColumns].map(sum);
  const values = [startMs, ...counts, knownOf(rows), sumCells(rows)];
  db.run(`INSERT OR REPLACE INTO hours VALUES (${values.map(() => "?").join(", ")})`, values);
}

/** Sum over the rows; null if no row has a number. */
function sumOf(rows: readonly Row[], name: string): number | null {
  return rows.reduce<number | null>((total, row) => {
    const value = row[name] as number | null;
    return value === null ? total : (total ?? 0) + value;
  }, null);
}

/** Sum of the known unmapped rows; null if a row does not have their number. */
function knownOf(rows: readonly Row[]): number | null {
  return rows.some((row) => row[knownColumn] === null) ? null : sumOf(rows, knownColumn);
}

/** Starts of the buckets that contain these windows. */
function startsOf(messages: readonly WindowMessage[], bucketMs: number): Set<number> {
  return new Set(messages.map(({ window }) => Math.floor(window.start_ms / bucketMs) * bucketMs));
}
