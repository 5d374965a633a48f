/**
 * Watches the hosts of a Flink cluster's TaskManagers: those that were registered with the JobManager and no longer are.
 * A host that registers in place of a lost one ends its notice, as does its return.
 */
import { FlinkRest } from "../flink/rest.js";
import { clockTime, Probe, type ProbeOptions } from "../services/index.js";

interface TaskManagerWatchOptions {
  /** HOST:PORT of the JobManager's REST interface. */
  master: string;
  log: (line: string) => void;
  probe?: Omit<ProbeOptions, "ask">;
}

/** Time for which Flink may list both a lost host and a new one that replaces it, ms. */
const replacedWithinMs = 60_000;

interface NewHost {
  host: string;
  ms: number;
}

export class TaskManagerWatch {
  /** Wall clock when each host was last registered, ms. */
  private readonly seenMs = new Map<string, number>();
  /** Hosts that may replace a lost one. */
  private newHosts: NewHost[] = [];
  private isFirst = true;
  private lost: string[] = [];
  private readonly probe: Probe;

  constructor(private readonly options: TaskManagerWatchOptions) {
    const ask = async (signal: AbortSignal): Promise<null> => {
      this.take(await new FlinkRest(options.master, signal).taskManagerHosts());
      return null;
    };
    this.probe = new Probe({ ...options.probe, ask });
  }

  /** One line for each lost host; one line in total while the JobManager does not answer. */
  get notices(): string[] {
    const { problem } = this.probe;
    if (problem === null) return this.lost;
    return [`Flink: the JobManager at ${this.options.master} ${problem}; its TaskManagers are unknown`];
  }

  private take(hosts: readonly string[]): void {
    const [now, ms] = [Date.now(), performance.now()];
    const registered = new Set(hosts);
    for (const host of registered) {
      if (!this.isFirst && !this.seenMs.has(host)) this.newHosts.push({ host, ms });
      this.seenMs.set(host, now);
    }
    this.isFirst &&= registered.size === 0;
    this.newHosts = this.newHosts.filter((one) => registered.has(one.host) && ms - one.ms < replacedWithinMs);
    const missing = [...this.seenMs.keys()].filter((host) => !registered.has(host));
    for (const host of missing.splice(0, this.newHosts.length)) this.replace(host);
    const left = `${registered.size} of ${registered.size + missing.length} hosts are left`;
    const lost = missing.map((host) => {
      const since = clockTime(this.seenMs.get(host) ?? now);
      return `Flink: the TaskManager on host ${host} has not been registered since ${since}; ${left}`;
    });
    this.report(lost);
    this.lost = lost;
  }

  private replace(host: string): void {
    this.seenMs.delete(host);
    this.newHosts.shift();
  }

  private report(lost: readonly string[]): void {
    for (const line of lost) if (!this.lost.includes(line)) this.options.log(line);
    if (this.lost.length > 0 && lost.length === 0)
      this.options.log("Flink: all hosts of TaskManagers are registered");
  }

  close(): void {
    this.probe.close();
  }
}
