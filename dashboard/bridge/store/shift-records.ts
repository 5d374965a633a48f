/** Stored records of a shift: remarks, derived quantities, and the states of the lights over time. */
import type {
  Alarm,
  LightHistory,
  QualityChange,
  QuantityPoint,
  Remark,
} from "../../../pipeline/model/index.js";
import type { StoreCore } from "./core.js";
import type { Database, Row } from "./database.js";
import { spansOf } from "./light-spans.js";

/** Maximum number of changes of a light to read for one answer. */
const maxChangesRead = 20_000;

/** The quantities of a bin, and of its minutes. */
export interface StoredQuantities extends QuantityPoint {
  /** Ascending; absent in bins of older versions, and if windows are longer than a minute. */
  minutes?: QuantityPoint[];
}

export class ShiftRecords {
  constructor(private readonly core: StoreCore) {}

  /** @returns whether the write succeeded */
  putRemark(remark: Remark): boolean {
    return this.core.write((db) => writeRemark(db, remark));
  }

  remark(id: string): Remark | null {
    const sql = "SELECT body FROM remarks WHERE id = ?";
    return this.core.read((db) => bodies<Remark>(db.all(sql, [id]))[0] ?? null, null);
  }

  /** Remarks that overlap [from, to), oldest first; at most the newest `limit`. */
  remarks(fromMs: number, toMs: number, limit: number): Remark[] {
    const sql =
      "SELECT body FROM remarks WHERE from_ms < ? AND until_ms >= ? ORDER BY from_ms DESC, rowid DESC LIMIT ?";
    return this.core.read((db) => bodies<Remark>(db.all(sql, [toMs, fromMs, limit])).reverse(), []);
  }

  /** The last change of each light up to a time. */
  lastChanges(atMs: number): QualityChange[] {
    return this.core.read((db) => lightsIn(db).flatMap((light) => lastChange(db, light, atMs) ?? []), []);
  }

  /** The states of all lights in [from, to), each as at most `points` spans. */
  lights(fromMs: number, toMs: number, points: number): LightHistory[] {
    return this.core.read(
      (db) =>
        lightsIn(db).map((light) => {
          const before = lastChange(db, light, fromMs);
          const sql =
            "SELECT body FROM changes WHERE light = ? AND at_ms > ? AND at_ms < ? ORDER BY at_ms DESC, number DESC LIMIT ?";
          const within = bodies<QualityChange>(db.all(sql, [light, fromMs, toMs, maxChangesRead])).reverse();
          const changes = before === null ? within : [before, ...within];
          return { light, spans: spansOf(changes, { fromMs, toMs, points }) };
        }),
      [],
    );
  }

  /** The newest alarms raised before `toMs` and cleared after `fromMs`, in any order. */
  alarmsClearedAfter(fromMs: number, toMs: number, limit: number): Alarm[] {
    const sql =
      "SELECT body FROM alarms WHERE raised_ms < ? AND cleared_ms > ? ORDER BY raised_ms DESC LIMIT ?";
    return this.core.read((db) => bodies<Alarm>(db.all(sql, [toMs, fromMs, limit])), []);
  }

  putQuantities(point: StoredQuantities): void {
    const values = [point.from_ms, JSON.stringify(point)];
    this.core.write((db) => db.run("INSERT OR REPLACE INTO quantities VALUES (?, ?)", values));
  }

  /** Points that start in [from, to), oldest first. */
  quantities(fromMs: number, toMs: number): StoredQuantities[] {
    const sql = "SELECT body FROM quantities WHERE start_ms >= ? AND start_ms < ? ORDER BY start_ms";
    return this.core.read((db) => bodies<StoredQuantities>(db.all(sql, [fromMs, toMs])), []);
  }
}

export function writeRemark(db: Database, remark: Remark): void {
  const values = [remark.id, remark.from_ms, remark.to_ms ?? remark.from_ms, JSON.stringify(remark)];
  db.run("INSERT OR REPLACE INTO remarks VALUES (?, ?, ?, ?)", values);
}

/** Names of the lights in display order. */
function lightsIn(db: Database): string[] {
  const names = db.all("SELECT DISTINCT light FROM changes").map(({ light }) => String(light));
  const place = (name: string): number =>
    name === "whole" ? 0 : name.startsWith("chamber ") ? 1 : name === "data" ? 3 : 2;
  const number = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);
  return names.sort((a, b) => place(a) - place(b) || number(a) - number(b) || (a < b ? -1 : 1));
}

function lastChange(db: Database, light: string, atMs: number): QualityChange | null {
  const sql =
    "SELECT body FROM changes WHERE light = ? AND at_ms <= ? ORDER BY at_ms DESC, number DESC LIMIT 1";
  return bodies<QualityChange>(db.all(sql, [light, atMs]))[0] ?? null;
}

function bodies<T>(rows: readonly Row[]): T[] {
  return rows.map((row) => JSON.parse(row["body"] as string) as T);
}
