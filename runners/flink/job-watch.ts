/**
 * Watches a streaming job over Flink's REST interface, by name instead of id: after an upgrade (savepoint, cancel, submit)
 * another job with the same name continues the work.
 */
import { UnavailableError } from "../../pipeline/model/index.js";
import { hasEnded, rootCause, type FlinkJob, type FlinkRest } from "./rest.js";

const pollMs = 1000;

/** Current state of the job. */
interface JobState {
  /** Its id; null while it does not exist. */
  id: string | null;
  /** Reason why it is not working; null while all its tasks run. */
  problem: string | null;
}

export class JobWatch {
  private state: JobState = { id: null, problem: null };
  private hasSeenJob = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly rest: FlinkRest,
    private readonly jobName: string,
  ) {
    this.next();
  }

  get current(): JobState {
    return this.state;
  }

  private next(): void {
    this.timer = setTimeout(() => void this.look().finally(() => this.next()), pollMs);
  }

  private async look(): Promise<void> {
    this.state = await this.read();
  }

  private async read(): Promise<JobState> {
    try {
      const jobs = (await this.rest.jobs()).filter(({ name }) => name === this.jobName);
      const job = jobs.find((one) => !hasEnded(one)) ?? jobs[0];
      if (job === undefined) return { id: null, problem: this.missingJobText() };
      this.hasSeenJob = true;
      return { id: job.jid, problem: await this.troubleOf(job) };
    } catch (error) {
      const problem = error instanceof UnavailableError ? error.message : "Flink does not report the job";
      return { id: this.state.id, problem };
    }
  }

  /** A JobManager that has regained leadership does not list jobs that had ended before. */
  private missingJobText(): string {
    if (!this.hasSeenJob) return `Flink has no job ${this.jobName}`;
    return `Flink no longer has the job ${this.jobName}; muonitor submit starts it again`;
  }

  private async troubleOf(job: FlinkJob): Promise<string | null> {
    const { total, running, finished } = job.tasks ?? { total: 0, running: 0, finished: 0 };
    if (job.state === "RUNNING" && running + finished === total) return null;
    const failure = job.state === "CANCELED" ? null : await this.rest.lastFailure(job.jid);
    const cause = failure === null ? "" : `: ${rootCause(failure)}`;
    if (hasEnded(job)) return `the job ${job.name} is ${job.state}${cause}; muonitor submit starts it again`;
    if (job.state !== "RUNNING") return `the job ${job.name} is ${job.state}${cause}`;
    return `${running} of ${total} tasks of the job ${job.name} run${cause}`;
  }

  close(): void {
    clearTimeout(this.timer);
    this.next = () => undefined;
  }
}
