// A lock file, so that two processes do not install or build at the same time. A hard link makes it appear
// with its owner's identity already inside. Only the holder of a second lock, whose name is derived from the first
// one's content, may remove the lock of a dead owner, so a slow process cannot remove its successor's lock.
import { createHash, randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive, ownIdentity } from "./identity.js";
import { print } from "./progress.js";

const retryMs = 200;

/**
 * @template T
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} work
 */
export async function withLock(path, signal, work) {
  const content = await acquire(path, signal);
  try {
    return await work();
  } finally {
    remove(path, content);
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function acquire(path, signal) {
  mkdirSync(dirname(path), { recursive: true });
  for (let waits = false; ;) {
    const { content, owner } = tryLock(path);
    if (content !== undefined) return content;
    if (!waits) print(`waiting for process ${owner}, which installs or builds`);
    waits = true;
    await pause(retryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * Takes a lock, or returns its owner.
 * @param {string} path
 * @returns {{ content: string, owner?: undefined } | { content?: undefined, owner: number }}
 */
export function tryLock(path) {
  for (;;) {
    const content = JSON.stringify({ ...ownIdentity(), token: randomBytes(8).toString("hex") });
    if (create(path, content)) return { content };
    const found = read(path);
    if (found === undefined) continue;
    const owner = livingOwner(found) ?? breakLock(path, found);
    if (owner !== undefined) return { owner };
  }
}

/**
 * @param {string} path
 * @param {string} content
 */
function create(path, content) {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, content);
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
 * Undefined if the lock does not exist.
 * @param {string} path
 */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}

/** @param {string} content */
function livingOwner(content) {
  try {
    const owner = JSON.parse(content);
    return isAlive(owner) ? /** @type {number} */ (owner.pid) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {string} content
 * @returns owner of the breaking lock; undefined when the lock has been broken
 */
function breakLock(path, content) {
  const guard = `${path}.${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
  const attempt = tryLock(guard);
  if (attempt.content === undefined) return attempt.owner;
  remove(path, content);
  remove(guard, attempt.content);
  return undefined;
}

/**
 * Removes a lock unless its content has changed.
 * @param {string} path
 * @param {string} content
 */
function remove(path, content) {
  if (read(path) === content) rmSync(path, { force: true });
}
