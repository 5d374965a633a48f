/**
 * The end of a process by Ctrl-C and the like. What is orderly has a few seconds; after the time budget, or by a second
 * signal, the process exits with what has not ended, and the chores of `atExit` leave nothing behind.
 */
import { setTimeout as delay } from "node:timers/promises";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof stopSignals)[number];

interface ShutdownOptions {
  /** Called at the first signal. */
  onStop: (signal: StopSignal) => void;
  log: (line: string) => void;
  budgetMs?: number;
}

/** A little less than the 10 s that a user is promised. */
const defaultBudgetMs = 9000;
/** npm passes Ctrl-C on to a process that the terminal has sent it to already. */
const sameKeyMs = 300;
/** For sockets and timers that nobody waits for any more. */
const lingerMs = 300;

/** Steps that have been begun and have not ended, in the order of their begin. */
const pending = new Set<string>();

/** Listens to the signals that ask a process to end. @returns how to stop listening, when its work is done */
export function watchStopSignals({ onStop, log, budgetMs = defaultBudgetMs }: ShutdownOptions): () => void {
  let stoppedMs: number | null = null;
  const handle = (signal: StopSignal): void => {
    if (stoppedMs !== null) {
      if (performance.now() - stoppedMs > sameKeyMs) process.exit(exitCodeOf(signal));
      return;
    }
    stoppedMs = performance.now();
    onStop(signal);
    setTimeout(() => {
      const what = pending.size === 0 ? "" : `: ${[...pending].join(", ")}`;
      log(`not everything has ended within ${budgetMs / 1000} s and is cut off${what}`);
      process.exit(1);
    }, budgetMs).unref();
  };
  for (const signal of stopSignals) process.on(signal, handle);
  return () => {
    if (stoppedMs === null) for (const signal of stopSignals) process.off(signal, handle);
    else setTimeout(() => process.exit(), lingerMs).unref();
  };
}

/** As a shell reports a process that this signal ended. */
function exitCodeOf(signal: StopSignal): number {
  return 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
}

/**
 * A step of a shutdown, which is not waited for longer than this.
 * @param what named when it does not end
 * @returns whether it has ended
 * @throws what the step throws in time
 */
export async function endsWithin(ms: number, what: string, work: () => Promise<unknown>): Promise<boolean> {
  pending.add(what);
  const over = new AbortController();
  const working = work().finally(() => pending.delete(what));
  working.catch(() => undefined);
  try {
    return await Promise.race([working.then(() => true), delay(ms, false, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
