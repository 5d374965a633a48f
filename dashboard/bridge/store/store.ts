/**
 * The bridge's memory: a day of whole windows, weeks of minutes, alarms, changes, references and runs. What fails here
 * never stops the monitoring: then the newest history is in memory only, and the status says so.
 */
import type {
  CellTrend,
  CellTrendRequest,
  Run,
  StoreStatus,
  PointsRequest,
  TrendColumns,
  TrendPoint,
  TrendRequest,
  WindowMessage,
} from "../../../pipeline/model/index.js";
import type { Position } from "../source.js";
import { StoreCore } from "./core.js";
import type { Database } from "./database.js";
import { readPoints } from "./points.js";
import { prune, type Keep } from "./prune.js";
import { RecordStore, writeNote, writeRun } from "./records.js";
import { numberColumns } from "./schema.js";
import { emptyTrend, hourMs, minuteMs, readCellTrend, readTrend } from "./trends.js";
import { messageOfRow, sumCells, windowValues } from "./window-row.js";

export interface StoreOptions extends Partial<Keep> {
  /** Path of the file; null: nothing outlives the process. */
  file: string | null;
  /** Bound of the file; default 512 MB. */
  maxBytes?: number;
  log?: (line: string) => void;
}

export const defaultMaxBytes = 512 << 20;
export const defaultKeep: Keep = { windowsMs: 24 * hourMs, trendMs: 60 * 24 * hourMs };

/** What counts windows: written together with them, so that they always fit each other. */
export interface Counts {
  notes: readonly (readonly [string, unknown])[];
  run: Run | null;
}

const flushMs = 250;
/** So many windows may wait to be written; more are written at once. */
const maxWaiting = 500;
const pruneEveryMs = 60_000;

export class Store {
  readonly records: RecordStore;
  withWindows: () => Counts = () => ({ notes: [], run: null });
  private readonly core: StoreCore;
  private readonly keep: Keep;
  private readonly maxBytes: number;
  private waiting = new Map<number, WindowMessage>();
  private positions = new Map<string, Position>();
  private timer: NodeJS.Timeout | undefined;
  private prunedMs = 0;
  private windowMs = 5000;
  private closed = false;

  /** @throws UnavailableError when another process uses the file */
  constructor(options: StoreOptions) {
    const { file, maxBytes = defaultMaxBytes, log = () => undefined } = options;
    this.maxBytes = maxBytes;
    this.keep = {
      windowsMs: options.windowsMs ?? defaultKeep.windowsMs,
      trendMs: options.trendMs ?? defaultKeep.trendMs,
    };
    this.core = new StoreCore({ file, maxBytes, log });
    this.records = new RecordStore(this.core);
  }

  /** Takes a window or a new version of one. It is written soon. */
  putWindow(message: WindowMessage, position?: Position): void {
    const { start_ms, end_ms } = message.window;
    this.windowMs = end_ms - start_ms;
    this.waiting.delete(start_ms);
    this.waiting.set(start_ms, message);
    if (position !== undefined) this.positions.set(`${position.topic}/${position.partition}`, position);
    if (this.waiting.size >= maxWaiting) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const [messages, positions] = [[...this.waiting.values()], [...this.positions.values()]];
    if (messages.length === 0) return;
    this.waiting = new Map();
    this.positions = new Map();
    this.core.write((db) => {
      for (const message of messages) insertWindow(db, message);
      for (const minute of startsOf(messages, minuteMs)) sumMinute(db, minute);
      for (const hour of startsOf(messages, hourMs)) sumHour(db, hour);
      for (const { topic, partition, next } of positions)
        db.run("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", [topic, partition, next]);
      const { notes, run } = this.withWindows();
      for (const [name, value] of notes) writeNote(db, name, value);
      if (run !== null) writeRun(db, run);
    });
    this.pruneSometimes();
  }

  private pruneSometimes(): void {
    if (Date.now() - this.prunedMs < pruneEveryMs) return;
    this.prunedMs = Date.now();
    this.core.write((db) => prune(db, this.keep, this.maxBytes));
  }

  private read<T>(work: (db: Database) => T, otherwise: T): T {
    this.flush();
    return this.core.read(work, otherwise);
  }

  /** The newest windows, oldest first. */
  newestWindows(count: number): WindowMessage[] {
    const sql = "SELECT body FROM windows ORDER BY start_ms DESC LIMIT ?";
    return this.read((db) => db.all(sql, [count]).reverse().map(messageOfRow), []);
  }

  windowsByIds(ids: readonly number[]): WindowMessage[] {
    const sql = "SELECT body FROM windows WHERE id = ? LIMIT 1";
    return this.read((db) => ids.flatMap((id) => db.all(sql, [id]).map(messageOfRow)), []);
  }

