/** A supervisor: a part that dies is started again, at the same ports and on the same data. */
import { setTimeout as delay } from "node:timers/promises";
import type { Part } from "../parts/index.js";

export interface Supervision {
  /** Names of the parts that are not back yet. */
  readonly down: Set<string>;
  log: (line: string) => void;
  /** Aborted when the parts are to end. */
  signal: AbortSignal;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A part that has lived for so long begins again with the shortest pause. */
const steadyMs = 60_000;

/** Resolves when the part has ended after the signal. */
export async function keepRunning(part: Part, supervision: Supervision): Promise<void> {
  const { down, log, signal } = supervision;
  const isOver = (): boolean => signal.aborted;
  let pauseMs = firstPauseMs;
  for (;;) {
    const startedMs = performance.now();
    const { code, signal: killedBy } = await part.exited;
    if (isOver()) return;
    down.add(part.name);
    log(
      `${part.name} has ended (${killedBy ?? `code ${code}`}) and is started again; its log: ${part.logFile}`,
    );
    if (performance.now() - startedMs > steadyMs) pauseMs = firstPauseMs;
    while (!(await restarted(part, pauseMs, supervision))) {
      if (isOver()) return;
      pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    }
    down.delete(part.name);
    log(`${part.name} is back`);
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
}

async function restarted(part: Part, pauseMs: number, { log, signal }: Supervision): Promise<boolean> {
  try {
    await delay(pauseMs, undefined, { signal });
    await part.restart(signal);
    return true;
  } catch (error) {
    if (!signal.aborted) log(error instanceof Error ? error.message : String(error));
    return false;
  }
}
