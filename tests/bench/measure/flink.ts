/** The streaming job on a real Kafka and Flink: speed on a backlog, delay when live, memory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createLedger,
  mergeLedger,
  type RawRecord,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
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
import { provideJars } from "../../../runners/services/maven.js";
import { repositoryFolder } from "../../../runners/paths.js";
import { WorkerPool } from "../../../runners/worker/pool.js";
import { checkLedger, cutMessages, type KnownRows } from "./known-rows.js";
import { runPython } from "./peers.js";
import type { Figure } from "./report.js";

const windowMs = 2000;
const defaultPartitions = 2;
const recordsPerSend = 2000;

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

interface JobShape {
  /** Messages. */
  maxBundleSize: number;
  /** Number of worker processes and of parallel tasks. */
  workers?: number;
}

export interface Backlog extends JobShape {
  rowsPerMessage: number;
  /** Rows/s. */
  aim: number;
  partitions?: number;
}

/** Runs a job with its own input and output topics. */
async function withJob<T>(
  cluster: Cluster,
  name: string,
  { maxBundleSize, workers = 1 }: JobShape,
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
    config: { ...defaultPipelineConfig, windowMs, orbitShards: 4 },
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

const makeTopics = (cluster: Cluster, name: string, partitions: number): Promise<string[]> =>
  ensureTopics(cluster.kafka.bootstrapServers, [
    rawTopic(partitions, `raw-${name}`),
    cleanTopic(`clean-${name}`),
  ]);

/** Number of backlogs so far, for the names of their topics. */
let backlogs = 0;

/** Rows/s of the windows of a backlog, from the first result to the last. @throws Error when the answer is wrong */
export async function backlogFigure(cluster: Cluster, input: KnownRows, backlog: Backlog): Promise<Figure> {
  const { rowsPerMessage, aim, partitions = defaultPartitions, workers = 1 } = backlog;
  const name = `backlog-${++backlogs}`;
  await makeTopics(cluster, name, partitions);
  await fill(cluster, `raw-${name}`, cutMessages(input, rowsPerMessage), partitions);
  const newest = await withJob(cluster, name, backlog, () =>
    newestWindows(cluster, `clean-${name}`, input.ledger.rows),
  );
  const windows = [...newest.values()].sort((a, b) => a.msg_ID - b.msg_ID);
  const total = createLedger();
  for (const { ledger } of windows) mergeLedger(total, ledger);
  checkLedger(total, input.ledger);
  const [first, last] = [windows[0] as WindowMessage, windows.at(-1) as WindowMessage];
  const seconds = (last.emitted_ms - first.emitted_ms) / 1000;
  const value = (total.rows - first.ledger.rows) / seconds;
  return {
    name: `Flink, backlog, ${rowsPerMessage} rows per message, ${workers} worker${workers === 1 ? "" : "s"}`,
    value,
    unit: "rows/s",
    aim,
    better: "more",
  };
}

/**
 * Rows/s of the fastest batch of a PySpark Structured Streaming job with both cores, one row per message; see
 * peers/spark_stream.py. @throws Error when Python has no PySpark or the answer is wrong
 */
export async function sparkRowsPerSecond(cluster: Cluster, input: KnownRows): Promise<number> {
  const name = "spark";
  await makeTopics(cluster, name, defaultPartitions);
  await fill(cluster, `raw-${name}`, cutMessages(input, 1), defaultPartitions);
  const jars = await provideJars("spark-kafka");
  const program = join(repositoryFolder, "tests/bench/peers/spark_stream.py");
  const { rows, hits } = input.ledger;
  const output = await runPython([
    program,
    ...[cluster.kafka.bootstrapServers, `raw-${name}`, String(rows), jars, cluster.stateFolder],
  ]);
  const answer = JSON.parse(output.trim().split("\n").at(-1) ?? "") as SparkAnswer;
  if (answer.rows !== rows || answer.hits !== hits)
    throw new Error(
      `wrong answer of PySpark: ${answer.rows} rows, ${answer.hits} hits, not ${rows}, ${hits}`,
    );
  return Math.max(...answer.batches.map((batch) => (1000 * batch.rows) / batch.ms));
}

interface SparkAnswer {
  rows: number;
  hits: number;
  batches: { rows: number; ms: number }[];
}

/** Spreads the messages over the last minute, then adds a later record to each partition, which closes the windows. */
async function fill(
  cluster: Cluster,
  topic: string,
  values: Uint8Array[],
  partitions: number,
): Promise<void> {
  const sender = new KafkaSender({
    bootstrapServers: cluster.kafka.bootstrapServers,
    topic,
  });
  const firstMs = Date.now() - 70_000;
  const timeOf = (i: number): number => firstMs + Math.floor((i / values.length) * 60_000);
  for (let at = 0; at < values.length; at += recordsPerSend) {
    const records = values.slice(at, at + recordsPerSend).map((value, i): RawRecord => ({
      key: null,
      value,
      timestampMs: timeOf(at + i),
      partition: (at + i) % partitions,
    }));
    await sender.send(records);
  }
  const end = { key: null, value: new Uint8Array(0), timestampMs: firstMs + 66_000 };
  await sender.send(Array.from({ length: partitions }, (_, partition) => ({ ...end, partition })));
  await sender.close();
}

/** Waits until all rows are counted. @returns the newest message of every window */
async function newestWindows(
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
  return withJob(cluster, name, { maxBundleSize: 1000 }, async () => {
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
    const figure = (label: string, q: number): Figure => ({
      name: `Flink, end of a window to its message, ${rateHz} rows/s, ${label}`,
      value: delays[Math.min(delays.length - 1, Math.floor(q * delays.length))] as number,
      unit: "ms",
      aim: 400,
      better: "less",
    });
    return [figure("p50", 0.5), figure("p99", 0.99)];
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
