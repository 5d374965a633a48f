/** Opens the database of a history: checks it, migrates it, and begins a new one when it is corrupt. */
import { Database } from "./database.js";
import { CorruptError, isCorrupt, messageOf } from "./driver.js";
import { renameCorrupt } from "./files.js";
import { formatOf, migrate } from "./migrate.js";
import { storeVersion } from "./schema.js";

export interface HistoryFileOptions {
  file: string;
  /** Maximum size of the file, and of its log. */
  maxBytes: number;
  lock: LockFile;
}

/**
 * Locks a file against other processes. @returns function that releases the lock
 * @throws UnavailableError if another process uses it
 */
export type LockFile = (file: string) => () => void;

type Place = Pick<HistoryFileOptions, "file" | "maxBytes">;

export interface OpenHistory {
  db: Database;
  /** One line on a migration of the file; null without one. */
  notice: string | null;
  /** One line on a corrupt file; null without one. */
  problem: string | null;
}

const journalBytes = 8 << 20;

/**
 * A corrupt file is renamed to `*.corrupt`, `*.corrupt.2` and so on.
 * @throws InputError if it belongs to another program; it is left unchanged
 * @throws errors of SQLite if it cannot be written
 */
export function openHistory(options: Place): OpenHistory {
  try {
    return openFile(options);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    const kept = renameCorrupt(options.file);
    const problem = `history: ${options.file} was corrupt (${messageOf(error)}) and is renamed to ${kept}`;
    return { ...openFile(options), problem };
  }
}

function openFile({ file, maxBytes }: Place): OpenHistory {
  const db = new Database(file);
  try {
    const format = formatOf(db, file);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    db.exec(`PRAGMA journal_size_limit = ${journalBytes}`);
    db.setMaxBytes(maxBytes);
    quickCheck(db);
    migrate(db, format);
    const isOlder = format > 0 && format < storeVersion;
    const notice = isOlder ? `${file}: migrated from format ${format} to ${storeVersion}` : null;
    return { db, notice, problem: null };
  } catch (error) {
    db.close();
    throw error;
  }
}

function quickCheck(db: Database): void {
  const found = db.get("PRAGMA quick_check(1)")?.["quick_check"];
  if (found !== "ok") throw new CorruptError(String(found).replaceAll("\n", " "));
}
