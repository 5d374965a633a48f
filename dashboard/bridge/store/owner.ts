/**
 * Who may use the store: one process at a time. SQLite's own lock here is a folder that a killed process leaves behind,
 * so that the owner's note tells whether somebody is still there.
 */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { UnavailableError } from "../../../pipeline/model/index.js";

const signOfLifeMs = 20_000;
/** A number of a process may be given anew: an owner that lives says so. */
const silentMs = 90_000;

/** Files that this process has open. */
const mine = new Set<string>();

/**
 * @returns gives it up again
 * @throws UnavailableError when another process, or this one, uses the file
 */
export function own(file: string): () => void {
  const note = `${file}.owner`;
  const owner = livingOwner(note);
  if (mine.has(file) || owner !== null) {
    throw new UnavailableError(`${file} is used by process ${owner ?? process.pid}`);
  }
  writeFileSync(note, `${process.pid}\n`, { mode: 0o600 });
  rmSync(`${file}.lock`, { recursive: true, force: true });
  mine.add(file);
  const timer = setInterval(() => touch(note), signOfLifeMs).unref();
  return () => {
    clearInterval(timer);
    mine.delete(file);
    rmSync(note, { force: true });
  };
}

function livingOwner(note: string): number | null {
  try {
    const pid = Number(readFileSync(note, "utf8"));
    if (pid === process.pid || Date.now() - statSync(note).mtimeMs > silentMs) return null;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? 0 : null;
  }
}

function touch(note: string): void {
  try {
    utimesSync(note, new Date(), new Date());
  } catch {
    // The folder is gone: nothing is left to be guarded.
  }
}
