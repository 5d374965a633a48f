/**
 * Reads a Kafka topic without a consumer group: ends, topic id and records of its partitions. Its modes are a bounded
 * range ({@link readRanges}), following a topic, and sampling new records.
 */
import { pause } from "../../process/index.js";
import type { KafkaMessage } from "kafkajs";
import { createKafka, type KafkaAccess } from "../access.js";
import { asAdmin, requireTopic } from "../admin.js";
import { readBatches } from "../client/batches.js";
import { closeCluster, createCluster, type Broker, type Cluster } from "../client/cluster.js";
import { fetchFrom, noAnswers, type FetchedPartition } from "../client/fetch.js";
import { fetchMetadata } from "../client/metadata.js";
import { needing } from "../refusals.js";
import { isPassing, noLeaderCode } from "./faults.js";

export interface TopicReaderOptions extends KafkaAccess {
  topic: string;
  /** Name of the reader in the broker's log. */
  clientId: string;
  /** Whether records of open and aborted transactions are read too; default false. */
  uncommitted?: boolean;
  /** Number of retries by kafkajs for requests to a broker; default 2. */
  retries?: number;
  /** Highest request versions to use, as if the broker supported no newer ones. */
  limits?: { metadata?: number; fetch?: number };
}

/** Content of a partition: offsets [low, high); those before `stable` belong to no open transaction. */
export interface PartitionEnds {
  partition: number;
  low: bigint;
  stable: bigint;
  high: bigint;
}

interface Want {
  partition: number;
  offset: bigint;
}

interface FetchLimits {
  /** Maximum time for which a broker may wait for a record, ms. */
  maxWaitMs: number;
  /** Per partition. */
  maxBytes: number;
}

export interface Fetched extends Want {
  /** Kafka's error code, 0 for none. */
  error: number;
  messages: KafkaMessage[];
  /** Next offset to read: after everything seen, records or not. */
  next: bigint;
  ends: PartitionEnds;
}

const answerMs = 10_000;
/** Time for the leaders of a topic just created or moved to answer. */
const steadyWithinMs = 5000;
const steadyPauseMs = 100;
const [latest, earliest] = [-1, -2];

export class TopicReader {
  /** Topic id; null if the broker does not report one. */
  id: string | null = null;
  /** Leader of each partition. */
  leaders: ReadonlyMap<number, number> = new Map();
  private readonly cluster: Cluster;
  private readonly committedOnly: boolean;

  /** @throws UsageError when the security settings are wrong */
  constructor(readonly options: TopicReaderOptions) {
    const { clientId, retries = 2 } = options;
    this.committedOnly = options.uncommitted !== true;
    this.cluster = createCluster(
      createKafka(options, clientId, {
        connectionTimeout: answerMs,
        requestTimeout: answerMs,
        retry: { retries, initialRetryTime: 100, maxRetryTime: 1000 },
      }),
      options.topic,
    );
  }

  get topic(): string {
    return this.options.topic;
  }

  /** @throws UsageError when the topic does not exist */
  async open(): Promise<void> {
    await this.cluster.connect();
    if (!(await this.refresh())) await asAdmin(this.options, (admin) => requireTopic(admin, this.topic));
    for (const end = Date.now() + steadyWithinMs; !this.hasLeaders && Date.now() < end; await this.refresh())
      await pause(steadyPauseMs);
  }

  private get hasLeaders(): boolean {
    return this.leaders.size > 0 && [...this.leaders.values()].every((node) => node >= 0);
  }

  /**
   * Updates leaders and topic id.
   * @returns false while the topic does not exist
   */
  async refresh(): Promise<boolean> {
    const { topic } = this;
    const ask = (): ReturnType<typeof fetchMetadata> =>
      fetchMetadata(this.cluster, topic, this.options.limits?.metadata);
    const found = await needing(`Describe on topic ${topic}`, ask);
    if (found === null) return false;
    this.id = found.id;
    this.leaders = found.leaders;
    return true;
  }

