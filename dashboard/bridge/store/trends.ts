/**
 * Trends from the store: single windows while they are kept, minutes for earlier times, hours for long time ranges.
 */
import {
  byLedgerKey,
  maxTrendPoints,
  type CellTrend,
  type CellTrendRequest,
} from "../../../pipeline/model/index.js";
import type { TrendColumns, TrendRequest } from "../../../pipeline/model/index.js";
import type { Database, Row } from "./database.js";
import { hitColumns, knownColumn, numberColumns } from "./schema.js";
import { cellIn } from "./window-row.js";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

interface Plan {
  table: "windows" | "trend" | "hours";
  bucketMs: number;
}

/** Selects single windows if they reach back far enough and are not too many, else minutes or hours. */
function planOf(db: Database, { from_ms, to_ms, points }: TrendRequest, windowMs: number): Plan {
  const wanted = Math.max(1, Math.min(points, maxTrendPoints));
  const span = Math.max(1, to_ms - from_ms);
  if (span / wanted >= hourMs / 2)
    return { table: "hours", bucketMs: Math.ceil(span / wanted / hourMs) * hourMs };
  const oldest = db.get("SELECT min(start_ms) AS oldest FROM windows")?.["oldest"] as number | null;
  const known = db.get("SELECT min(start_ms) AS oldest FROM trend")?.["oldest"] as number | null;
  const reaches = oldest !== null && (from_ms >= oldest || known === null || known >= oldest - minuteMs);
  // Minutes give the same sums at less cost.
  const table = reaches && span / wanted < minuteMs ? "windows" : "trend";
  const unit = table === "windows" ? windowMs : minuteMs;
  return { table, bucketMs: Math.max(1, Math.ceil(span / wanted / unit)) * unit };
}

export function readTrend(db: Database, request: TrendRequest, windowMs: number): TrendColumns {
  const { table, bucketMs } = planOf(db, request, windowMs);
  const known = `CASE WHEN count(${knownColumn}) = count(*) THEN sum(${knownColumn}) END AS ${knownColumn}`;
  const sums = [...numberColumns.map((name) => `sum(${name}) AS ${name}`), known].join(", ");
  const counts =
    table === "windows"
      ? "count(*) AS windows, sum(revision > 0) AS corrected, sum(partial) AS partial"
      : "sum(windows) AS windows, sum(corrected) AS corrected, sum(partial) AS partial";
  const rows = db.all(
    `SELECT (start_ms / ?) * ? AS bucket, ${counts}, ${sums} FROM ${table} WHERE start_ms >= ? AND start_ms < ? GROUP BY bucket ORDER BY bucket LIMIT ?`,
    [bucketMs, bucketMs, firstOf(request, bucketMs), request.to_ms, maxTrendPoints + 1],
  );
  const column = (name: string): number[] => rows.map((row) => row[name] as number);
  return {
    bucket_ms: bucketMs,
    start_ms: column("bucket"),
    windows: column("windows"),
    ...byLedgerKey(column),
    known_unmapped: rows.map((row) => row[knownColumn] as number | null),
    hits_chamber: chamberColumns(rows),
    corrected: column("corrected"),
    partial: column("partial"),
  };
}

/** Hits of all chambers that occur in any bucket; 0 in buckets of set-ups without them. */
function chamberColumns(rows: readonly Row[]): number[][] {
  const last = hitColumns.findLastIndex((name) => rows.some((row) => row[name] !== null));
  return hitColumns.slice(0, last + 1).map((name) => rows.map((row) => (row[name] as number | null) ?? 0));
}

export function emptyTrend(bucket_ms: number): TrendColumns {
  const counts = byLedgerKey((): number[] => []);
  const hits_chamber: number[][] = [];
  const others = { known_unmapped: [], hits_chamber, corrected: [], partial: [] };
  return { bucket_ms, start_ms: [], windows: [], ...counts, ...others };
}

/** Buckets are complete, so the first may begin before the requested time. */
function firstOf({ from_ms }: TrendRequest, bucketMs: number): number {
  return Math.floor(from_ms / bucketMs) * bucketMs;
}

export function readCellTrend(db: Database, request: CellTrendRequest, windowMs: number): CellTrend {
  const { table, bucketMs } = planOf(db, request, windowMs);
  const windows = table === "windows" ? "1" : "windows";
  // Read only the four bytes of this cell.
  const place = 4 * (request.chamber * 64 + request.cell) + 1;
  const rows = db.all(
    `SELECT start_ms, ${windows} AS windows, substr(cells, ${place}, 4) AS cells FROM ${table} WHERE start_ms >= ? AND start_ms < ? ORDER BY start_ms`,
    [firstOf(request, bucketMs), request.to_ms],
  );
  return bucketed(rows, bucketMs);
}

function bucketed(rows: readonly Row[], bucketMs: number): CellTrend {
  const trend: CellTrend = { bucket_ms: bucketMs, start_ms: [], windows: [], hits: [] };
  for (const row of rows) {
    const start = Math.floor((row["start_ms"] as number) / bucketMs) * bucketMs;
    if (trend.start_ms.at(-1) !== start) {
      trend.start_ms.push(start);
      trend.windows.push(0);
      trend.hits.push(0);
    }
    const last = trend.start_ms.length - 1;
    trend.windows[last] = (trend.windows[last] as number) + (row["windows"] as number);
    trend.hits[last] = (trend.hits[last] as number) + cellIn(row["cells"] as Uint8Array, 0);
  }
  return trend;
}
