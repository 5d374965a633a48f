/** Submits the streaming job to a Flink cluster. */
import { MuonitorError, tallyTopicOf, UnavailableError, type JobOrigin } from "../../pipeline/model/index.js";
import type { PipelineConfig } from "../../pipeline/steps/index.js";
import { hasFailed, streamWindows, submitPipeline } from "../../pipeline/beam/index.js";
import { ensureTopics, tallyTopic, type BeamService } from "../services/index.js";
import { requireGroup, requireRights } from "../kafka/index.js";
import { refuseOtherServer } from "../net/index.js";
import { withDeadline } from "../process/index.js";
import { awaitRunning, findNewJob } from "./await-running.js";
import { beat } from "./beat.js";
import { checkFlink, checkKafka, checkTally, jobFaults, refuse } from "./checks.js";
import { findOrigin } from "./job-origin.js";
import { OutageTolerance } from "./outage-tolerance.js";
import { redact } from "./redact.js";
import { FlinkRest, rootCause, type FlinkJob } from "./rest.js";
import { cancelAndWait } from "./cancel-and-wait.js";
import { startSubmissionServices, type SubmissionServices } from "./submission-services.js";

export interface StreamingJobOptions {
  bootstrapServers: string;
  /** Further settings of Kafka's Java clients, such as those of SASL and TLS; never logged. */
  kafkaSettings: ReadonlyMap<string, string>;
  /** HOST:PORT of Flink's REST interface. */
  flinkMaster: string;
  /** HOST:PORT of our worker pool as reached from every TaskManager. */
  workerPool: string;
  /** Worker processes that a TaskManager requests from its pool; their bundles run in parallel. */
  workers: number;
  stateFolder: string;
  jobName: string;
  /** Telescope name in the keys of the messages. */
  stream: string;
  config: PipelineConfig;
  allowedLatenessMs: number;
  rawTopic: string;
  cleanTopic: string;
  groupId: string;
  timestamps: "CreateTime" | "LogAppendTime";
  parallelism: number;
  checkpointIntervalMs: number;
  /** Maximum number of messages in a bundle. */
  maxBundleSize: number;
  /** Maximum duration of a bundle. */
  maxBundleTimeMs: number;
  /** Savepoint or checkpoint from which the job resumes. */
  savepointPath?: string;
  /** Services that already run; they are stopped after the submission. By default, they are started for it. */
  services?: SubmissionServices;
  /** Called with the id of the job when Flink has accepted it. */
  onAccepted?: (jobId: string) => void;
  log: (line: string) => void;
  signal?: AbortSignal;
}

/** Limits of a bundle, whichever is reached first: a short time shortens the delay of windows, a large size speeds up a backlog. */
export const usualBundle = { maxBundleSize: 4000, maxBundleTimeMs: 20 } as const;

const runsWithinMs = 120_000;
/** Tolerated outage of a JobManager while an abandoned job is cancelled. */
const awayMs = 10_000;
/** Interval between watermarks of a source; Flink's default of 200 ms would be most of a window's delay. */
const watermarkMs = 20;
/** The job must survive any outage: it restarts indefinitely. */
const restarts = { numberOfExecutionRetries: String(2 ** 31 - 1), executionRetryDelay: "1000" };

/**
 * Submits the job and waits until it runs and has written its first checkpoint.
 * @throws UsageError for settings that can lose data, MuonitorError with the cause when the job does not run
 */
export async function submitStreamingJob(options: StreamingJobOptions): Promise<{ jobId: string }> {
  const { flinkMaster, kafkaSettings, signal, log } = options;
  refuse(jobFaults(options));
  await refuseOtherServer(options.workerPool, "a worker pool");
  const rest = new FlinkRest(flinkMaster, signal);
  const before = await checkFlink(rest, options);
  await checkRights(options);
  const partitions = await checkKafka(options, options);
  await prepareTally(options);
  await beat(options, options.rawTopic, partitions);
  const { windowMs } = options.config;
  const origin = await findOrigin({ ...options, windowMs }, partitions.length);
  try {
    const job = await submitTo(rest, options, before, origin);
    log(`job ${job.jid} submitted; waiting for its first checkpoint`);
    options.onAccepted?.(job.jid);
    await awaitRunning(rest, job.jid, runsWithinMs);
    return { jobId: job.jid };
  } catch (error) {
    const left = await giveUp(options, before);
    signal?.throwIfAborted();
    const text = redact(error instanceof Error ? error.message : String(error), kafkaSettings) + left;
    throw error instanceof UnavailableError ? new UnavailableError(text) : new MuonitorError(text);
  }
}

const neededRights = ["Read", "Write", "DescribeConfigs"] as const;

/** A job that lacks a right would start, and fail at its first row or window. */
async function checkRights(options: StreamingJobOptions): Promise<void> {
  const { rawTopic, cleanTopic } = options;
  const topics = [rawTopic, cleanTopic, tallyTopicOf(cleanTopic)];
  await requireRights(options, new Map(topics.map((topic) => [topic, neededRights])));
  await requireGroup(options, options.groupId);
}

