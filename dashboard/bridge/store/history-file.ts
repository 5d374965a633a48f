/**
 * The history on disk, for one owner. Other programs may read it at any time, and must find the written data,
 * so its files are looked after while they are open.
 */
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Database } from "./database.js";
import { nameBeside, OpenFiles, removeCompanions, type Displacement } from "./files.js";
import { refuseNewer } from "./format.js";
import { openHistory, type HistoryFileOptions, type OpenHistory } from "./open-history.js";

const writtenNote = "written";

export class HistoryFile {
  readonly db: Database;
  /** What happened to the file when it was opened, in one line; null when nothing did. */
  readonly notice: string | null;
  private readonly files: OpenFiles;
  /** Number of the last transaction, which the file holds too; null before the first. */
  private written: number | null = null;

  private constructor(
    { db, notice }: OpenHistory,
    private readonly options: HistoryFileOptions,
    private readonly release: () => void,
  ) {
    this.db = db;
    this.notice = notice;
    this.files = new OpenFiles(options.file);
  }

  /**
   * Opens the file or makes it.
   * @throws UnavailableError when another process uses it
   * @throws InputError when it has a newer format or belongs to another program; it is not touched then
   * @throws what SQLite throws when the place cannot be written
   */
  static open(options: HistoryFileOptions): HistoryFile {
    const { lock } = options;
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    const release = lock(options.file);
    try {
      // SQLite keeps its log beside the file itself, not beside a link to it.
      const file = existsSync(options.file) ? realpathSync(options.file) : options.file;
      refuseNewer(file);
      removeOldLock(file);
      return new HistoryFile(openHistory({ ...options, file }), { ...options, file }, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** All or nothing, with a number by which `readBack` finds it. */
  transaction(work: () => void): void {
    const next = Math.max(Date.now(), (this.written ?? 0) + 1);
    this.db.transaction(() => {
      work();
      this.db.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", [writtenNote, String(next)]);
    });
    this.written = next;
  }

  /** @throws when another program would not read the latest writes */
  readBack(): void {
    if (this.written === null) return;
    const other = new Database(this.options.file, { readOnly: true });
    try {
      const row = other.get("SELECT body FROM notes WHERE name = ?", [writtenNote]);
      if (row?.["body"] !== String(this.written))
        throw new Error("other programs do not see the newest rows");
    } finally {
      other.close();
    }
  }

  /** @throws when a reader that does not end keeps the log from being emptied */
  boundLog(): void {
    const isBounded = (): boolean => this.files.logBytes() <= this.options.maxBytes;
    if (isBounded()) return;
    this.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!isBounded()) throw new Error("another program has not ended its read transaction: the log is full");
  }

  /** What happened to the files since they were opened; null if they are still in place. */
  displacement(): Displacement | null {
    return this.files.displacement();
  }

  /**
   * The file or its log was removed or replaced. The open file is still whole: it gets its name back, or is kept
   * beside the file that took its place.
   * @returns what happened, in one line. This one is closed.
   * @throws when there is no room for the copy; this one stays open then
   */
  rescue(displacement: Displacement): string {
    const { file } = this.options;
    const copy = this.copy(displacement);
    this.close();
    if (displacement === "replaced") {
      this.files.removeOwnCompanions();
      return `${file} was replaced while in use: earlier data is in ${copy}`;
    }
    removeCompanions(file);
    renameSync(copy, file);
    const what = displacement === "log" ? "the log beside it" : "it";
    return `${file}: ${what} was removed while in use; written again from the open file`;
  }

  private copy(displacement: Displacement): string {
    const { file } = this.options;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const copy = nameBeside(file, displacement === "replaced" ? "replaced" : "removed");
    this.db.run("VACUUM INTO ?", [copy]);
    return copy;
  }

  close(): void {
    try {
      this.db.close();
    } finally {
      this.release();
    }
  }
}

/** The driver of earlier versions locked a history by a folder, which a killed process left behind. */
function removeOldLock(file: string): void {
  rmSync(`${file}.lock`, { recursive: true, force: true });
}
