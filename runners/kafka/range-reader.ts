/**
 * A bounded reading of a topic: from offsets to offsets, partition after partition, so that the same topic gives the
 * same order. It ends by itself, also where the last offsets hold no record: control records of transactions, records
 * that compaction or an abort took away, and those of a transaction that is still open.
 */
import { randomUUID } from "node:crypto";
import type { Consumer, EachBatchPayload, IHeaders, KafkaMessage } from "kafkajs";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import { asAdmin, createToolKafka } from "./admin.js";
import { reasonOf } from "./connect-failure.js";
import type { OffsetRange } from "./positions.js";

export interface TopicRecord {
  partition: number;
  offset: bigint;
  /** ms since the Unix epoch. */
  timestampMs: number;
  key: Buffer | null;
  /** Null says that the key is gone. */
  value: Buffer | null;
  headers: IHeaders;
}

export interface RangeReading {
  access: KafkaAccess;
  topic: string;
  ranges: readonly OffsetRange[];
  /** Takes a record; false ends the reading. */
  take: (record: TopicRecord) => boolean | Promise<boolean>;
  /** Whether records of transactions that are open, or were given up, are given too, and what lies behind them. */
  uncommitted?: boolean;
  signal?: AbortSignal;
}

/** Without any answer for so long the reading is given up. */
const silenceMs = 60_000;
/** So many answers without a record, over so long: there is none to come. */
const quietFetches = 4;
const quietMs = 1500;
/** A batch that does not fit would hide behind an empty one. */
const maxFetchBytes = 16 << 20;
const recordsPerHeartbeat = 500;

