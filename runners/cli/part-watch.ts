/** Whether each part of a system does its work: its process, and its answers. */
import type { PartStatus } from "../../pipeline/model/index.js";
import { Probe, type ProbeOptions } from "../parts/index.js";

interface Watched {
  name: string;
  probe: Probe;
  /** What its supervisor says of it, in words that follow the name; null while its process runs. */
  down: () => string | null;
  reported: string | null;
}

const reportMs = 1000;

export class PartWatch {
  private readonly watched: Watched[] = [];
  private readonly timer: NodeJS.Timeout;

  /** @param log hears when a part stops answering, and when it answers again */
  constructor(private readonly log: (line: string) => void) {
    this.timer = setInterval(() => this.report(), reportMs);
    this.timer.unref();
  }

  add(name: string, options: ProbeOptions, down: () => string | null = () => null): void {
    this.watched.push({ name, probe: new Probe(options), down, reported: null });
  }

  /** Every part, in the order in which they were added. */
  get parts(): PartStatus[] {
    return this.watched.map((one) => ({ name: one.name, problem: one.down() ?? one.probe.problem }));
  }

  private report(): void {
    for (const one of this.watched) {
      // Of a process that ended its supervisor reports.
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
