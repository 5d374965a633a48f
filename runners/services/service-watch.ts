/** Health of each service of a system: its process, and its answers. */
import type { PartStatus } from "../../pipeline/model/index.js";
import { Probe, type ProbeOptions } from "./index.js";

interface Watched {
  name: string;
  probe: Probe;
  /** Report of its supervisor, worded to follow the name; null while its process runs. */
  down: () => string | null;
  reported: string | null;
}

function problemOf({ down, probe }: Watched): string | null {
  return down() ?? probe.problem;
}

const reportMs = 1000;

export class ServiceWatch {
  private readonly watched: Watched[] = [];
  private readonly timer: NodeJS.Timeout;

  /** @param log receives a line when a service stops answering, and when it answers again */
  constructor(private readonly log: (line: string) => void) {
    this.timer = setInterval(() => this.report(), reportMs);
    this.timer.unref();
  }

  /** @returns its problem, worded to follow its name; null while it is healthy */
  add(name: string, options: ProbeOptions, down: () => string | null = () => null): () => string | null {
    const one = { name, probe: new Probe(options), down, reported: null };
    this.watched.push(one);
    return () => problemOf(one);
  }

  /** All services, in the order in which they were added. */
  get parts(): PartStatus[] {
    return this.watched.map((one) => ({ name: one.name, problem: problemOf(one) }));
  }

  private report(): void {
    for (const one of this.watched) {
      // An ended process is reported by its supervisor.
      const problem = one.down() === null ? one.probe.problem : null;
      if (problem === one.reported) continue;
      if (problem !== null) this.log(`${one.name} ${problem}`);
      else if (one.down() === null) this.log(`${one.name} answers again`);
      one.reported = problem;
    }
  }

  close(): void {
    clearInterval(this.timer);
    for (const { probe } of this.watched) probe.close();
  }
}
