/** A complete streaming system for tests: Kafka, Flink, the worker pool, and the job as started by `submit`. */
import { afterAll, beforeAll } from "vitest";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import {
  submitStreamingJob,
  usualBundle,
  type StreamingJobOptions,
} from "../../runners/flink/streaming-job.js";
import {
  cleanTopic,
  ensureTopics,
  rawTopic,
  startFlink,
  startKafka,
  type FlinkCluster,
  type FlinkOptions,
  type KafkaNode,
  type KafkaOptions,
} from "../../runners/services/index.js";
import type { KafkaAccess } from "../../runners/kafka/index.js";
import { WorkerPool } from "../../runners/worker/pool.js";
import { temporaryState } from "../services/with-java.js";
import { Watch } from "./watch.js";

export const streamingConfig: PipelineConfig = { ...defaultPipelineConfig, windowMs: 2000, orbitShards: 4 };

interface SystemOptions {
  partitions: number;
  flink?: Partial<FlinkOptions>;
  job?: Partial<StreamingJobOptions>;
  /** Additional options of the broker, computed when the system starts. */
  kafka?: () => Promise<Partial<KafkaOptions>>;
  /** If false, the test submits the job. */
  submit?: boolean;
}

export class StreamingSystem {
  readonly log: string[] = [];
  readonly pool = new WorkerPool({ port: 0, log: (line) => this.log.push(line) });
  kafka!: KafkaNode;
  flink!: FlinkCluster;
  watch!: Watch;
  /** The last submitted job. */
  jobId = "";
  /** Access to the broker. */
  access: Required<Omit<KafkaAccess, "signal">> = { bootstrapServers: "", kafkaSettings: new Map() };
  private readonly ends: (() => Promise<void>)[] = [];

  constructor(
    readonly stateFolder: string,
    private readonly options: SystemOptions,
  ) {}

  async start(): Promise<void> {
    const { stateFolder } = this;
    this.ends.push(() => this.pool.stop());
    await this.pool.start();
    const more = await this.options.kafka?.();
    this.kafka = await startKafka({ stateFolder, ...more });
    const { bootstrapServers } = this.kafka;
    this.access = { bootstrapServers, kafkaSettings: more?.kafkaSettings ?? new Map() };
    this.ends.push(() => this.kafka.part.stop());
    this.flink = await startFlink({ stateFolder, taskManagers: 1, slots: 2, ...this.options.flink });
    this.ends.push(() => this.flink.stop());
    const topics = [rawTopic(this.options.partitions), cleanTopic()];
    await ensureTopics(bootstrapServers, topics, this.access.kafkaSettings);
    if (this.options.submit !== false) await this.submit();
    this.watch = await Watch.start(this.access);
    this.ends.push(() => this.watch.stop());
  }

  async submit(more: Partial<StreamingJobOptions> = {}): Promise<string> {
    const { jobId } = await submitStreamingJob({
      ...defaults,
      ...this.access,
      flinkMaster: this.flink.master,
      workerPool: this.pool.address,
      stateFolder: this.stateFolder,
      log: (line) => this.log.push(line),
      ...this.options.job,
      ...more,
    });
    return (this.jobId = jobId);
  }

  async stop(): Promise<void> {
    for (const end of this.ends.reverse()) await end();
  }
}

const defaults = {
  jobName: "muonitor-test",
  stream: "test",
  config: streamingConfig,
  allowedLatenessMs: 60_000,
  rawTopic: "data_raw",
  cleanTopic: "data_clean",
  groupId: "muonitor",
  timestamps: "CreateTime",
  parallelism: 1,
  workers: 1,
  checkpointIntervalMs: 1000,
  ...usualBundle,
} as const;

/** One system for all tests of a file. */
export function useStreamingSystem(options: SystemOptions): StreamingSystem {
  const system = new StreamingSystem(temporaryState(), options);
  beforeAll(() => system.start(), 300_000);
  afterAll(() => system.stop(), 120_000);
  return system;
}
