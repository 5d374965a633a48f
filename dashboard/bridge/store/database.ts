/** A connection to SQLite with cached prepared statements. */
import { DatabaseSync, type Sqlite } from "./driver.js";

export type Value = number | string | Uint8Array | null;
export type Row = Record<string, Value>;

const pageBytes = 4096;
/** How long to wait for another program's lock, ms; the wait blocks this process. */
const busyMs = 250;

type Statement = ReturnType<Sqlite["prepare"]>;

export class Database {
  private readonly db: Sqlite;
  private readonly statements = new Map<string, Statement>();

  /** @param file null: in memory only */
  constructor(file: string | null, { readOnly = false } = {}) {
    this.db = new DatabaseSync(file ?? ":memory:", { readOnly });
    this.waitForLocks(true);
  }

  /**
   * Switches waiting for another program's lock on or off: waiting in every statement would block this process too
   * long.
   */
  waitForLocks(isOn: boolean): void {
    this.exec(`PRAGMA busy_timeout = ${isOn ? busyMs : 0}`);
  }

  exec(sql: string): void {
    this.db.exec(sql);
  }

  run(sql: string, values: Value[] = []): void {
    this.statement(sql).run(...values.map(bound));
  }

  all(sql: string, values: Value[] = []): Row[] {
    return this.statement(sql).all(...values.map(bound)) as Row[];
  }

  get(sql: string, values: Value[] = []): Row | null {
    return (this.statement(sql).get(...values.map(bound)) as Row | undefined) ?? null;
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) this.statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }

  /** Runs the work in a transaction. */
  transaction(work: () => void): void {
    this.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.exec("COMMIT");
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  private rollBack(): void {
    try {
      this.exec("ROLLBACK");
    } catch {
      // SQLite has already ended the transaction, as after some errors.
    }
  }

  /** Bytes in use, without free pages. */
  get bytes(): number {
    const pages = Number(this.get("PRAGMA page_count")?.["page_count"] ?? 0);
    const free = Number(this.get("PRAGMA freelist_count")?.["freelist_count"] ?? 0);
    return (pages - free) * pageBytes;
  }

  setMaxBytes(maxBytes: number): void {
    this.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / pageBytes)}`);
  }

  close(): void {
    this.emptyLog();
    this.statements.clear();
    this.db.close();
  }

  /** SQLite does this when the last connection closes, but the package for Node 20 closes only after all statements are
   * garbage-collected. */
  private emptyLog(): void {
    try {
      this.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Read-only, or not writable: the log stays for the next process.
    }
  }
}

/** `node:sqlite` passes numbers to SQLite as floating point, which would make `start_ms / ?` a fraction. */
function bound(value: Value): Value | bigint {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}
