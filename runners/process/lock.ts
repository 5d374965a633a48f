/**
 * Lock files, for work that only one process at a time may do. A hard link makes a lock appear with its owner's
 * identity already inside. Only the holder of a second lock, whose name is derived from the content of the first, may
 * remove the lock of a dead owner. No content occurs twice, so a slow process can never remove its successor's lock.
 */
import { createHash, randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { atExit } from "./at-exit.js";
import { isAlive, isIdentity, ownIdentity, type Identity } from "./identity.js";
import { makePrivateFolder } from "./folder.js";
import { cannotWrite } from "./fs-error.js";
import { removeNote, writeDraft } from "./note.js";
import { pause } from "./wait.js";

/** Releases a lock; a second call does nothing. */
export type Release = () => void;

const retryMs = 200;

/**
 * Takes a lock, or returns its owner. The lock of an ended process is broken.
 * @throws MuonitorError when the folder is not writable
 */
export function tryLock(path: string): { release: Release } | { owner: Identity } {
  makePrivateFolder(dirname(path));
  for (;;) {
    const content = `${JSON.stringify({ ...ownIdentity(), token: randomBytes(8).toString("hex") })}\n`;
    if (create(path, content)) return { release: releaseOf(path, content) };
    const found = read(path);
    if (found === null) continue;
    const owner = livingOwner(found);
    if (owner !== null) return { owner };
    const breaker = breakLock(path, found);
    if (breaker !== null) return { owner: breaker };
  }
}

/** @throws UnavailableError with the text of `refusal` while another process holds the lock */
export function lockOrRefuse(path: string, refusal: (owner: Identity) => string): Release {
  const attempt = tryLock(path);
  if ("release" in attempt) return attempt.release;
  throw new UnavailableError(refusal(attempt.owner));
}

/**
 * Waits for a lock and runs the work while holding it.
 * @param onWait called once when another process holds it
 */
export async function withLock<T>(
  path: string,
  { signal, onWait }: { signal?: AbortSignal | undefined; onWait?: (owner: Identity) => void },
  work: () => Promise<T>,
): Promise<T> {
  const release = await waitForLock(path, signal, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

async function waitForLock(
  path: string,
  signal: AbortSignal | undefined,
  onWait: ((owner: Identity) => void) | undefined,
): Promise<Release> {
  for (let isFirst = true; ; isFirst = false) {
    signal?.throwIfAborted();
    const attempt = tryLock(path);
    if ("release" in attempt) return attempt.release;
    if (isFirst) onWait?.(attempt.owner);
    await pause(retryMs, signal);
  }
}

/** The living owner of a lock; null if there is none. */
export function lockOwner(path: string): Identity | null {
  const content = read(path);
  return content === null ? null : livingOwner(content);
}

function create(path: string, content: string): boolean {
  let draft: string | undefined;
  try {
    draft = writeDraft(path, content);
    linkSync(draft, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cannotWrite(dirname(path), cause);
  } finally {
    if (draft !== undefined) rmSync(draft, { force: true });
  }
}

/** Content of the lock file; null if it does not exist. */
function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new MuonitorError(`${path}: cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** A lock without an identity is left over from a crash of the machine, because no process makes a half-written lock visible. */
function livingOwner(content: string): Identity | null {
  try {
    const owner: unknown = JSON.parse(content);
    return isIdentity(owner) && isAlive(owner) ? owner : null;
  } catch {
    return null;
  }
}

/** @returns owner of the breaking lock; null when the lock has been broken */
function breakLock(path: string, content: string): Identity | null {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const attempt = tryLock(`${path}.${digest}`);
  if ("owner" in attempt) return attempt.owner;
  try {
    // Other content: a previous breaker has removed the lock, and the present one belongs to another process.
    if (read(path) === content) rmSync(path, { force: true });
    return null;
  } finally {
    attempt.release();
  }
}

function releaseOf(path: string, content: string): Release {
  const remove = (): void => {
    forget();
    // The state folder may have been removed and reused by another process meanwhile.
    if (isStill(path, content)) removeNote(path);
  };
  const forget = atExit(remove);
  return remove;
}

function isStill(path: string, content: string): boolean {
  try {
    return read(path) === content;
  } catch {
    return false;
  }
}
