/** A supervisor: a part that dies is started again, at the same ports and on the same data. */
import { setTimeout as delay } from "node:timers/promises";
import type { Part, PartExit } from "../parts/index.js";

export interface Supervision {
  /** Parts that died and do not do their work again yet, with what happened in words that follow the name. */
  readonly down: Map<Part, string>;
  log: (line: string) => void;
  /** Aborted when the parts are to end. */
  signal: AbortSignal;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** After this time without a fault the pauses begin with the shortest again. */
const steadyMs = 60_000;

/** Resolves when the part has ended after the signal. */
export async function keepRunning(part: Part, supervision: Supervision): Promise<void> {
  const { down, log, signal } = supervision;
  const isOver = (): boolean => signal.aborted;
  let pauseMs = firstPauseMs;
  for (;;) {
    const startedMs = performance.now();
    const exit = await part.exited;
    if (isOver()) return;
    const what = causeOf(part, exit);
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

/** Why a part has ended: the full disk that its log names, or how its process ended. */
function causeOf({ lastOutput }: Part, { code, signal }: PartExit): string {
  if (/No space left on device|Disk quota exceeded/i.test(lastOutput))
    return "has stopped: no space left on the disk";
  return `has died (${signal ?? `exit code ${code}`})`;
}

async function restarted(part: Part, pauseMs: number, { log, signal, down }: Supervision): Promise<boolean> {
  try {
    await delay(pauseMs, undefined, { signal });
    await part.restart(signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    log(error instanceof Error ? error.message : String(error));
    down.set(part, `${causeOf(part, await part.exited)}; it is being restarted`);
    return false;
  }
}
