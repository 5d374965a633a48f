// A lock file, so that two starts at once do not install or build over each other. It names its owner's process,
// and the owner touches it while it works: a lock that nobody touches is left over from a crash.
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimes,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { say } from "./progress.js";

const touchMs = 2_000;
const abandonedMs = 30_000;
const retryMs = 200;

/**
 * @template T
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} work
 */
export async function withLock(path, signal, work) {
  await acquire(path, signal);
  const touching = setInterval(() => utimes(path, new Date(), new Date(), () => {}), touchMs);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function acquire(path, signal) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    const owner = ownerOf(path);
    if (owner === undefined) continue;
    if (isAbandoned(path, owner)) {
      breakLock(path, owner);
      continue;
    }
    if (!told) say(`waiting for another start, process ${owner}, that installs or builds`);
    told = true;
    await pause(retryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * Creates the lock with its content in one atomic act.
 * @param {string} path
 */
function take(path) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * The process that holds the lock, undefined when it has just let go.
 * @param {string} path
 */
function ownerOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * A lock in our own process's number is left over too: we hold none yet, and numbers come again in containers.
 * @param {string} path
 * @param {string} owner
 */
function isAbandoned(path, owner) {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return owner === String(process.pid) || !isAlive(Number(owner)) || Date.now() - touched > abandonedMs;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Takes an abandoned lock away; puts it back when another start was quicker and holds it by now.
 * @param {string} path
 * @param {string} owner
 */
function breakLock(path, owner) {
  const aside = `${path}.${process.pid}.abandoned`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, path);
  } catch {
    // Another start broke it first.
  }
  rmSync(aside, { force: true });
}
