/** Everything around the streaming job: what is missing is started, kept running, and stopped at the end. */
import { defaultCleanTopic, defaultRawTopic } from "../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import { FlinkRest, hasEnded } from "../flink/rest.js";
import { submitStreamingJob } from "../flink/streaming-job.js";
import { partitionsOf, type KafkaAccess } from "../kafka/index.js";
import {
  cleanTopic,
  ensureTopics,
  freePort,
  grpcAnswers,
  loopback,
  Part,
  rawTopic,
  startFlink,
  startKafka,
} from "../parts/index.js";
import { builtFile } from "../paths.js";
import type { ClusterState } from "./flink-system.js";
import { JobWatch } from "./job-watch.js";
import { keepRunning } from "./keep-running.js";

export interface FlinkPlan {
  stateFolder: string;
  /** Brokers that are there; null starts Kafka. */
  bootstrapServers: string | null;
  kafkaSettings: ReadonlyMap<string, string>;
  /** A cluster that is there; null starts Flink. */
  flinkMaster: string | null;
  /** A pool that is there, as the TaskManagers reach it; null starts one. */
  workerPool: string | null;
  /** Of the topic of rows, when it has to be made. */
  partitions: number;
  stream: string;
  windowMs: number;
  allowedLatenessMs: number;
  log: (line: string) => void;
  signal: AbortSignal;
}

const jobName = "muonitor";
/** Keys over which the orbits of a window are spread. */
const orbitShards = 8;
const poolReadyMs = 30_000;

export class FlinkParts {
  kafka: KafkaAccess;
  partitions: number;
  private readonly ending = new AbortController();
  private readonly down = new Set<string>();
  private readonly keepers: Promise<void>[] = [];
  /** How to end what was started, in the order of its start. */
  private readonly ends: (() => Promise<void>)[] = [];
  private watch: JobWatch | null = null;

  private constructor(private readonly plan: FlinkPlan) {
    this.kafka = { bootstrapServers: plan.bootstrapServers ?? "", kafkaSettings: plan.kafkaSettings };
    this.partitions = plan.partitions;
  }

  /** Starts what is missing and the job; nothing is left when that fails. */
  static async start(plan: FlinkPlan): Promise<FlinkParts> {
    const parts = new FlinkParts(plan);
    try {
      await parts.startAll();
      return parts;
    } catch (error) {
      await parts.close();
      // Ctrl-C reaches the programs that are asked meanwhile, too; what they say of it is of no use.
      plan.signal.throwIfAborted();
      throw error;
    }
  }

  private async startAll(): Promise<void> {
    const { plan } = this;
    if (plan.bootstrapServers === null) await this.startKafka();
    const master = plan.flinkMaster ?? (await this.startFlink());
    const pool = plan.workerPool ?? (await this.startPool());
    await this.prepareTopics();
    plan.log("submitting the job");
    const rest = new FlinkRest(master);
    const before = new Set((await rest.jobs()).map(({ jid }) => jid));
    const jobId = await this.submit(master, pool).catch(async (error: unknown) => {
      await this.withdraw(rest, before).catch(() => undefined);
      throw error;
    });
    const watch = (this.watch = new JobWatch(rest, jobId, plan.log));
    this.ends.push(async () => {
      watch.close();
      await rest
        .cancel(jobId)
        .catch((error: unknown) => plan.log(`the job was not cancelled: ${String(error)}`));
    });
  }

  private async startKafka(): Promise<void> {
    const { stateFolder, signal, log } = this.plan;
    log("starting Kafka");
    const { bootstrapServers, part } = await startKafka({ stateFolder, signal, fresh: true });
    this.kafka = { bootstrapServers };
    this.keep([part], () => part.stop());
    log(`Kafka is at ${bootstrapServers}`);
  }

  private async startFlink(): Promise<string> {
    const { stateFolder, signal, log } = this.plan;
    log("starting Flink");
    const cluster = await startFlink({ stateFolder, signal, highAvailability: true, fresh: true });
    const { zooKeeper, jobManager, taskManagers } = cluster;
    this.keep([...(zooKeeper === null ? [] : [zooKeeper]), jobManager, ...taskManagers], cluster.stop);
    log(`Flink is at ${cluster.restUrl}`);
    return cluster.master;
  }

  private async startPool(): Promise<string> {
    const { stateFolder, signal, log } = this.plan;
    const port = await freePort();
    const part = await Part.start(
      {
        name: "the worker pool",
        command: [process.execPath, builtFile("runners/cli/worker-main.js"), String(port)],
        folder: stateFolder,
        logFile: `${stateFolder}/logs/worker-pool.log`,
        answers: () => grpcAnswers(port),
        readyWithinMs: poolReadyMs,
      },
      signal,
    );
    this.keep([part], () => part.stop());
    log(`workers are at ${loopback}:${port}`);
    return `${loopback}:${port}`;
  }

  private keep(parts: readonly Part[], end: () => Promise<void>): void {
    const supervision = { down: this.down, log: this.plan.log, signal: this.ending.signal };
    this.keepers.push(...parts.map((part) => keepRunning(part, supervision)));
    this.ends.push(end);
  }

  private async prepareTopics(): Promise<void> {
    const { bootstrapServers, kafkaSettings } = this.kafka;
    const topics = [rawTopic(this.plan.partitions), cleanTopic()];
    for (const line of await ensureTopics(bootstrapServers, topics, kafkaSettings)) this.plan.log(line);
    this.partitions = await partitionsOf(this.kafka, defaultRawTopic);
  }

  private async submit(flinkMaster: string, workerPool: string): Promise<string> {
    const { plan, kafka } = this;
    const { jobId } = await submitStreamingJob({
      ...plan,
      bootstrapServers: kafka.bootstrapServers,
      flinkMaster,
      workerPools: [workerPool],
      jobName,
      config: { ...defaultPipelineConfig, windowMs: plan.windowMs, orbitShards },
      rawTopic: defaultRawTopic,
      cleanTopic: defaultCleanTopic,
      groupId: jobName,
      timestamps: "CreateTime",
      parallelism: 1,
      checkpointIntervalMs: 2000,
      maxBundleSize: 1000,
      maxBundleTimeMs: 50,
    });
    return jobId;
  }

  /** Cancels a job whose start was given up after the cluster had taken it. */
  private async withdraw(rest: FlinkRest, before: ReadonlySet<string>): Promise<void> {
    const ours = (await rest.jobs()).filter(({ jid, name }) => name === jobName && !before.has(jid));
    for (const job of ours) if (!hasEnded(job)) await rest.cancel(job.jid);
  }

  /** How the job is, and which parts are away. */
  state(): ClusterState {
    const { runningMs, problem } = this.watch?.current ?? { runningMs: null, problem: null };
    if (this.down.size === 0) return { runningMs, problem };
    return { runningMs, problem: `${[...this.down].join(" and ")} died and is started again` };
  }

  /** Cancels the job and stops what was started, the last first. */
  async close(): Promise<void> {
    // What is down now is not waited for, and what ends from here on is meant to.
    this.ending.abort();
    for (const end of this.ends.splice(0).reverse()) await end();
    await Promise.all(this.keepers);
  }
}
