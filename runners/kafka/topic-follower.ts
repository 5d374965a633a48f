/** Follows a topic from given places on: each record once and in the order of its partition, over reconnections too. */
import { randomUUID } from "node:crypto";
import type { Consumer, EachMessagePayload, Kafka, KafkaMessage } from "kafkajs";
import { UnavailableError } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { requireTopic } from "./admin.js";
import { reasonOf } from "./connect-failure.js";

export interface TopicFollowerOptions extends KafkaAccess {
  topic: string;
  /** Who reads, in the names of the client and its group. */
  clientId: string;
  /** Is told when the reading has ended for good. */
  log?: (line: string) => void;
}

/** What a partition holds: offsets [low, high). */
export interface PartitionOffsets {
  partition: number;
  low: bigint;
  high: bigint;
}

/** @param next the offset after this record */
export type TakeMessage = (message: KafkaMessage, partition: number, next: bigint) => void;

const retry = { retries: 5, initialRetryTime: 200, maxRetryTime: 2000 };
/** A broker that comes back waits for the reader that it knew before: not for longer than this, the shortest it allows. */
const haste = {
  sessionTimeout: 6000,
  rebalanceTimeout: 6000,
  heartbeatInterval: 2000,
  maxWaitTimeInMs: 500,
};

export class TopicFollower {
  /** Why the reading has ended for good; null while it goes on, or tries to. */
  problem: string | null = null;
  private readonly kafka: Kafka;
  private readonly consumer: Consumer;
  private readonly groupId: string;
  /** The next offset of each partition: after a reconnection the client may begin again at the topic's begin. */
  private readonly next = new Map<number, bigint>();

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: TopicFollowerOptions) {
    const { clientId } = options;
    this.groupId = `${clientId}-${randomUUID()}`;
    this.kafka = createKafka(options, clientId, { retry });
    this.consumer = this.kafka.consumer({
      groupId: this.groupId,
      allowAutoTopicCreation: false,
      retry,
      ...haste,
    });
  }

  /** @param placeOf where to begin in a partition */
  async start(placeOf: (offsets: PartitionOffsets) => bigint, take: TakeMessage): Promise<void> {
    const { topic, bootstrapServers } = this.options;
    try {
      await this.findStart(placeOf);
      await this.consumer.connect();
      await this.consumer.subscribe({ topic, fromBeginning: true });
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new UnavailableError(`topic ${topic} at ${bootstrapServers} cannot be read: ${reason}`, {
        cause,
      });
    }
    this.consumer.on(this.consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.end(payload.error);
    });
    await this.consumer.run({
      autoCommit: false,
      eachMessage: (payload) => Promise.resolve(this.give(payload, take)),
    });
    for (const [partition, offset] of this.next)
      this.consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** What may pass is tried again by the client; this does not. */
  private end(error: Error): void {
    this.problem = `topic ${this.options.topic} cannot be read on: ${reasonOf(error)}`;
    this.options.log?.(this.problem);
  }

  private async findStart(placeOf: (offsets: PartitionOffsets) => bigint): Promise<void> {
    const { topic } = this.options;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      // The client would look for a missing topic again and again.
      await requireTopic(admin, topic);
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        this.next.set(partition, placeOf({ partition, low: BigInt(low), high: BigInt(high) }));
    } finally {
      await admin.disconnect();
    }
  }

  private give({ partition, message }: EachMessagePayload, take: TakeMessage): void {
    const offset = BigInt(message.offset);
    if (offset < (this.next.get(partition) ?? 0n)) return;
    this.next.set(partition, offset + 1n);
    take(message, partition, offset + 1n);
  }

  /** Leaves neither a connection nor a group of readers behind. */
  async close(): Promise<void> {
    await this.consumer.disconnect().catch(() => undefined);
    const admin = createKafka(this.options, this.options.clientId, { retry: { retries: 1 } }).admin();
    await admin
      .connect()
      .then(() => admin.deleteGroups([this.groupId]))
      .catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}