  /** The version of a window that is here, written or not; null when there is none. */
  versionOf({ msg_ID, window }: WindowMessage): WindowMessage | null {
    const waiting = this.waiting.get(window.start_ms);
    if (waiting !== undefined) return waiting.msg_ID === msg_ID ? waiting : null;
    const sql = "SELECT body FROM windows WHERE start_ms = ? AND id = ?";
    const rows = this.core.read((db) => db.all(sql, [window.start_ms, msg_ID]), []);
    return rows.map(messageOfRow)[0] ?? null;
  }

  /** Windows that start in [from, to), oldest first, at most `limit`. */
  windowsBetween(fromMs: number, toMs: number, limit: number): WindowMessage[] {
    const sql = "SELECT body FROM windows WHERE start_ms >= ? AND start_ms < ? ORDER BY start_ms LIMIT ?";
    return this.read((db) => db.all(sql, [fromMs, toMs, limit]).map(messageOfRow), []);
  }

  /** Windows in short next to a moment, oldest first. */
  points(request: PointsRequest): TrendPoint[] {
    return this.read((db) => readPoints(db, request), []);
  }

  trend(request: TrendRequest): TrendColumns {
    return this.read((db) => readTrend(db, request, this.windowMs), emptyTrend(this.windowMs));
  }

  cellTrend(request: CellTrendRequest): CellTrend {
    const none: CellTrend = { bucket_ms: this.windowMs, start_ms: [], windows: [], hits: [] };
    return this.read((db) => readCellTrend(db, request, this.windowMs), none);
  }

  /** Where to read on in a topic. */
  positionsOf(topic: string): Position[] {
    const sql = "SELECT topic, partition, next FROM positions WHERE topic = ?";
    return this.read((db) => db.all(sql, [topic]) as unknown as Position[], []);
  }

  status(): StoreStatus {
    const numbers = this.read(
      (db) => ({
        bytes: db.bytes,
        oldest_window_ms: oldestOf(db, "windows"),
        oldest_trend_ms: oldestOf(db, "trend"),
      }),
      { bytes: 0, oldest_window_ms: null, oldest_trend_ms: null },
    );
    return { state: this.core.state, problem: this.core.problem, max_bytes: this.maxBytes, ...numbers };
  }

  /** A second time does nothing. */
  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    this.core.close();
  }
}

function insertWindow(db: Database, message: WindowMessage): void {
  const values = windowValues(message);
  const marks = values.map(() => "?").join(", ");
  db.run(`INSERT OR REPLACE INTO windows VALUES (${marks})`, values);
}

/** The minute anew from its windows. One whose windows are partly gone already stays as it is. */
function sumMinute(db: Database, startMs: number): void {
  const oldest = db.get("SELECT min(start_ms) AS oldest FROM windows")?.["oldest"] as number;
  const known = db.get("SELECT 1 AS one FROM trend WHERE start_ms = ?", [startMs]);
  if (known !== null && startMs < oldest - (oldest % minuteMs)) return;
  const rows = db.all("SELECT * FROM windows WHERE start_ms >= ? AND start_ms < ?", [
    startMs,
    startMs + minuteMs,
  ]);
  const sum = (name: string): number => rows.reduce((total, row) => total + (row[name] as number), 0);
  const corrected = rows.filter((row) => (row["revision"] as number) > 0).length;
  const values = [startMs, rows.length, corrected, sum("partial"), ...numberColumns.map(sum), sumCells(rows)];
  db.run(`INSERT OR REPLACE INTO trend VALUES (${values.map(() => "?").join(", ")})`, values);
}

/** The hour anew from its minutes. */
function sumHour(db: Database, startMs: number): void {
  const rows = db.all("SELECT * FROM trend WHERE start_ms >= ? AND start_ms < ?", [
    startMs,
    startMs + hourMs,
  ]);
  const sum = (name: string): number => rows.reduce((total, row) => total + (row[name] as number), 0);
  const counts = ["windows", "corrected", "partial", ...numberColumns].map(sum);
  const values = [startMs, ...counts, sumCells(rows)];
  db.run(`INSERT OR REPLACE INTO hours VALUES (${values.map(() => "?").join(", ")})`, values);
}

/** Starts of the buckets that hold these windows. */
function startsOf(messages: readonly WindowMessage[], bucketMs: number): Set<number> {
  return new Set(messages.map(({ window }) => Math.floor(window.start_ms / bucketMs) * bucketMs));
}

function oldestOf(db: Database, table: "windows" | "trend"): number | null {
  return (db.get(`SELECT min(start_ms) AS oldest FROM ${table}`)?.["oldest"] as number | null) ?? null;
}
