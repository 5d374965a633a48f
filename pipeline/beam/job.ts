/** A job accepted by a job server, polled until it ends. */
import { JobState_Enum } from "apache-beam/proto/beam_job_api";
import type { Root } from "./sdk.js";
import { PoolRunner, type SubmitOptions } from "./submit.js";

export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled";

const states = new Map<JobState_Enum, JobState>([
  [JobState_Enum.RUNNING, "running"],
  [JobState_Enum.CANCELLING, "running"],
  [JobState_Enum.DONE, "done"],
  [JobState_Enum.FAILED, "failed"],
  [JobState_Enum.CANCELLED, "cancelled"],
]);

export interface SubmittedJob {
  /** @throws Error when the job server does not answer */
  state(): Promise<JobState>;
  cancel(): Promise<void>;
}

/** Builds a pipeline and starts it; resolves as soon as the job is accepted. */
export async function submitJob(
  build: (root: Root) => Promise<void> | void,
  options: SubmitOptions,
): Promise<SubmittedJob> {
  const runner = new PoolRunner(options);
  const { jobId } = (await runner.runAsync(build as (root: Root) => Promise<void>)) as unknown as {
    jobId: string;
  };
  return {
    state: async () => states.get((await runner.getJobState(jobId)).state) ?? "waiting",
    cancel: async () => {
      await runner.cancelJob(jobId);
    },
  };
}
