/** Waits for a time, a condition or an answer. */
import { setTimeout as delay } from "node:timers/promises";
import { UnavailableError } from "../../pipeline/model/index.js";

export interface WaitOptions {
  everyMs: number;
  /** Unlimited by default. */
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

/** Not yet fulfilled: the condition is checked again. */
export type NotYet = null | undefined | false;

/**
 * Checks a condition at least once, until it holds.
 * @returns result of the condition, null on timeout
 * @throws the signal's reason, or an error of the condition
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
 * Gives a call a deadline. When it expires, the call's signal is aborted, and the call is no longer awaited even if it
 * ignores the signal.
 * @param what the peer, as the subject of an error message
 * @throws UnavailableError after the deadline, the signal's reason when it is aborted earlier
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
    // The call's own error about its interruption is not useful.
    over.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", interrupt);
  }
}

type Work = (signal: AbortSignal) => Promise<unknown>;

/**
 * Runs all at the same time; the first failure aborts the others.
 * @throws the first error, when all have ended
 */
export async function together<Works extends readonly Work[]>(
  works: readonly [...Works],
  signal?: AbortSignal,
): Promise<{ -readonly [K in keyof Works]: Awaited<ReturnType<Works[K]>> }> {
  const failed = new AbortController();
  const both = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]);
  const all = works.map((work) => work(both));
  // Only the first call sets the reason.
  for (const one of all) one.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(all);
  failed.signal.throwIfAborted();
  return (await Promise.all(all)) as { [K in keyof Works]: Awaited<ReturnType<Works[K]>> };
}
