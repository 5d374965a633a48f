/** Keeps two processes from doing the same work at once. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const retryMs = 200;

/**
 * Does some work while no other process does it. A lock whose owner is gone is broken; two that break it at the same
 * moment may both go on, so the work must come out right even then.
 */
export async function withLock(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  while (!takeLock(path)) {
    signal?.throwIfAborted();
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await wait(retryMs);
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function takeLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAbandoned(path: string): boolean {
  try {
    const owner = Number(readFileSync(path, "utf8"));
    // Between its making and its writing a lock names nobody yet.
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
