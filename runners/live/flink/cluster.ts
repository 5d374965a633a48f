/** The services of the streaming job: starts missing services, keeps them running, and stops them at the end. */
import { topicsOf, type DetectorConfig } from "../../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../../pipeline/steps/index.js";
import { FlinkRest } from "../../flink/rest.js";
import { submitStreamingJob, usualBundle } from "../../flink/streaming-job.js";
import { startSubmissionServices, type SubmissionServices } from "../../flink/submission-services.js";
import { partitionsOf, type KafkaAccess } from "../../kafka/index.js";
import {
  cleanTopic,
  ensureTopics,
  findJava,
  freePort,
  kafkaAnswers,
  loopback,
  noAnswer,
  rawTopic,
} from "../../services/index.js";
import { endsWithin, together } from "../../process/index.js";
import { ClusterServices } from "../../services/cluster-services.js";
import { jobNameOf } from "../../flink/job-name.js";
import type { ClusterState } from "./engine.js";
import type { Starting } from "../engine.js";
import { JobWatch } from "../../flink/job-watch.js";
import type { KeepAliveRule } from "../../flink/keep-alive.js";
import { RawWatch } from "../../flink/raw-watch.js";
import { PartitionWatch } from "../../flink/partition-watch.js";
import { ServerWatch } from "../server-watch.js";

export interface FlinkPlan {
  stateFolder: string;
  /** Existing brokers; null starts Kafka. */
  bootstrapServers: string | null;
  kafkaSettings: ReadonlyMap<string, string>;
  /** An existing cluster; null starts Flink. */
  flinkMaster: string | null;
  /** Address of an existing pool for the TaskManagers; null starts one. */
  workerPool: string | null;
  /** Maximum total size of the topics if Kafka is started here, bytes. */
  kafkaBytes: number;
  /** Partitions of the topic of rows if it has to be created. */
  partitions: number;
  stream: string;
  detector: DetectorConfig;
  windowMs: number;
  muons: boolean;
  allowedLatenessMs: number;
  keepAlive: KeepAliveRule;
  /** Format of the values in the topic of rows. */
  rawFormat: PipelineConfig["format"];
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Number of keys over which the orbits of a window are spread. */
const orbitShards = 8;
/** Timeout for the cancellation of the job. */
const cancelMs = 1500;

function configOf({ detector, windowMs, muons, rawFormat: format }: FlinkPlan): PipelineConfig {
  return { ...defaultPipelineConfig, detector, windowMs, muons, format, orbitShards };
}

export class FlinkCluster {
  kafka: KafkaAccess;
  partitions: number;
  /** Addresses of Flink and of the workers, once they are known. */
  servers: { flinkMaster?: string; workerPool?: string } = {};
  private readonly parts: ClusterServices;
  private services: SubmissionServices | null = null;
  private submitted: Promise<Starting> | null = null;
  private watch: JobWatch | null = null;
  private partitionWatch: PartitionWatch | null = null;
  private rawWatch: RawWatch | null = null;
  private serverWatch: ServerWatch | null = null;

  private constructor(private readonly plan: FlinkPlan) {
    this.kafka = { bootstrapServers: plan.bootstrapServers ?? "", kafkaSettings: plan.kafkaSettings };
    this.partitions = plan.partitions;
    this.parts = new ClusterServices(plan);
  }

  get rawFormat(): PipelineConfig["format"] {
    return this.plan.rawFormat;
  }

  /**
   * Whether Kafka is this system's own and was started empty: then rows can be sent before the job runs, because it
   * reads them from the start.
   */
  get isNewKafka(): boolean {
    return this.plan.bootstrapServers === null;
  }

  /** Starts missing services, and the job if rows must wait for it; stops all of them if this fails. */
  static async start(plan: FlinkPlan): Promise<FlinkCluster> {
    const parts = new FlinkCluster(plan);
    try {
      await parts.startAll();
      return parts;
    } catch (error) {
      await parts.close();
      // Ctrl-C also ends the programs that are being queried, so their errors are meaningless.
      plan.signal.throwIfAborted();
      throw error;
    }
  }

  private async startAll(): Promise<void> {
    const { plan, parts } = this;
    await findJava();
    const restPort = await freePort();
    const flinkMaster = plan.flinkMaster ?? `${loopback}:${restPort}`;
    if (plan.bootstrapServers !== null)
      parts.watch.add(`Kafka at ${plan.bootstrapServers}`, { ask: () => troubleOfKafka(this.kafka) });
    const [addresses] = await together(
      [
        (signal) => parts.startMissing(plan, { kafka: { fresh: true }, flink: { restPort } }, signal),
        async (signal) => {
          const { stateFolder } = plan;
          const services = await startSubmissionServices({ stateFolder, flinkMaster, signal });
          this.services = services;
          parts.atEnd(() => services.stop());
        },
      ],
      plan.signal,
    );
    const { bootstrapServers, workerPool } = addresses;
    this.kafka = { ...this.kafka, bootstrapServers };
    this.servers = { flinkMaster, workerPool };
    await this.prepareTopics();
    // No rows may enter a topic of others before the job is accepted.
    if (!this.isNewKafka) await (await this.submit()).done;
  }

  /** Submits the job and waits until Flink has accepted it. Further calls wait for the first. */
  submit(): Promise<Starting> {
    return (this.submitted ??= this.submitJob());
  }

