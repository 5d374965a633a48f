/** The streaming job on a real Kafka and Flink: jobs, delay when live, memory. */
import { readFileSync } from "node:fs";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../../pipeline/steps/index.js";
import { Simulator, startProduction } from "../../../producer/index.js";
import { FlinkRest } from "../../../runners/flink/rest.js";
import { submitStreamingJob, usualBundle } from "../../../runners/flink/streaming-job.js";
import { createKafka, KafkaSender } from "../../../runners/kafka/index.js";
import {
  cleanTopic,
  ensureTopics,
  rawTopic,
  startFlink,
  startKafka,
  type FlinkCluster,
  type KafkaNode,
} from "../../../runners/services/index.js";
import { WorkerPool } from "../../../runners/worker/pool.js";
import { quantile, type Figure } from "./report.js";

const windowMs = 2000;
export const defaultPartitions = 2;

/** Cluster of a benchmark, started once. */
export interface Cluster {
  stateFolder: string;
  kafka: KafkaNode;
  flink: FlinkCluster;
  pool: WorkerPool;
}

export async function startCluster(stateFolder: string): Promise<Cluster> {
  const pool = new WorkerPool({ port: 0, log: () => undefined });
  await pool.start();
  const kafka = await startKafka({ stateFolder });
  const flink = await startFlink({ stateFolder, taskManagers: 1, slots: 2 });
  return { stateFolder, kafka, flink, pool };
}

export async function stopCluster({ kafka, flink, pool }: Cluster): Promise<void> {
  await flink.stop();
  await pool.stop();
  await kafka.part.stop();
}

export interface JobShape {
  /** Messages; default: the usual size. */
  maxBundleSize?: number;
  /** Number of worker processes and of parallel tasks. */
  workers?: number;
  /** Whether segments are found; default: true. */
  muons?: boolean;
}

/** Runs a job with its own input and output topics. */
export async function withJob<T>(
  cluster: Cluster,
  name: string,
  { maxBundleSize = usualBundle.maxBundleSize, workers = 1, muons = true }: JobShape,
  work: () => Promise<T>,
): Promise<T> {
  const { jobId } = await submitStreamingJob({
    bootstrapServers: cluster.kafka.bootstrapServers,
    kafkaSettings: new Map(),
    flinkMaster: cluster.flink.master,
    workerPool: cluster.pool.address,
    stateFolder: cluster.stateFolder,
    jobName: name,
    stream: "bench",
    config: { ...defaultPipelineConfig, windowMs, orbitShards: 4, muons },
    allowedLatenessMs: 60_000,
    rawTopic: `raw-${name}`,
    cleanTopic: `clean-${name}`,
    groupId: name,
    timestamps: "CreateTime",
    parallelism: workers,
    workers,
    checkpointIntervalMs: 2000,
    maxBundleSize,
    maxBundleTimeMs: usualBundle.maxBundleTimeMs,
    log: () => undefined,
  });
  try {
    return await work();
  } finally {
    await new FlinkRest(cluster.flink.master).cancel(jobId);
  }
}

export const makeTopics = (cluster: Cluster, name: string, partitions: number): Promise<string[]> =>
  ensureTopics(cluster.kafka.bootstrapServers, [
    rawTopic(partitions, `raw-${name}`),
    cleanTopic(`clean-${name}`),
  ]);

/** Waits until all rows are counted. @returns the newest message of every window */
export async function newestWindows(
  cluster: Cluster,
  topic: string,
  rows: number,
  take: (window: WindowMessage, writtenMs: number) => void = () => undefined,
): Promise<Map<number, WindowMessage>> {
  const newest = new Map<number, WindowMessage>();
  const consumer = createKafka({ bootstrapServers: cluster.kafka.bootstrapServers }, "bench").consumer({
    groupId: `watch-${topic}`,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    void consumer
      .run({
        eachMessage: ({ message }) => {
          const window = JSON.parse(String(message.value)) as WindowMessage;
          newest.set(window.msg_ID, window);
          take(window, Number(message.timestamp));
          let seen = 0;
          for (const { ledger } of newest.values()) seen += ledger.rows;
          if (seen >= rows) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return newest;
}

/** Delay from the end of a window to its message, with one row per message. */
export async function liveFigures(cluster: Cluster, seconds: number, rateHz = 1000): Promise<Figure[]> {
  const name = `live-${rateHz}`;
  await makeTopics(cluster, name, defaultPartitions);
  return withJob(cluster, name, {}, async () => {
    const topic = `raw-${name}`;
    const sender = new KafkaSender({
      bootstrapServers: cluster.kafka.bootstrapServers,
      topic,
    });
    const source = new Simulator({ seed: 1, rateHz });
    const production = startProduction({
      source,
      sender,
      id: "bench",
      partitions: defaultPartitions,
      rateHz,
      rowsPerMessage: 1,
    });
    const rows = seconds * rateHz * 0.8;
    /** Time at which the first message of each window was written, by Kafka's record time. */
    const written = new Map<number, number>();
    const newest = await newestWindows(cluster, `clean-${name}`, rows, ({ msg_ID }, writtenMs) => {
      if (!written.has(msg_ID)) written.set(msg_ID, writtenMs);
    });
    const memory = memoryLines(cluster);
    await production.stop();
    await sender.close();
    const whole = [...newest.values()].sort((a, b) => a.msg_ID - b.msg_ID).slice(1);
    const delays = whole
      .map(({ msg_ID, window }) => (written.get(msg_ID) as number) - window.end_ms)
      .sort((a, b) => a - b);
    for (const line of memory) console.log(line);
    const figure = (label: string, q: number, target: number): Figure => ({
      name: `Flink, end of a window to its message, ${rateHz} rows/s, ${label}`,
      value: quantile(delays, q),
      unit: "ms",
      target,
      better: "less",
    });
    return [figure("p50", 0.5, 80), figure("p99", 0.99, 150)];
  });
}

/** Resident memory of every process, if the system reports it. */
function memoryLines({ kafka, flink, pool }: Cluster): string[] {
  const processes: [string, number | undefined][] = [
    ["Kafka", kafka.part.pid],
    ["Flink JobManager", flink.jobManager.pid],
    ...flink.taskManagers.map((part): [string, number | undefined] => ["Flink TaskManager", part.pid]),
    ...[...pool.workers.values()].map((child): [string, number | undefined] => ["worker", child.pid]),
    ["this process", process.pid],
  ];
  return processes.map(([name, pid]) => `${`memory of ${name}`.padEnd(52)} ${residentMb(pid)}`);
}

function residentMb(pid: number | undefined): string {
  try {
    const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return `${Math.round(Number(kb) / 1024)} MB`;
  } catch {
    return "unknown";
  }
}
