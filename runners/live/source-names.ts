/** Names of the sources in the sequence keys of messages. */

/** Marks simulated rows: the page then shows DEMO. */
export const simulatorName = "simulator";

/** The name of one run of `produce`: each run counts its own messages. */
export function nameOfRun(source: string, pid: number): string {
  return `${source}-${pid}`;
}

/** Whether a source is the simulator of a system or of a run of `produce`. */
export function isSimulator(name: string): boolean {
  return name === simulatorName || name.startsWith(`${simulatorName}-`);
}
