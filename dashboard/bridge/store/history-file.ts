/**
 * The history on disk, with one owner. Other programs may read it at any time and must find the written data, so the
 * paths of its files are checked while they are open.
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
  /** One line on a migration of the file at opening; null without one. */
  readonly notice: string | null;
  /** One line on a file that was corrupt at opening, so that this one is new; null if it was not. */
  readonly problem: string | null;
  private readonly files: OpenFiles;
  /** Number of the last transaction, also stored in the file; null before the first. */
  private written: number | null = null;

  private constructor(
    { db, notice, problem }: OpenHistory,
    private readonly options: HistoryFileOptions,
    private readonly release: () => void,
  ) {
    this.db = db;
    this.notice = notice;
    this.problem = problem;
    this.files = new OpenFiles(options.file);
  }

  /**
   * Opens or creates the file.
   * @throws UnavailableError if another process uses it
   * @throws InputError if it has a newer format or belongs to another program; it is left unchanged
   * @throws errors of SQLite if it cannot be written
   */
  static open(options: HistoryFileOptions): HistoryFile {
    const { lock } = options;
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    const release = lock(options.file);
    try {
      // SQLite keeps its log next to the file itself, not next to a link to it.
      const file = existsSync(options.file) ? realpathSync(options.file) : options.file;
      refuseNewer(file);
      removeOldLock(file);
      return new HistoryFile(openHistory({ ...options, file }), { ...options, file }, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Runs the work in one transaction, with a number for `readBack`. */
  transaction(work: () => void): void {
    const next = Math.max(Date.now(), (this.written ?? 0) + 1);
    this.db.transaction(() => {
      work();
      this.db.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", [writtenNote, String(next)]);
    });
    this.written = next;
  }

  /** @throws if another program would not read the latest writes */
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

  /** @throws if an open read transaction prevents the log from being emptied */
  boundLog(): void {
    const isBounded = (): boolean => this.files.logBytes() <= this.options.maxBytes;
    if (isBounded()) return;
    this.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!isBounded())
      throw new Error(
        "the log is full because another program keeps a read transaction open: end that program",
      );
  }

  /** Whether the files were removed or replaced since they were opened; null if not. */
  displacement(): Displacement | null {
    return this.files.displacement();
  }

  /**
   * Rescues the open file after it or its log was removed or replaced. It is still complete: it is written under its
   * old name or, if another file has that name, next to it. Closes the history.
   * @returns one line on what happened
   * @throws if the copy cannot be written; the history then stays open
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

/** Earlier versions locked a history with a folder, which killed processes left behind. */
function removeOldLock(file: string): void {
  rmSync(`${file}.lock`, { recursive: true, force: true });
}
