/**
 * The history of the bridge: whole windows of the last day, sums per minute of the last weeks, alarms, changes,
 * references and runs. If the file fails, monitoring continues with the newest history in memory, and the status
 * reports the failure.
 */
import type {
  CellTrend,
  CellTrendRequest,
  Run,
  StoreStatus,
  TimeSpan,
  PointsRequest,
  TrendColumns,
  TrendPoint,
  TrendRequest,
  WindowMessage,
} from "../../../pipeline/model/index.js";
import type { WindowPosition } from "../source.js";
import { StoreCore } from "./core.js";
import type { Database } from "./database.js";
import type { LockFile } from "./open-history.js";
import { readPoints } from "./points.js";
import { prune, type Keep } from "./prune.js";
import { readRecorded } from "./recorded.js";
import { RecordStore, writeAlarm, writeNote, writeRun } from "./records.js";
import { ShiftRecords, writeRemark } from "./shift-records.js";
import { emptyTrend, hourMs, readCellTrend, readTrend } from "./trends.js";
import { WriteQueue, type MemoryState } from "./write-queue.js";
import { messageOfRow } from "./window-row.js";
import { writeWindows } from "./write-windows.js";

export interface StoreOptions extends Partial<Keep> {
  /** Path of the file; null keeps everything in memory only. */
  file: string | null;
  /** Maximum size of the file; default 512 MB. */
  maxBytes?: number;
  /** Without it the caller must ensure that no other process uses the file. */
  lock?: LockFile;
  log?: (line: string) => void;
}

const defaultMaxBytes = 512 << 20;
const defaultKeep: Keep = { windowsMs: 24 * hourMs, trendMs: 60 * 24 * hourMs };

/** Counts derived from windows; written in the same transaction as the windows, so that both agree. */
interface Counts {
  notes: readonly (readonly [string, unknown])[];
  run: Run | null;
}

const flushMs = 250;
/** This number of waiting windows is written immediately. */
const manyWindows = 500;
/** Delay after a failed write before it is retried. */
const retryMs = 10_000;
const missingNote = "lacking before";
const pruneEveryMs = 60_000;

export class Store {
  readonly records: RecordStore;
  readonly shift: ShiftRecords;
  withWindows: () => Counts = () => ({ notes: [], run: null });
  /** State in memory, for refilling another file. */
  memory: () => MemoryState = () => ({ windows: [], alarms: [], remarks: [] });
  /** An earlier bridge counted windows before this time that are missing here; 0 if none are missing. */
  readonly missingBeforeMs: number;
  private readonly core: StoreCore;
  private readonly keep: Keep;
  private readonly maxBytes: number;
  private readonly waiting = new WriteQueue();
  /** Whether the last write failed. A timer retries it; reads do not. */
  private resting = false;
  private timer: NodeJS.Timeout | undefined;
  private prunedMs = 0;
  private windowMs = 5000;
  private closed = false;

  /** @throws UnavailableError if another process uses the file */
  constructor(options: StoreOptions) {
    const { file, maxBytes = defaultMaxBytes, log = () => undefined, lock = () => () => undefined } = options;
    this.maxBytes = maxBytes;
    this.keep = {
      windowsMs: options.windowsMs ?? defaultKeep.windowsMs,
      trendMs: options.trendMs ?? defaultKeep.trendMs,
    };
    this.core = new StoreCore({ file, maxBytes, lock, log, onRebuild: () => this.refill() });
    this.records = new RecordStore(this.core, () => this.flushUnlessResting());
    this.shift = new ShiftRecords(this.core);
    this.missingBeforeMs = (this.records.note(missingNote) as number | null) ?? 0;
  }

  /** Queues a window, or a new version of one, for writing. */
  putWindow(message: WindowMessage, position?: WindowPosition): void {
    const { start_ms, end_ms } = message.window;
    this.windowMs = end_ms - start_ms;
    this.waiting.put(message, position);
    if (this.waiting.windows.size >= manyWindows && !this.resting) this.flush();
    else this.flushLater(flushMs);
  }

  private flushLater(afterMs: number): void {
    this.timer ??= setTimeout(() => this.flush(), afterMs).unref();
  }

