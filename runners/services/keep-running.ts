/** A supervisor: restarts a service that exits or hangs, with the same ports and data. */
import type { ManagedProcess, ProcessExit } from "./managed-process.js";
import { pause, waitFor } from "../process/index.js";

export interface Supervision {
  /** Failed services that are not working again yet, with the reason, worded to follow the name. */
  readonly down: Map<ManagedProcess, string>;
  log: (line: string) => void;
  /** Aborted when the services are to end. */
  signal: AbortSignal;
  /**
   * The reason why a running service is not working, worded to follow its name; null while it works, and while the
   * cause is another service or the disk.
   */
  hang: () => string | null;
  /** A service that hangs for this time is killed, ms. */
  hangLimitMs?: number;
}

const hangLimitMs = 60_000;
const lookMs = 1000;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** After this time without a fault the back-off restarts with the shortest pause. */
const steadyMs = 60_000;

/** Resolves when the service has ended after the signal. */
export async function keepRunning(part: ManagedProcess, supervision: Supervision): Promise<void> {
  const { down, log, signal } = supervision;
  const isOver = (): boolean => signal.aborted;
  let pauseMs = firstPauseMs;
  for (;;) {
    const startedMs = performance.now();
    const what = await endOf(part, supervision);
    if (isOver()) return;
    down.set(part, `${what}; it is being restarted`);
    log(`${part.name} ${what}; restarting it (its log: ${part.logFile})`);
    if (performance.now() - startedMs > steadyMs) pauseMs = firstPauseMs;
    while (!(await restarted(part, pauseMs, supervision))) {
      if (isOver()) return;
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    }
    down.delete(part);
    log(`${part.name} works again`);
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
}

/** Waits until a service exits, or hangs and is killed. @returns the reason, worded to follow its name */
async function endOf(part: ManagedProcess, supervision: Supervision): Promise<string> {
  const over = new AbortController();
  const exit = part.exited.finally(() => over.abort());
  const hang = await hangOf(supervision, over.signal);
  if (hang === null) return causeOf(part, await exit);
  await part.kill9();
  return `${hang} and was killed`;
}

/** @returns the reason reported for a hung service; null if it has exited before */
async function hangOf(
  { hang, hangLimitMs: limitMs = hangLimitMs }: Supervision,
  signal: AbortSignal,
): Promise<string | null> {
  const everyMs = Math.min(lookMs, limitMs / 4);
  // Checks are counted instead of time: this process may have been paused itself.
  let looks = 0;
  const lasting = (): string | null => {
    const trouble = hang();
    looks = trouble === null ? 0 : looks + 1;
    return looks * everyMs >= limitMs ? trouble : null;
  };
  return waitFor(lasting, { everyMs, signal }).catch(() => null);
}

/** Reason for the exit of a service: the full disk that its log reports, or its exit status. */
function causeOf({ lastOutput }: ManagedProcess, { code, signal }: ProcessExit): string {
  if (/No space left on device|Disk quota exceeded/i.test(lastOutput))
    return "has stopped: no space left on the disk";
  return `has died (${signal ?? `exit code ${code}`})`;
}

async function restarted(
  part: ManagedProcess,
  pauseMs: number,
  { log, signal, down }: Supervision,
): Promise<boolean> {
  try {
    await pause(pauseMs, signal);
    await part.restart(signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    log(error instanceof Error ? error.message : String(error));
    down.set(part, `${causeOf(part, await part.exited)}; it is being restarted`);
    return false;
  }
}