/** @returns what of the ranges, at their ends, holds no record that can be read */
export async function readRanges(reading: RangeReading): Promise<OffsetRange[]> {
  const ranges = reading.ranges.filter(({ from, to }) => from < to);
  if (ranges.length === 0) return [];
  const groupId = `muonitor-reader-${randomUUID()}`;
  const consumer = createToolKafka(reading.access).consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxBytes: maxFetchBytes,
    maxBytesPerPartition: maxFetchBytes,
    maxWaitTimeInMs: 250,
    readUncommitted: reading.uncommitted ?? false,
    retry: { retries: 8 },
  });
  const leaders = await leadersOf(reading);
  const reader = new RangeReader(reading, ranges, leaders, consumer);
  try {
    return await reader.read();
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await asAdmin(reading.access, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

function leadersOf({ access, topic }: RangeReading): Promise<Map<number, number>> {
  return asAdmin(access, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return new Map(topics[0]?.partitions.map(({ partitionId, leader }) => [partitionId, leader]));
  });
}

interface Remaining extends OffsetRange {
  /** The next offset to be read. */
  next: bigint;
}

class RangeReader {
  private readonly remaining: Remaining[];
  private readonly unread: OffsetRange[] = [];
  private fetches = 0;
  private progressMs = performance.now();
  private silence: NodeJS.Timeout | undefined;
  private resolve: () => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  constructor(
    private readonly reading: RangeReading,
    ranges: readonly OffsetRange[],
    private readonly leaders: ReadonlyMap<number, number>,
    private readonly consumer: Consumer,
  ) {
    this.remaining = ranges.map((range) => ({ ...range, next: range.from }));
  }

  async read(): Promise<OffsetRange[]> {
    const { consumer, reading } = this;
    const ended = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const abort = (): void => this.reject(reading.signal?.reason);
    reading.signal?.addEventListener("abort", abort, { once: true });
    if (reading.signal?.aborted === true) abort();
    this.listen();
    try {
      await Promise.race([ended, this.start()]);
      await ended;
    } catch (error) {
      throw this.explained(error);
    } finally {
      clearTimeout(this.silence);
      reading.signal?.removeEventListener("abort", abort);
      // What comes now is not wanted any more.
      this.remaining.length = 0;
      await consumer.stop().catch(() => undefined);
    }
    return this.unread;
  }

  private async start(): Promise<void> {
    const { consumer, reading } = this;
    await consumer.connect();
    await consumer.subscribe({ topic: reading.topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.takeBatch(payload),
    });
  }

  private listen(): void {
    const { consumer } = this;
    const { events } = consumer;
    this.silence = setTimeout(
      () => this.reject(new UnavailableError(`Kafka gives no answer for ${silenceMs / 1000} s`)),
      silenceMs,
    );
    // What may pass is tried again by the client, and goes on where it was.
    consumer.on(events.CRASH, ({ payload }) => {
      if (!payload.restart) this.reject(payload.error);
    });
    consumer.on(events.GROUP_JOIN, () => this.place());
    consumer.on(events.FETCH, ({ payload }) => {
      this.silence?.refresh();
      this.countFetch(Number((payload as { nodeId?: unknown }).nodeId));
    });
    consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      // Nothing but control records, or records of transactions that were given up.
      if (payload.batchSize === 0) this.passed(payload.partition, BigInt(payload.lastOffset) + 1n);
    });
  }

  /** Puts a consumer that has joined its group to where the reading is. */
  private place(): void {
    const { topic } = this.reading;
    for (const { partition, next } of this.remaining) {
      this.consumer.seek({ topic, partition, offset: String(next) });
    }
    const current = this.remaining[0]?.partition;
    const others = [...this.leaders.keys()].filter((partition) => partition !== current);
    this.consumer.pause([{ topic, partitions: others }]);
  }

  private async takeBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const current = this.remaining[0];
    if (current?.partition !== batch.partition || payload.isStale()) return;
    let taken = 0;
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      if (offset < current.next) continue;
      if (offset >= current.to) break;
      if (!(await this.reading.take(recordOf(batch.partition, message)))) return this.resolve();
      current.next = offset + 1n;
      if ((taken += 1) % recordsPerHeartbeat === 0) await payload.heartbeat();
      if (this.remaining[0] !== current) return;
    }
    payload.resolveOffset(batch.messages.at(-1)?.offset ?? batch.lastOffset());
    this.passed(batch.partition, BigInt(batch.lastOffset()) + 1n);
  }

  /** All below this offset has been seen. */
  private passed(partition: number, next: bigint): void {
    const range = this.remaining.find((candidate) => candidate.partition === partition);
    if (range === undefined) return;
    if (next > range.next) range.next = next;
    if (range !== this.remaining[0]) return;
    this.progress();
    if (range.next >= range.to) this.turn();
  }

  private progress(): void {
    this.fetches = 0;
    this.progressMs = performance.now();
  }

  /** Goes on with the next partition. */
  private turn(): void {
    const { topic } = this.reading;
    const done = this.remaining.shift();
    const next = this.remaining[0];
    this.progress();
    if (next === undefined) return this.resolve();
    if (next.next >= next.to) return this.turn();
    if (done !== undefined) this.consumer.pause([{ topic, partitions: [done.partition] }]);
    this.consumer.seek({ topic, partition: next.partition, offset: String(next.next) });
    this.consumer.resume([{ topic, partitions: [next.partition] }]);
  }

  /** The leader has answered once more; when it never gives a record, there is none. */
  private countFetch(node: number): void {
    const current = this.remaining[0];
    if (current === undefined || node !== this.leaders.get(current.partition)) return;
    this.fetches += 1;
    if (this.fetches <= quietFetches || performance.now() - this.progressMs < quietMs) return;
    this.unread.push({ partition: current.partition, from: current.next, to: current.to });
    this.turn();
  }

  private explained(error: unknown): unknown {
    const { topic, signal } = this.reading;
    if (signal?.aborted === true) return signal.reason;
    if (error instanceof MuonitorError) return error;
    if (!(error instanceof Error) || !error.name.startsWith("KafkaJS")) return error;
    return new UnavailableError(`topic ${topic} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function recordOf(partition: number, message: KafkaMessage): TopicRecord {
  const { offset, timestamp, key, value, headers } = message;
  return {
    partition,
    offset: BigInt(offset),
    timestampMs: Number(timestamp),
    key,
    value,
    headers: headers ?? {},
  };
}