  /** Writes the pending windows. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.windows.size === 0) return;
    this.resting = !this.core.write((db) => this.writeWaiting(db));
    if (this.resting) return this.flushLater(retryMs);
    this.waiting.clear();
    this.pruneSometimes();
  }

  private writeWaiting(db: Database): void {
    const { windows, alarms, remarks, newestPositions, missingBeforeMs } = this.waiting;
    writeWindows(db, [...windows.values()], (message) => this.waiting.rowOf(message));
    for (const alarm of alarms) writeAlarm(db, alarm);
    for (const remark of remarks) writeRemark(db, remark);
    for (const { topic, partition, next } of newestPositions)
      db.run("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", [topic, partition, next]);
    const { notes, run } = this.withWindows();
    for (const [name, value] of notes) writeNote(db, name, value);
    if (run !== null) writeRun(db, run);
    if (missingBeforeMs > 0) writeNote(db, missingNote, missingBeforeMs);
  }

  /** Queues the history that is in memory; the rest is read from the topic at the next start. */
  private refill(): void {
    this.waiting.refill(this.memory());
    this.flushLater(flushMs);
  }

  private pruneSometimes(): void {
    if (Date.now() - this.prunedMs < pruneEveryMs) return;
    this.prunedMs = Date.now();
    this.core.write((db) => prune(db, this.keep, this.maxBytes));
  }

  private flushUnlessResting(): void {
    if (!this.resting) this.flush();
  }

  private read<T>(work: (db: Database) => T, otherwise: T): T {
    this.flushUnlessResting();
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

  /** The stored or queued version of a window; null if not known. */
  versionOf({ msg_ID, window }: WindowMessage): WindowMessage | null {
    const waiting = this.waiting.windows.get(window.start_ms);
    if (waiting !== undefined) return waiting.msg_ID === msg_ID ? waiting : null;
    const sql = "SELECT body FROM windows WHERE start_ms = ? AND id = ?";
    return this.core.read((db) => db.all(sql, [window.start_ms, msg_ID]).map(messageOfRow)[0] ?? null, null);
  }

  /** The last `count` windows up to window `id`, oldest first; empty if that window is not stored. */
  windowsUpTo(id: number, count: number): WindowMessage[] {
    const sql =
      "SELECT body FROM windows WHERE start_ms <= (SELECT start_ms FROM windows WHERE id = ?) ORDER BY start_ms DESC LIMIT ?";
    return this.read((db) => db.all(sql, [id, count]).reverse().map(messageOfRow), []);
  }

  /** Windows that start in [from, to), oldest first, at most `limit`. */
  windowsBetween(fromMs: number, toMs: number, limit: number): WindowMessage[] {
    const sql = "SELECT body FROM windows WHERE start_ms >= ? AND start_ms < ? ORDER BY start_ms LIMIT ?";
    return this.read((db) => db.all(sql, [fromMs, toMs, limit]).map(messageOfRow), []);
  }

  /** Trend points of the windows around a time, oldest first. */
  points(request: PointsRequest): TrendPoint[] {
    return this.read((db) => readPoints(db, request), []);
  }

  trend(request: TrendRequest): TrendColumns {
    return this.read((db) => readTrend(db, request, this.windowMs), emptyTrend(this.windowMs));
  }

  /** The times within [from, to) for which windows are stored. */
  recorded(fromMs: number, toMs: number): TimeSpan[] {
    return this.read((db) => readRecorded(db, fromMs, toMs, this.windowMs), []);
  }

  cellTrend(request: CellTrendRequest): CellTrend {
    const none: CellTrend = { bucket_ms: this.windowMs, start_ms: [], windows: [], hits: [] };
    return this.read((db) => readCellTrend(db, request, this.windowMs), none);
  }

  /** Offsets at which to continue reading a topic. */
  positionsOf(topic: string): WindowPosition[] {
    const sql = "SELECT topic, partition, next FROM positions WHERE topic = ?";
    return this.read((db) => db.all(sql, [topic]) as unknown as WindowPosition[], []);
  }

  status(): StoreStatus {
    this.flushUnlessResting();
    this.core.check();
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

  /** Calling it again has no effect. */
  close(): void {
    if (this.closed) return;
    this.flush();
    clearTimeout(this.timer);
    this.closed = true;
    this.core.close();
  }
}

function oldestOf(db: Database, table: "windows" | "trend"): number | null {
  return (db.get(`SELECT min(start_ms) AS oldest FROM ${table}`)?.["oldest"] as number | null) ?? null;
}
