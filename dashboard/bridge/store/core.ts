/**
 * The file under the store, come what may: full, it is made room in; unreadable, it is begun anew; unusable, memory
 * takes its place. What fails here never stops the monitoring, but the status says so.
 */
import type { StoreStatus } from "../../../pipeline/model/index.js";
import { Database, isCorrupt, isFull, messageOf } from "./database.js";
import { pruneHarder } from "./prune.js";

export interface CoreOptions {
  /** Path of the file; null: nothing outlives the process. */
  file: string | null;
  /** Bound of the file. */
  maxBytes: number;
  log: (line: string) => void;
}

const memoryBytes = 64 << 20;

export class StoreCore {
  private db: Database;
  state: StoreStatus["state"] = "ok";
  problem: string | null = null;

  /** @throws UnavailableError when another process uses the file */
  constructor(private readonly options: CoreOptions) {
    this.db = this.open();
  }

  private open(): Database {
    const { file, maxBytes } = this.options;
    try {
      const db = Database.open({ file, maxBytes: file === null ? memoryBytes : maxBytes });
      if (db.begunAnew !== null) this.tell(db.begunAnew);
      return db;
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable === true) throw error;
      this.state = "failed";
      this.tell(`the store cannot be used (${messageOf(error)}): history is kept in memory only`);
      return Database.open({ file: null, maxBytes: memoryBytes });
    }
  }

  private tell(problem: string): void {
    if (this.problem !== problem) this.options.log(problem);
    this.problem = problem;
  }

  /** All or nothing; tried once more after room was made or the file begun anew. Never throws. */
  write(work: (db: Database) => void): void {
    try {
      this.attempt(work);
    } catch (error) {
      this.state = isFull(error) ? "full" : "failed";
      this.tell(`history is not kept: ${messageOf(error)}`);
    }
  }

  private attempt(work: (db: Database) => void): void {
    try {
      this.db.transaction(() => work(this.db));
    } catch (error) {
      if (isFull(error)) this.db.transaction(() => pruneHarder(this.db));
      else if (isCorrupt(error)) this.beginAnew();
      else throw error;
      this.db.transaction(() => work(this.db));
    }
    if (this.state !== "full") return;
    this.state = "ok";
    this.problem = null;
  }

  private beginAnew(): void {
    this.db.close();
    this.db = this.open();
  }

  /** What the work reads, or something else when the file cannot be read. Never throws. */
  read<T>(work: (db: Database) => T, otherwise: T): T {
    try {
      return work(this.db);
    } catch (error) {
      if (isCorrupt(error)) this.beginAnew();
      this.tell(`the store could not be read: ${messageOf(error)}`);
      return otherwise;
    }
  }

  close(): void {
    this.db.close();
  }
}
