/** Reads trend points of windows from columns, without unpacking messages. */
import { byLedgerKey, type PointsRequest, type TrendPoint } from "../../../pipeline/model/index.js";
import type { Database, Row } from "./database.js";
import { hitColumns, numberColumns } from "./schema.js";

const columns = ["id", "start_ms", "end_ms", "revision", "partial", ...numberColumns].join(", ");

export function readPoints(db: Database, { direction, ms, limit }: PointsRequest): TrendPoint[] {
  if (direction === "after") {
    const sql = `SELECT ${columns} FROM windows WHERE start_ms > ? ORDER BY start_ms LIMIT ?`;
    return db.all(sql, [ms, limit]).map(pointOfRow);
  }
  const sql = `SELECT ${columns} FROM windows WHERE start_ms < ? ORDER BY start_ms DESC LIMIT ?`;
  return db.all(sql, [ms, limit]).reverse().map(pointOfRow);
}

function pointOfRow(row: Row): TrendPoint {
  const number = (name: string): number => row[name] as number;
  return {
    msg_ID: number("id"),
    start_ms: number("start_ms"),
    end_ms: number("end_ms"),
    hit_count: number("hits"),
    hit_count_chamber: hitColumns.flatMap((name) => (row[name] === null ? [] : [number(name)])),
    ledger: byLedgerKey(number),
    partial: number("partial") === 1,
    revision: number("revision"),
  };
}
