/** The open files of the store: checks that they are still at their paths, and finds free names for copies. */
import { existsSync, renameSync, rmSync, statSync } from "node:fs";

/** The log and its index: only they contain the latest writes. */
const companions = ["-wal", "-shm"];
const maxKept = 5;

/** `log`: only the log or its index was removed or replaced; `gone`, `replaced`: the file itself. */
export type Displacement = "log" | "gone" | "replaced";

export class OpenFiles {
  private readonly own: ReadonlyMap<string, string | null>;

  /** Create it after SQLite has opened all of them. */
  constructor(private readonly file: string) {
    this.own = new Map(["", ...companions].map((end) => [end, identityOf(file + end)]));
  }

  /** How the files at our paths differ from our open files; null if they are the same. */
  displacement(): Displacement | null {
    const found = identityOf(this.file);
    if (found === null) return "gone";
    if (found !== this.own.get("")) return "replaced";
    return companions.every((end) => this.isOwn(end)) ? null : "log";
  }

  logBytes(): number {
    return statSync(`${this.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  private isOwn(end: string): boolean {
    return identityOf(this.file + end) === this.own.get(end);
  }

  /** Removes our log next to a replaced file: SQLite would apply it to the new file. */
  removeOwnCompanions(): void {
    for (const end of companions) if (this.isOwn(end)) rmSync(this.file + end, { force: true });
  }
}

export function removeCompanions(file: string): void {
  for (const end of companions) rmSync(file + end, { force: true });
}

function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}/${found.ino}`;
}

/**
 * A free name for a copy next to the file: FILE.KIND, FILE.KIND.2, ...
 * @throws Error if the maximum number of copies exists: none is replaced, because each may contain the only copy of
 * its data
 */
export function nameBeside(file: string, kind: "corrupt" | "removed" | "replaced"): string {
  const names = Array.from({ length: maxKept }, (_, i) => `${file}.${kind}${i === 0 ? "" : `.${i + 1}`}`);
  const free = names.find((name) => !existsSync(name));
  if (free === undefined) throw new Error(`${maxKept} copies ${file}.${kind}* exist already: remove some`);
  return free;
}

/** Renames a history and its log, so that they still belong together. @returns the new name */
export function renameCorrupt(file: string): string {
  const name = nameBeside(file, "corrupt");
  renameSync(file, name);
  for (const end of ["-wal", "-journal"]) if (existsSync(file + end)) renameSync(file + end, name + end);
  removeCompanions(file);
  return name;
}
