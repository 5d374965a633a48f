/**
 * Looks at a few of the newest records of a topic now and then, each at most once: what is read is bounded, whatever
 * goes by. For samples, not for counts.
 */
import { randomUUID } from "node:crypto";
import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from "kafkajs";
import type { RawRecord } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { requireTopic } from "./admin.js";

export interface TopicGlanceOptions extends KafkaAccess {
  topic: string;
}

export type TakeGlance = (record: RawRecord, offset: string) => void;

const glanceMs = 1000;
/** Of each partition at a time. */
const recordsAtOnce = 250;
const bytesOfPartition = 64 << 10;
const bytesAtOnce = 1 << 20;
const clientId = "muonitor-samples";
const noValue = new Uint8Array(0);

export class TopicGlance {
  private readonly consumer: Consumer;
  private readonly admin: Admin;
  private readonly groupId = `${clientId}-${randomUUID()}`;
  /** The next offset of each partition that was not yet looked at. */
  private readonly next = new Map<number, bigint>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: TopicGlanceOptions) {
    const kafka = createKafka(options, clientId, { retry: { retries: 2 } });
    this.admin = kafka.admin();
    this.consumer = kafka.consumer({
      groupId: this.groupId,
      allowAutoTopicCreation: false,
      maxBytes: bytesAtOnce,
      maxBytesPerPartition: bytesOfPartition,
      maxWaitTimeInMs: 250,
      // A broker that comes back waits for the reader that it knew before: not for longer than this.
      sessionTimeout: 10_000,
      rebalanceTimeout: 10_000,
      heartbeatInterval: 2000,
    });
  }

  /** Begins with what comes from now on. @throws when the topic cannot be read */
  async start(take: TakeGlance): Promise<void> {
    const { topic } = this.options;
    await this.admin.connect();
    await requireTopic(this.admin, topic);
    for (const { partition, high } of await this.admin.fetchTopicOffsets(topic))
      this.next.set(partition, BigInt(high));
    await this.consumer.connect();
    await this.consumer.subscribe({ topic, fromBeginning: false });
    await this.consumer.run({ autoCommit: false, eachBatch: (batch) => this.look(batch, take) });
    this.consumer.pause([{ topic }]);
    this.timer = setInterval(() => void (this.looking = this.tryOpen()), glanceMs);
  }

  /** While a broker is away nothing can be asked; the client comes back with it, and the next time is soon. */
  private tryOpen(): Promise<void> {
    return this.open().catch(() => undefined);
  }

  /** Lets the newest records of each partition come that has new ones. */
  private async open(): Promise<void> {
    const { topic } = this.options;
    const offsets = await this.admin.fetchTopicOffsets(topic);
    for (const { partition, low, high } of offsets) {
      const next = this.next.get(partition) ?? BigInt(high);
      this.next.set(partition, next);
      if (BigInt(high) <= next) continue;
      const begin = [next, BigInt(low), BigInt(high) - BigInt(recordsAtOnce)].reduce(later);
      this.next.set(partition, begin);
      this.consumer.seek({ topic, partition, offset: String(begin) });
      this.consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  /** Takes one answer of a partition, and no more until the next time. */
  private look({ batch }: EachBatchPayload, take: TakeGlance): Promise<void> {
    const { topic, partition } = batch;
    this.consumer.pause([{ topic, partitions: [partition] }]);
    const next = this.next.get(partition) ?? 0n;
    const fresh = batch.messages.filter(({ offset }) => BigInt(offset) >= next).slice(0, recordsAtOnce);
    for (const message of fresh) take(recordOf(message, partition), message.offset);
    const last = fresh.at(-1);
    if (last !== undefined) this.next.set(partition, BigInt(last.offset) + 1n);
    return Promise.resolve();
  }

  /** Leaves neither a connection nor a group of readers behind. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    await this.consumer.disconnect().catch(() => undefined);
    if (this.next.size > 0) await this.admin.deleteGroups([this.groupId]).catch(() => undefined);
    await this.admin.disconnect().catch(() => undefined);
  }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function recordOf({ key, value, timestamp }: KafkaMessage, partition: number): RawRecord {
  return { key, value: value ?? noValue, timestampMs: Number(timestamp), partition };
}
