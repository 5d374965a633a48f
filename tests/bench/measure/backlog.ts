/** Backlogs on a real Kafka: rows/s of the streaming job on Flink, and of a PySpark job on the same rows. */
import { join } from "node:path";
import { createLedger, mergeLedger, type RawRecord } from "../../../pipeline/model/index.js";
import { repositoryFolder } from "../../../runners/paths.js";
import { KafkaSender } from "../../../runners/kafka/index.js";
import { provideJars } from "../../../runners/services/maven.js";
import {
  defaultPartitions,
  makeTopics,
  newestWindows,
  withJob,
  type Cluster,
  type JobShape,
} from "./flink.js";
import { checkLedger, cutMessages, type KnownRows } from "./known-rows.js";
import { runPython } from "./peers.js";
import type { Figure } from "./report.js";

const recordsPerSend = 2000;

export interface Backlog extends JobShape {
  rowsPerMessage: number;
  partitions?: number;
}

/** Backlogs so far, for the names of their topics. */
let backlogs = 0;

/** Rows/s of the windows of a backlog, from the first result to the last. @throws Error when the answer is wrong */
export async function backlogFigure(
  cluster: Cluster,
  input: KnownRows,
  { target, ...backlog }: Backlog & { target: number },
): Promise<Figure> {
  const { rowsPerMessage, workers = 1 } = backlog;
  const windows = await backlogWindows(cluster, input, backlog);
  return {
    name: `Flink, backlog, ${rowsPerMessage} rows per message, ${workers} worker${workers === 1 ? "" : "s"}`,
    value: meanRate(windows),
    unit: "rows/s",
    target,
    better: "more",
  };
}

/** The windows of a backlog, by the time at which they were emitted. @throws Error when the answer is wrong */
async function backlogWindows(cluster: Cluster, input: KnownRows, backlog: Backlog): Promise<Emitted[]> {
  const { rowsPerMessage, partitions = defaultPartitions } = backlog;
  const name = `backlog-${++backlogs}`;
  await makeTopics(cluster, name, partitions);
  await fill(cluster, `raw-${name}`, cutMessages(input, rowsPerMessage), partitions);
  const newest = await withJob(cluster, name, backlog, () =>
    newestWindows(cluster, `clean-${name}`, input.ledger.rows),
  );
  const windows = [...newest.values()];
  const total = createLedger();
  for (const { ledger } of windows) mergeLedger(total, ledger);
  checkLedger(total, input.ledger);
  return windows
    .map(({ ledger, emitted_ms }) => ({ rows: ledger.rows, ms: emitted_ms }))
    .sort((a, b) => a.ms - b.ms);
}

/** Rows/s of a program that reads a backlog of at least two million rows. */
interface ReadingRates {
  /** Over all rows after the first million, in which a new job's code is compiled. */
  warm: number;
  /** Of the fastest million rows in a row. */
  fastest: number;
}

/** Rows/s with one row per message and two workers, without segments. @throws Error when the answer is wrong */
export async function flinkRates(cluster: Cluster, input: KnownRows): Promise<ReadingRates> {
  const shape = { rowsPerMessage: 1, workers: 2, muons: false };
  const windows = await backlogWindows(cluster, input, shape);
  let before = 0;
  const warm = windows.filter(({ rows }) => (before += rows) >= 1e6);
  return { warm: meanRate(warm), fastest: fastestRate(windows, 1e6) };
}

/**
 * Rates of a PySpark Structured Streaming job with both cores, one row per message, in batches of a million; see
 * peers/spark_stream.py. @throws Error when Python has no PySpark or the answer is wrong
 */
export async function sparkRates(cluster: Cluster, input: KnownRows): Promise<ReadingRates> {
  const name = `spark-${++backlogs}`;
  await makeTopics(cluster, name, defaultPartitions);
  await fill(cluster, `raw-${name}`, cutMessages(input, 1), defaultPartitions);
  const jars = await provideJars("spark-kafka");
  const program = join(repositoryFolder, "tests/bench/peers/spark_stream.py");
  const { rows, hits } = input.ledger;
  const folder = join(cluster.stateFolder, name);
  const output = await runPython([
    program,
    ...[cluster.kafka.bootstrapServers, `raw-${name}`, String(rows), jars, folder],
  ]);
  const answer = JSON.parse(output.trim().split("\n").at(-1) ?? "") as SparkAnswer;
  if (answer.rows !== rows || answer.hits !== hits)
    throw new Error(
      `wrong answer of PySpark: ${answer.rows} rows, ${answer.hits} hits, not ${rows}, ${hits}`,
    );
  const later = answer.batches.slice(1);
  const sum = (of: (batch: SparkBatch) => number): number =>
    later.reduce((total, batch) => total + of(batch), 0);
  return {
    warm: (1000 * sum((batch) => batch.rows)) / sum((batch) => batch.ms),
    fastest: Math.max(...answer.batches.map((batch) => (1000 * batch.rows) / batch.ms)),
  };
}

interface SparkBatch {
  rows: number;
  ms: number;
}

interface SparkAnswer {
  rows: number;
  hits: number;
  batches: SparkBatch[];
}

/** Rows of a window, and when it was emitted. */
interface Emitted {
  rows: number;
  ms: number;
}

/** Rows/s from the first window to the last: the rows of the first came before. */
function meanRate(windows: readonly Emitted[]): number {
  const [first, last] = [windows[0] as Emitted, windows.at(-1) as Emitted];
  const rows = windows.reduce((sum, window) => sum + window.rows, -first.rows);
  return (1000 * rows) / (last.ms - first.ms);
}

/** The highest mean rate of windows in a row with at least `least` rows. */
function fastestRate(windows: readonly Emitted[], least: number): number {
  let fastest = 0;
  for (let start = 0; start < windows.length; start += 1) {
    let rows = 0;
    for (let end = start + 1; end < windows.length; end += 1) {
      rows += (windows[end] as Emitted).rows;
      if (rows < least) continue;
      fastest = Math.max(fastest, meanRate(windows.slice(start, end + 1)));
      break;
    }
  }
  return fastest;
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
