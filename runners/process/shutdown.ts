/**
 * Shutdown by Ctrl-C and other stop signals. An orderly shutdown has a time budget of a few seconds; after that, or
 * on a second signal, the process exits with pending steps unfinished, and the `atExit` cleanup runs.
 */
import { setTimeout as delay } from "node:timers/promises";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof stopSignals)[number];

interface ShutdownOptions {
  /** Called on the first signal. */
  onStop: (signal: StopSignal) => void;
  log: (line: string) => void;
  budgetMs?: number;
}

/** Slightly below the 10 s promised to users. */
const defaultBudgetMs = 9000;
/** npm forwards Ctrl-C to a process that has already received it from the terminal. */
const sameKeyMs = 300;
/** For sockets and timers that are no longer awaited. */
const lingerMs = 300;
/** A file request that has not ended after this time does not end by itself, such as one of a FIFO without a writer. */
const stuckMs = 500;

/** Steps started and not yet finished, in starting order. */
const pending = new Set<string>();

/** Listens for stop signals. @returns function that stops listening, for when the work is done */
export function watchStopSignals({ onStop, log, budgetMs = defaultBudgetMs }: ShutdownOptions): () => void {
  let stoppedMs: number | null = null;
  let stopSignal: StopSignal = "SIGTERM";
  const handle = (signal: StopSignal): void => {
    if (stoppedMs !== null) {
      if (performance.now() - stoppedMs > sameKeyMs) exitDespiteRequests(exitCodeOf(signal), signal);
      return;
    }
    stoppedMs = performance.now();
    stopSignal = signal;
    onStop(signal);
    setTimeout(() => {
      const what = pending.size === 0 ? "" : `: ${[...pending].join(", ")}`;
      log(`the shutdown is not complete after ${budgetMs / 1000} s and is aborted${what}`);
      exitDespiteRequests(1, signal);
    }, budgetMs).unref();
  };
  for (const signal of stopSignals) process.on(signal, handle);
  return () => {
    if (stoppedMs === null) for (const signal of stopSignals) process.off(signal, handle);
    else setTimeout(() => exitDespiteRequests(undefined, stopSignal), lingerMs).unref();
  };
}

/**
 * Exits, also while a file request or a name lookup does not end: `process.exit` waits for the threads of such requests,
 * without a timeout. In this case the `atExit` cleanup runs, and the process then ends itself with the signal.
 */
function exitDespiteRequests(code: number | undefined, signal: StopSignal): void {
  const deadline = performance.now() + stuckMs;
  const attempt = (): void => {
    // process.exit(undefined) would replace an exit code of 130 with 0.
    if (code !== undefined) process.exitCode = code;
    if (!hasRequests()) process.exit();
    if (performance.now() < deadline) return void setTimeout(attempt, 20);
    process.on("exit", () => {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
    process.exit();
  };
  attempt();
}

/** Whether a thread of this process works on a file request or a name lookup. */
function hasRequests(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo)/.test(name));
}

/** The exit code that a shell reports for this signal. */
function exitCodeOf(signal: StopSignal): number {
  return 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
}

/**
 * Runs a step of a shutdown, with a timeout.
 * @param what name of the step in the report if it does not end
 * @returns whether it has ended
 * @throws the step's error, if it occurs in time
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
