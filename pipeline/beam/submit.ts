/** Submits a pipeline to a job server; its functions run in our worker pool. */
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import { JobState_Enum } from "apache-beam/proto/beam_job_api";
import type { PipelineResult } from "apache-beam/runners/runner";
import {
  asExternalEnvironment,
  PortableRunner,
  TYPESCRIPT_DEFAULT_ENVIRONMENT_URN,
  type Root,
} from "./sdk.js";

export interface SubmitOptions {
  jobName: string;
  /** HOST:PORT of the job server. */
  jobServer: string;
  /** HOST:PORT of the worker pool as reached from the cluster. */
  workerPool: string;
  /** Options of the runner, in camelCase. */
  runnerOptions: Record<string, unknown>;
}

/** The SDK's runner supports only containers and workers inside the submitting process. */
export class PoolRunner extends PortableRunner {
  constructor(private readonly options: SubmitOptions) {
    super({ jobEndpoint: options.jobServer, jobName: options.jobName, ...options.runnerOptions });
  }

  override runPipelineWithProto(
    ...[pipeline, options]: Parameters<PortableRunner["runPipelineWithProto"]>
  ): ReturnType<PortableRunner["runPipelineWithProto"]> {
    const withPool = runnerApi.Pipeline.clone(pipeline);
    const environments = withPool.components?.environments ?? {};
    for (const [id, environment] of Object.entries(environments)) {
      if (environment.urn !== TYPESCRIPT_DEFAULT_ENVIRONMENT_URN) continue;
      environments[id] = asExternalEnvironment(environment, this.options.workerPool);
    }
    return super.runPipelineWithProto(withPool, options);
  }
}

/** Builds a pipeline and starts it; resolves as soon as the job is accepted. */
export async function submitPipeline(
  build: (root: Root) => Promise<void> | void,
  options: SubmitOptions,
): Promise<PipelineResult> {
  return new PoolRunner(options).runAsync(build as (root: Root) => Promise<void>);
}

/** Whether the job server failed to pass the job to its cluster, or the job has failed since. */
export async function hasFailed(job: PipelineResult): Promise<boolean> {
  return (await job.waitUntilFinish(0)) === JobState_Enum.FAILED;
}
