/** Time that threads waited for a processor, which depends on the load of the machine, not on the program. */
import { readdirSync, readFileSync } from "node:fs";

const folder = "/proc/self/task";
type Waits = ReadonlyMap<string, number>;

/** Time on the run queue so far of each thread of this process, ms; empty if the system does not report it. */
export function waitsOfThreads(): Waits {
  try {
    return new Map(readdirSync(folder).map((thread) => [thread, waitOf(thread)]));
  } catch {
    return new Map();
  }
}

/** The second field of `schedstat` is the time spent waiting on a run queue, ns (Linux, Documentation/scheduler/sched-stats). */
function waitOf(thread: string): number {
  return Number(readFileSync(`${folder}/${thread}/schedstat`, "utf8").split(" ")[1]) / 1e6;
}

/** The longest wait of any thread since `before`, ms: a lower limit of the time that a chain of threads has lost. */
export function longestWaitSince(before: Waits): number {
  const waits = [...waitsOfThreads()].map(([thread, ms]) => ms - (before.get(thread) ?? 0));
  return Math.max(0, ...waits);
}