  private async submitJob(): Promise<Starting> {
    const { plan, parts } = this;
    plan.log("submitting the job");
    const end = new AbortController();
    let accept = (): void => undefined;
    const accepted = new Promise<void>((resolve) => (accept = resolve));
    const running = this.runJob(accept, AbortSignal.any([plan.signal, end.signal]));
    parts.atEnd(async () => {
      end.abort();
      const jobId = await running.catch(() => null);
      if (jobId !== null) await this.endJob(jobId);
    });
    await Promise.race([accepted, running]);
    return { done: running };
  }

  private async runJob(onAccepted: () => void, signal: AbortSignal): Promise<string> {
    const jobId = await this.startJob(onAccepted, signal).catch((error: unknown) => {
      this.plan.signal.throwIfAborted();
      throw error;
    });
    this.watch = new JobWatch(this.rest, jobNameOf(this.plan.stream));
    this.partitionWatch = this.watchPartitions();
    this.rawWatch = this.watchRows();
    this.serverWatch = this.watchServers();
    return jobId;
  }

  private async endJob(jobId: string): Promise<void> {
    const { watch } = this;
    await this.serverWatch?.close();
    watch?.close();
    this.partitionWatch?.close();
    await this.rawWatch?.close();
    // A job that was submitted by others under this name must not be cancelled.
    if ((watch?.current.id ?? jobId) === jobId) await this.cancel(this.rest, jobId);
  }

  private get rest(): FlinkRest {
    return new FlinkRest(this.addresses.flinkMaster);
  }

  private get addresses(): Required<FlinkCluster["servers"]> {
    return this.servers as Required<FlinkCluster["servers"]>;
  }

  /** Only servers that were not started here: the others are watched as processes. */
  private watchServers(): ServerWatch {
    const { bootstrapServers, flinkMaster, stream, log } = this.plan;
    const { rawTopic: raw, cleanTopic: clean } = topicsOf(stream);
    const kafka = bootstrapServers === null ? null : { access: this.kafka, topics: [raw, clean] };
    return new ServerWatch({ kafka, flinkMaster, log });
  }

  private watchPartitions(): PartitionWatch {
    const { rawTopic: topic } = topicsOf(this.plan.stream);
    const count = (): Promise<number> => partitionsOf(this.kafka, topic);
    return new PartitionWatch({ topic, read: this.partitions, count, log: this.plan.log });
  }

  private watchRows(): RawWatch {
    const { stream, windowMs, keepAlive, log } = this.plan;
    const watch = new RawWatch({
      access: this.kafka,
      topic: topicsOf(stream).rawTopic,
      windowMs: () => windowMs,
      ...{ keepAlive, log, cure: "restart muonitor up" },
    });
    watch.start();
    return watch;
  }

  /** Learns from the job's tally which topic of rows the job reads. */
  jobReads(rawId: string): void {
    this.rawWatch?.jobReads(rawId);
  }

  private async prepareTopics(): Promise<void> {
    const { bootstrapServers, kafkaSettings } = this.kafka;
    const { rawTopic: raw, cleanTopic: clean } = topicsOf(this.plan.stream);
    const topics = [rawTopic(this.plan.partitions, raw), cleanTopic(clean)];
    for (const line of await ensureTopics(bootstrapServers, topics, kafkaSettings, this.plan.signal))
      this.plan.log(line);
    this.partitions = await partitionsOf(this.kafka, raw);
  }

  private async startJob(onAccepted: () => void, signal: AbortSignal): Promise<string> {
    const { plan, kafka, services } = this;
    const jobName = jobNameOf(plan.stream);
    const { jobId } = await submitStreamingJob({
      ...plan,
      ...this.addresses,
      bootstrapServers: kafka.bootstrapServers,
      workers: 1,
      jobName,
      config: configOf(plan),
      ...topicsOf(plan.stream),
      groupId: jobName,
      timestamps: "CreateTime",
      parallelism: 1,
      checkpointIntervalMs: 2000,
      ...usualBundle,
      ...(services === null ? {} : { services }),
      onAccepted,
      signal,
    });
    return jobId;
  }

  /** State of the job and of each part. */
  state(): ClusterState {
    return {
      parts: this.parts.parts,
      notices: [...this.parts.notices, ...(this.serverWatch?.notices ?? [])],
      job:
        this.watch === null
          ? `the job ${jobNameOf(this.plan.stream)} is starting`
          : this.watch.current.problem,
      skipped: this.rawWatch?.skipped ?? null,
      unread: this.rawWatch?.problem ?? this.partitionWatch?.problem ?? null,
    };
  }

  private async cancel(rest: FlinkRest, jobId: string): Promise<void> {
    const { flinkMaster, stream, log } = this.plan;
    const isCancelled = await endsWithin(cancelMs, "the cancellation of the job", () =>
      rest.cancel(jobId),
    ).catch(() => false);
    // Our own Flink is stopped next, and the job with it.
    if (isCancelled || flinkMaster === null) return;
    log(
      `the job was not cancelled: it may still run at ${flinkMaster}; cancel it with muonitor cancel --stream ${stream}`,
    );
  }

  /** Cancels the job and stops the started services in reverse order. */
  close(): Promise<void> {
    return this.parts.close();
  }
}

async function troubleOfKafka(access: KafkaAccess): Promise<string | null> {
  return (await kafkaAnswers(access)) ? null : noAnswer;
}
