/** Watches a job over Flink's REST interface. */
import { UnavailableError } from "../../pipeline/model/index.js";
import { hasEnded, rootCause, type FlinkRest } from "../flink/rest.js";
import type { ClusterState } from "./flink-system.js";

const pollMs = 1000;

export class JobWatch {
  private state: ClusterState = { runningMs: null, problem: null };
  private timer: NodeJS.Timeout | undefined;
  private reported: string | null = null;

  constructor(
    private readonly rest: FlinkRest,
    private readonly jobId: string,
    private readonly log: (line: string) => void,
  ) {
    this.next();
  }

  get current(): ClusterState {
    return this.state;
  }

  private next(): void {
    this.timer = setTimeout(() => void this.look().finally(() => this.next()), pollMs);
  }

  private async look(): Promise<void> {
    const problem = await this.problem();
    this.state = { runningMs: problem === null ? Date.now() : this.state.runningMs, problem };
    if (problem === this.reported) return;
    this.log(problem ?? "the job runs again");
    this.reported = problem;
  }

  private async problem(): Promise<string | null> {
    try {
      const job = await this.rest.job(this.jobId);
      if (job.state === "RUNNING") return null;
      if (!hasEnded(job)) return `the job is ${job.state}`;
      return `the job has ${job.state}: ${rootCause((await this.rest.lastFailure(this.jobId)) ?? undefined)}`;
    } catch (error) {
      if (error instanceof UnavailableError) return error.message;
      // A JobManager that has just come back does not know its jobs yet.
      return "Flink does not tell of the job";
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.next = () => undefined;
  }
}
