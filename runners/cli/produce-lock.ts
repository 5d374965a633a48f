/** Keeps two runs of the same `produce` from sending the same rows. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { isAlive, startOf } from "./background.js";

/** Who holds a lock. Numbers of processes are given again, also after the machine was started anew. */
interface Owner {
  pid: number;
  /** When that process began, as {@link startOf} tells. */
  started: string;
}

/**
 * Takes a lock; that of a process which is gone is broken.
 * @returns how to give it back
 * @throws UnavailableError while another process holds it
 */
export function takeLock(path: string): () => void {
  const own: Owner = { pid: process.pid, started: startOf(process.pid) };
  while (!create(path, own)) {
    const owner = ownerOf(path);
    if (owner !== null && isRunning(owner))
      throw new UnavailableError(
        `process ${owner.pid} is sending the same rows to the same topic: wait until it has ended`,
      );
    rmSync(path, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function create(path: string, owner: Owner): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, JSON.stringify(owner), { flag: "wx", mode: 0o600 });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new MuonitorError(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** Null when it is nobody's: its owner died while it wrote, or has just given it back. */
function ownerOf(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return null;
  }
}

function isRunning({ pid, started }: Owner): boolean {
  return isAlive(pid) && startOf(pid) === started;
}