  /** Ends of all partitions with a leader. */
  async ends(): Promise<PartitionEnds[]> {
    for (const end = Date.now() + steadyWithinMs; ; await this.refresh()) {
      try {
        return await this.endsNow();
      } catch (error) {
        // Errors of a broker disappear when its topic is ready; the caller handles a broker that is down.
        const { type } = error as { type?: string };
        if (type === undefined || !isPassing(error) || Date.now() > end) throw error;
        await pause(steadyPauseMs);
      }
    }
  }

  private async endsNow(): Promise<PartitionEnds[]> {
    const [low, stable, high] = [
      await this.offsets(earliest, false),
      await this.offsets(latest, true),
      await this.offsets(latest, false),
    ];
    return [...low]
      .map(([partition, from]) => ({
        partition,
        low: from,
        stable: stable.get(partition) ?? from,
        high: high.get(partition) ?? from,
      }))
      .sort((a, b) => a.partition - b.partition);
  }

  private async offsets(timestamp: number, committed: boolean): Promise<Map<number, bigint>> {
    const { topic } = this;
    const answers = await Promise.all(
      [...this.byLeader([...this.leaders.keys()])].map(async ([node, partitions]) => {
        const broker = await this.broker(node);
        return broker.listOffsets({
          isolationLevel: committed ? 1 : 0,
          topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }],
        });
      }),
    );
    return new Map(
      answers
        .flatMap(({ responses }) => responses.flatMap(({ partitions }) => partitions))
        .map(({ partition, offset }) => [partition, BigInt(offset)]),
    );
  }

  /**
   * Continues reading some partitions from all their leaders in parallel; partitions of an unreachable leader get an
   * error.
   */
  async fetch(wants: readonly Want[], limits: FetchLimits): Promise<Fetched[]> {
    const offsets = new Map(wants.map(({ partition, offset }) => [partition, offset]));
    const asked = [...this.byLeader([...offsets.keys()])];
    const answers = await Promise.allSettled(
      asked.map(([node, partitions]) => this.fetchFrom(node, partitions, offsets, limits)),
    );
    const failed = answers.flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason as unknown] : [],
    );
    const [worst] = [...failed.filter((error) => !isPassing(error)), ...failed];
    if (worst !== undefined && (failed.length === answers.length || !isPassing(worst))) throw worst as Error;
    const fetched = answers.flatMap((answer, i) =>
      answer.status === "fulfilled" ? answer.value : noAnswers(asked[i]?.[1] ?? [], noLeaderCode),
    );
    return Promise.all(fetched.map((answer) => this.read(answer, offsets.get(answer.partition) as bigint)));
  }

  private async fetchFrom(
    node: number,
    partitions: readonly number[],
    offsets: ReadonlyMap<number, bigint>,
    { maxWaitMs, maxBytes }: FetchLimits,
  ): Promise<FetchedPartition[]> {
    const request = {
      ...{ topic: this.topic, id: this.id, committedOnly: this.committedOnly },
      ...{ maxWaitMs, maxBytes: maxBytes * partitions.length },
      partitions: partitions.map((partition) => ({
        partition,
        offset: offsets.get(partition) as bigint,
        maxBytes,
      })),
    };
    return fetchFrom(await this.broker(node), request, this.options.limits?.fetch);
  }

  private async read(answer: FetchedPartition, offset: bigint): Promise<Fetched> {
    const { partition, error, low, stable, high } = answer;
    const { messages, next } = await readBatches(answer, offset, this.committedOnly);
    const ends = { partition, low, stable, high };
    return { partition, offset, error, messages, next: next !== null && next > offset ? next : offset, ends };
  }

  /** Partitions by leader node, without those that have no leader. */
  private byLeader(partitions: readonly number[]): Map<number, number[]> {
    const nodes = new Map<number, number[]>();
    for (const partition of partitions) {
      const node = this.leaders.get(partition) ?? -1;
      if (node < 0) continue;
      nodes.set(node, [...(nodes.get(node) ?? []), partition]);
    }
    return nodes;
  }

  private async broker(node: number): Promise<Broker> {
    const nodeId = String(node);
    const { brokerPool } = this.cluster;
    if (brokerPool.brokers[nodeId] === undefined) await brokerPool.refreshMetadata([this.topic]);
    return this.cluster.findBroker({ nodeId });
  }

  /** Closes all connections. */
  close(): Promise<void> {
    return closeCluster(this.cluster);
  }
}
