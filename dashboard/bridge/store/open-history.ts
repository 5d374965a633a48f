/** Opens the database of a history: checks it, migrates it, and rebuilds it from memory when it is corrupt. */
import { Database } from "./database.js";
import { CorruptError, isCorrupt, messageOf } from "./driver.js";
import { moveAside } from "./files.js";
import { formatOf, migrate } from "./migrate.js";
import { storeVersion } from "./schema.js";

export interface HistoryFileOptions {
  file: string;
  /** Bound of the file, and of the log beside it. */
  maxBytes: number;
  lock: LockFile;
}

/**
 * Keeps other processes from writing a file. @returns how to give it up again
 * @throws UnavailableError when another process uses it
 */
export type LockFile = (file: string) => () => void;

type Place = Pick<HistoryFileOptions, "file" | "maxBytes">;

export interface OpenHistory {
  db: Database;
  /** What happened to the file, in one line; null when nothing did. */
  notice: string | null;
}

const journalBytes = 8 << 20;

/**
 * A corrupt file is renamed to `*.corrupt`, `*.corrupt.2` and so on.
 * @throws InputError when it belongs to another program; it is not touched then
 * @throws what SQLite throws when the place cannot be written
 */
export function openHistory(options: Place): OpenHistory {
  try {
    return openFile(options);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    const kept = moveAside(options.file);
    const notice = `${options.file} is corrupt (${messageOf(error)}): renamed to ${kept} and rebuilt from memory`;
    return { ...openFile(options), notice };
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
    return { db, notice: isOlder ? `${file}: migrated from format ${format} to ${storeVersion}` : null };
  } catch (error) {
    db.close();
    throw error;
  }
}

function quickCheck(db: Database): void {
  const found = db.get("PRAGMA quick_check(1)")?.["quick_check"];
  if (found !== "ok") throw new CorruptError(String(found).replaceAll("\n", " "));
}
