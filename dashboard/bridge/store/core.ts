/**
 * The file under the store, come what may: full, it is made room in; unreadable, it is begun anew; unusable, memory
 * takes its place. What fails here never stops the monitoring, but the status says so.
 */
import type { StoreStatus } from "../../../pipeline/model/index.js";
import { Database, isCorrupt, isFull, messageOf, type LockFile } from "./database.js";
import { pruneHarder } from "./prune.js";

export interface CoreOptions {
  /** Path of the file; null: nothing outlives the process. */
  file: string | null;
  /** Bound of the file. */
  maxBytes: number;
  lock: LockFile;
  log: (line: string) => void;
  /** The file was begun anew while it was in use: what it held is gone. */
  onAnew: () => void;
}

const memoryBytes = 64 << 20;

export class StoreCore {
  private db: Database;
  private isMemory = false;
  state: StoreStatus["state"] = "ok";
  problem: string | null = null;

  /** @throws UnavailableError when another process uses the file */
  constructor(private readonly options: CoreOptions) {
    this.db = this.open(true);
  }

  private open(isFirst: boolean): Database {
    const { file, maxBytes, lock } = this.options;
    try {
      const db = Database.open({ file, maxBytes: file === null ? memoryBytes : maxBytes, lock });
      if (db.begunAnew !== null) this.tell(db.begunAnew);
      return db;
    } catch (error) {
      if (isFirst && (error as { retriable?: boolean }).retriable === true) throw error;
      this.state = "failed";
      this.isMemory = true;
      this.tell(`the store cannot be used (${messageOf(error)}): history is kept in memory only`);
      return Database.open({ file: null, maxBytes: memoryBytes, lock });
    }
  }

  private tell(problem: string): void {
    if (this.problem !== problem) this.options.log(problem);
    this.problem = problem;
  }

  /**
   * All or nothing; tried once more after room was made or the file begun anew. Never throws.
   * @returns whether it is written
   */
  write(work: (db: Database) => void): boolean {
    try {
      this.attempt(work);
      return true;
    } catch (error) {
      this.state = isFull(error) ? "full" : "failed";
      this.tell(`history is not kept: ${messageOf(error)}`);
      return false;
    }
  }

  private attempt(work: (db: Database) => void): void {
    try {
      this.db.transaction(() => work(this.db));
    } catch (error) {
      this.repair(error);
      this.db.transaction(() => work(this.db));
    }
    if (this.state === "ok" || this.isMemory) return;
    this.state = "ok";
    this.problem = null;
  }

  /** @throws what nothing can be done about */
  private repair(error: unknown): void {
    if (isCorrupt(error)) return this.beginAnew();
    if (!isFull(error)) throw error;
    try {
      this.db.transaction(() => pruneHarder(this.db));
    } catch (cause) {
      // A spoilt file can look full at first.
      if (!isCorrupt(cause)) throw cause;
      this.beginAnew();
    }
  }

  private beginAnew(): void {
    try {
      this.db.close();
    } catch {
      // What is broken need not end well.
    }
    this.db = this.open(false);
    this.options.onAnew();
  }

  /** What the work reads, or something else when the file cannot be read. Never throws. */
  read<T>(work: (db: Database) => T, otherwise: T): T {
    try {
      return work(this.db);
    } catch (error) {
      this.tell(`the store could not be read: ${messageOf(error)}`);
      if (isCorrupt(error)) this.beginAnew();
      return otherwise;
    }
  }

  close(): void {
    this.db.close();
  }
}
