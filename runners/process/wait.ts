/** Waiting: for a time, for a condition, for an answer. */
import { setTimeout as delay } from "node:timers/promises";
import { UnavailableError } from "../../pipeline/model/index.js";

export interface WaitOptions {
  everyMs: number;
  /** Unlimited without it. */
  withinMs?: number;
  signal?: AbortSignal | undefined;
}

/** Waits for a time. @throws the signal's reason as soon as it is aborted */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Nothing yet: the condition is tried again. */
export type NotYet = null | undefined | false;

/**
 * Tries a condition until it holds; it is tried at least once.
 * @returns what the condition gave, null when the time is over
 * @throws the signal's reason, or what the condition throws
 */
export async function waitFor<T>(
  condition: () => T | NotYet | Promise<T | NotYet>,
  { everyMs, withinMs = Infinity, signal }: WaitOptions,
): Promise<T | null> {
  const end = performance.now() + withinMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    const leftMs = end - performance.now();
    if (leftMs <= 0) return null;
    await pause(Math.min(everyMs, leftMs), signal);
  }
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/**
 * Gives a call a deadline: then its signal is aborted, and the call is no longer waited for even if it ignores that.
 * @param what names what does not answer, as the subject of a sentence
 * @throws UnavailableError after the deadline, the signal's reason when it is aborted before
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  ms: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const late = new UnavailableError(`${what} does not answer within ${ms / 1000} s`);
  const timer = setTimeout(() => over.abort(late), ms);
  const interrupt = (): void => over.abort(signal?.reason);
  signal?.addEventListener("abort", interrupt, { once: true });
  const given = untilAborted(over.signal).then(() => {
    throw over.signal.reason;
  });
  given.catch(() => undefined);
  try {
    const running = work(over.signal);
    running.catch(() => undefined);
    return await Promise.race([running, given]);
  } catch (error) {
    // What the call says of its interruption is of no use.
    over.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", interrupt);
  }
}
