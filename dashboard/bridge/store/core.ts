/**
 * The file of the store. If it is full, old rows are deleted; if it is corrupt, it is rebuilt; if it is removed, it
 * is written again; if it is unusable, the store keeps its data in memory. The status reports failures, but
 * monitoring continues.
 */
import { MuonitorError, type StoreStatus } from "../../../pipeline/model/index.js";
import { Database } from "./database.js";
import { isBusy, isCorrupt, isFull, messageOf } from "./driver.js";
import { HistoryFile } from "./history-file.js";
import { migrate } from "./migrate.js";
import type { LockFile } from "./open-history.js";
import { pruneHarder } from "./prune.js";

interface CoreOptions {
  /** Path of the file; null keeps everything in memory only. */
  file: string | null;
  /** Maximum size of the file. */
  maxBytes: number;
  lock: LockFile;
  log: (line: string) => void;
  /** Called when another file is in use, which may lack data that is in memory. */
  onRebuild: () => void;
}

const memoryBytes = 64 << 20;

export class StoreCore {
  private history: HistoryFile | null = null;
  private db: Database;
  private isMemory = false;
  /** Whether other programs could not read the file in the last check, which opened it again. */
  private isUnreadable = false;
  state: StoreStatus["state"] = "ok";
  problem: string | null = null;

  /**
   * @throws UnavailableError when another process uses the file
   * @throws InputError when the file has a newer format or belongs to another program
   */
  constructor(private readonly options: CoreOptions) {
    this.db = this.open(true);
  }

  private open(isFirst: boolean): Database {
    const { file, maxBytes, lock } = this.options;
    if (file === null) return inMemory();
    try {
      this.history = HistoryFile.open({ file, maxBytes, lock });
      const { notice, problem } = this.history;
      if (notice !== null) this.options.log(notice);
      if (problem !== null)
        this.report(`${problem}; the new one ${isFirst ? "is empty" : "was filled from memory"}`);
      return this.history.db;
    } catch (error) {
      if (isFirst && error instanceof MuonitorError) throw error;
      this.history = null;
      this.state = "failed";
      this.isMemory = true;
      this.report(`history is kept in memory only: ${file}: ${messageOf(error)}`);
      return inMemory();
    }
  }

  private report(problem: string): void {
    if (this.problem !== problem) this.options.log(problem);
    this.problem = problem;
  }

  private fail(error: unknown): void {
    this.db.waitForLocks(false);
    this.state = isFull(error) ? "full" : "failed";
    this.report(`history is not kept: ${String(this.options.file)}: ${messageOf(error)}`);
  }

  /**
   * Writes in one transaction, and retries once after freeing space or rebuilding the file. Never throws.
   * @returns whether the write succeeded
   */
  write(work: (db: Database) => void): boolean {
    try {
      this.follow();
      this.attempt(work);
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  private attempt(work: (db: Database) => void): void {
    try {
      this.transaction(work);
    } catch (error) {
      this.repair(error);
      this.transaction(work);
    }
    if (this.state === "ok" || this.isMemory) return;
    this.db.waitForLocks(true);
    this.state = "ok";
    this.problem = null;
    this.options.log(`history is kept again: ${String(this.options.file)}`);
  }

  private transaction(work: (db: Database) => void): void {
    const target = this.history ?? this.db;
    target.transaction(() => work(this.db));
  }

  /** @throws the error, if it cannot be repaired */
  private repair(error: unknown): void {
    if (isCorrupt(error)) return this.rebuild();
    if (!isFull(error)) throw error;
    try {
      this.transaction(pruneHarder);
    } catch (cause) {
      // A corrupt file may first be reported as full.
      if (!isCorrupt(cause)) throw cause;
      this.rebuild();
    }
  }

  private rebuild(): void {
    try {
      this.end();
    } catch {
      // A corrupt file may fail to close.
    }
    this.db = this.open(false);
    this.options.onRebuild();
  }

  /**
   * Opens the file again if it was removed or replaced.
   * @throws if it cannot be written
   */
  private follow(): void {
    this.history?.boundLog();
    const displacement = this.history?.displacement() ?? null;
    if (this.history === null || displacement === null) return;
    this.report(this.history.rescue(displacement));
    this.db = this.open(false);
    if (displacement === "replaced" || this.isMemory) this.options.onRebuild();
  }

  /** Checks that other programs can read the written data, and updates the state. Never throws. */
  check(): void {
    if (this.state !== "ok") return;
    try {
      this.follow();
    } catch (error) {
      return this.fail(error);
    }
    try {
      this.history?.readBack();
      this.isUnreadable = false;
    } catch (error) {
      if (isBusy(error) || this.isUnreadable) return this.fail(error);
      this.isUnreadable = true;
      this.report(
        `${String(this.options.file)}: other programs cannot read it (${messageOf(error)}): opened again`,
      );
      this.rebuild();
    }
  }

  /** The result of the work, or `otherwise` if the file cannot be read. Never throws. */
  read<T>(work: (db: Database) => T, otherwise: T): T {
    try {
      return work(this.db);
    } catch (error) {
      this.report(`history cannot be read: ${String(this.options.file)}: ${messageOf(error)}`);
      if (isCorrupt(error)) this.rebuild();
      return otherwise;
    }
  }

  close(): void {
    try {
      this.follow();
    } catch (error) {
      this.fail(error);
    }
    this.end();
  }

  private end(): void {
    if (this.history === null) return this.db.close();
    this.history.close();
  }
}

function inMemory(): Database {
  const db = new Database(null);
  migrate(db, 0);
  db.setMaxBytes(memoryBytes);
  return db;
}