/** The topic next to the results into which the job reports the rows it has read. */
async function prepareTally({
  cleanTopic,
  kafkaSettings,
  log,
  ...access
}: StreamingJobOptions): Promise<void> {
  const name = tallyTopicOf(cleanTopic);
  const misfits = await ensureTopics(
    access.bootstrapServers,
    [tallyTopic(name)],
    kafkaSettings,
    access.signal,
  );
  // Kafka reports no rights on a topic that does not exist yet.
  await requireRights({ ...access, kafkaSettings }, new Map([[name, neededRights]]));
  await checkTally({ ...access, kafkaSettings }, name);
  misfits.forEach(log);
}

/** Cancels the job if the cluster has accepted it. @returns addition to the failure message */
async function giveUp(options: StreamingJobOptions, before: ReadonlySet<string>): Promise<string> {
  const { flinkMaster, jobName, signal, log } = options;
  try {
    // After Ctrl-C, does not wait for a JobManager to come back.
    await cancelAndWait(new FlinkRest(flinkMaster), jobName, before, signal?.aborted === true ? 0 : awayMs);
    return "";
  } catch {
    const line = `a job ${jobName} may still run at ${flinkMaster}: stop it with muonitor cancel`;
    if (signal?.aborted === true) log(line);
    return `; ${line}`;
  }
}

async function submitTo(
  rest: FlinkRest,
  options: StreamingJobOptions,
  before: ReadonlySet<string>,
  origin: JobOrigin,
): Promise<FlinkJob> {
  const services = options.services ?? (await startSubmissionServices(options));
  const { jobServer, expansion } = services;
  try {
    const submitted = await submit(options, origin, jobServer, expansion);
    const refused = async (): Promise<void> => {
      if (await hasFailed(submitted))
        throw new MuonitorError(`Flink does not accept the job: ${causeIn(jobServer)}`);
    };
    return await untilAccepted(rest, options.jobName, before, refused);
  } finally {
    await services.stop();
  }
}

async function submit(
  options: StreamingJobOptions,
  origin: JobOrigin,
  jobServer: BeamService,
  expansion: BeamService,
): ReturnType<typeof submitPipeline> {
  const client = new Map([...options.kafkaSettings, ["bootstrap.servers", options.bootstrapServers]]);
  const consumer = new Map([
    ...client,
    ["group.id", options.groupId],
    ["auto.offset.reset", "earliest"],
    // The read position is in the job's checkpoints.
    ["enable.auto.commit", "false"],
    // Rows of aborted transactions do not count.
    ["isolation.level", "read_committed"],
  ]);
  const producer = new Map([...client, ["acks", "all"]]);
  const { stream, config, allowedLatenessMs, rawTopic, cleanTopic, timestamps } = options;
  const what = { stream, config, allowedLatenessMs, origin, rawTopic, cleanTopic, timestamps };
  const how = { consumer, producer, expansionService: expansion.address };
  const work = (): ReturnType<typeof submitPipeline> =>
    submitPipeline((root) => streamWindows(root, { ...what, ...how }), {
      jobName: options.jobName,
      jobServer: jobServer.address,
      workerPool: options.workerPool,
      runnerOptions: runnerOptions(options),
    });
  return withDeadline(work, runsWithinMs, "the Beam job server", options.signal);
}

function runnerOptions(options: StreamingJobOptions): Record<string, unknown> {
  return {
    streaming: true,
    parallelism: options.parallelism,
    maxBundleSize: String(options.maxBundleSize),
    maxBundleTimeMills: String(options.maxBundleTimeMs),
    checkpointingInterval: String(options.checkpointIntervalMs),
    externalizedCheckpointsEnabled: true,
    sdkWorkerParallelism: options.workers,
    // Disables Beam's own metrics: they took half of a source's time and are not used.
    disableMetrics: true,
    // Elements are immutable, so steps do not need their own copies.
    objectReuse: true,
    fasterCopy: true,
    autoWatermarkInterval: String(watermarkMs),
    // Otherwise the rest of a bundle is stored with the checkpoint; after a restore with another parallelism it may
    // reach a subtask that never has a bundle.
    finishBundleBeforeCheckpointing: true,
    ...restarts,
    ...(options.savepointPath === undefined ? {} : { savepointPath: options.savepointPath }),
  };
}

async function untilAccepted(
  rest: FlinkRest,
  name: string,
  before: ReadonlySet<string>,
  refused: () => Promise<void>,
): Promise<FlinkJob> {
  const tolerance = new OutageTolerance();
  const taken = await rest.until(async () => {
    const job = await tolerance.ask(() => findNewJob(rest, name, before));
    if (job === null) await refused();
    return job;
  }, runsWithinMs);
  if (taken !== null) return taken;
  throw new UnavailableError(`Flink has not accepted the job within ${runsWithinMs / 1000} s`);
}

/** The last error in a Java service's log. */
function causeIn({ part }: BeamService): string {
  return rootCause(part.lastOutput);
}
