/** The SQLite file under the store: opened for one owner, begun anew when it cannot be read, bounded in size. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import "./one-compiler.js";
import sqlite, { type Database as Sqlite, type JSValue } from "node-sqlite3-wasm";
import { schema, storeVersion } from "./schema.js";

export type Row = Record<string, number | string | Uint8Array | null>;

const pageBytes = 4096;

export interface DatabaseOptions {
  /** Null: in memory only. */
  file: string | null;
  maxBytes: number;
  lock: LockFile;
}

/**
 * Keeps other processes away from a file. @returns how to give it up again
 * @throws UnavailableError when another process uses it
 */
export type LockFile = (file: string) => () => void;

export class Database {
  private constructor(
    private readonly db: Sqlite,
    private readonly release: () => void,
    /** Why it had to be begun anew, in one line; null when it was not. */
    readonly begunAnew: string | null,
  ) {}

  /**
   * Opens the file or makes it. What cannot be read is put aside under the name `….corrupt`, replacing an older one.
   * @throws UnavailableError when another process uses it; whatever SQLite throws when the place cannot be written
   */
  static open({ file, maxBytes, lock }: DatabaseOptions): Database {
    if (file === null) return new Database(prepare(new sqlite.Database(), maxBytes), () => undefined, null);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const release = lock(file);
    try {
      // SQLite's own lock here is a folder that a killed process leaves behind.
      rmSync(`${file}.lock`, { recursive: true, force: true });
      try {
        return new Database(openFile(file, maxBytes), release, null);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        putAside(file);
        const reason = `the store could not be read (${messageOf(error)}) and was begun anew`;
        return new Database(openFile(file, maxBytes), release, reason);
      }
    } catch (error) {
      release();
      throw error;
    }
  }

  run(sql: string, values: JSValue[] = []): void {
    this.db.run(sql, values);
  }

  all(sql: string, values: JSValue[] = []): Row[] {
    return this.db.all(sql, values) as Row[];
  }

  get(sql: string, values: JSValue[] = []): Row | null {
    return this.db.get(sql, values) as Row | null;
  }

  /** All or nothing. */
  transaction(work: () => void): void {
    this.db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.db.exec("COMMIT");
    } catch (error) {
      if (this.db.inTransaction) this.db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Bytes in use, free pages left out. */
  get bytes(): number {
    const pages = Number(this.get("PRAGMA page_count")?.["page_count"] ?? 0);
    const free = Number(this.get("PRAGMA freelist_count")?.["freelist_count"] ?? 0);
    return (pages - free) * pageBytes;
  }

  close(): void {
    try {
      this.db.close();
    } finally {
      this.release();
    }
  }
}

function openFile(file: string, maxBytes: number): Sqlite {
  const db = new sqlite.Database(file);
  try {
    return prepare(db, maxBytes);
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: Sqlite, maxBytes: number): Sqlite {
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(
    `PRAGMA journal_size_limit = ${8 << 20}; PRAGMA max_page_count = ${Math.floor(maxBytes / pageBytes)}`,
  );
  const version = (db.get("PRAGMA user_version") as Row | null)?.["user_version"];
  if (version === 0) db.exec(`BEGIN; ${schema} COMMIT;`);
  else if (version !== storeVersion) throw new Error(`malformed: version ${String(version)}`);
  const [check] = db.all("PRAGMA quick_check(1)") as Row[];
  if (check?.["quick_check"] !== "ok") throw new Error(`malformed: ${String(check?.["quick_check"])}`);
  return db;
}

/** SQLite tells by words: NOTADB, CORRUPT. */
export function isCorrupt(error: unknown): boolean {
  return /not a database|malformed|corrupt/i.test(messageOf(error));
}

/** The disk, or the bound of the file. */
export function isFull(error: unknown): boolean {
  return /full/i.test(messageOf(error));
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

function putAside(file: string): void {
  rmSync(`${file}.corrupt`, { force: true });
  renameSync(file, `${file}.corrupt`);
  for (const end of ["-wal", "-journal"]) rmSync(`${file}${end}`, { force: true });
  rmSync(`${file}.lock`, { recursive: true, force: true });
}
