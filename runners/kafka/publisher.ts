/** Publishes a few records by hand: acknowledged by all replicas, with the key partitioning of Java's clients. */
import kafkajs, { type Message, type Producer } from "kafkajs";
import { MuonitorError } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import { createToolKafka } from "./admin.js";
import { connectKafka, reasonOf } from "./connect-failure.js";
import { isRefusal, needing, refused } from "./refusals.js";
import { sendAcknowledged } from "./send-acknowledged.js";

/** Maximum request size: by default a topic accepts 1 MiB, including record headers. */
const maxRequestBytes = 900_000;
const maxRequestRecords = 5000;
const recordHeadBytes = 32;

export class Publisher {
  /** Records that Kafka has accepted. */
  published = 0;
  private readonly producer: Producer;
  private waiting: Message[] = [];
  private bytes = 0;

  constructor(
    private readonly access: KafkaAccess,
    private readonly topic: string,
  ) {
    this.producer = createToolKafka(access).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
  }

  /** @throws MuonitorError when no broker answers */
  async open(): Promise<void> {
    await needing(`Write on topic ${this.topic}`, () => connectKafka(this.producer, this.access));
  }

  /** Accepts a record; resolves when there is room for the next one. */
  async add(key: string | null, value: string, partition?: number): Promise<void> {
    const size = recordHeadBytes + Buffer.byteLength(value) + (key === null ? 0 : Buffer.byteLength(key));
    if (this.bytes + size > maxRequestBytes || this.waiting.length >= maxRequestRecords) await this.flush();
    this.waiting.push({ key, value, ...(partition === undefined ? {} : { partition }) });
    this.bytes += size;
  }

  /** Sends all buffered records. */
  async flush(): Promise<void> {
    const messages = this.waiting;
    if (messages.length === 0) return;
    this.waiting = [];
    this.bytes = 0;
    await sendAcknowledged(this.producer, this.topic, messages).catch((error: unknown) => this.fail(error));
    this.published += messages.length;
  }

  private fail(cause: unknown): never {
    const { bootstrapServers } = this.access;
    if (isRefusal(cause)) throw refused([`Write on topic ${this.topic}`], cause);
    throw new MuonitorError(
      `Kafka at ${bootstrapServers} does not accept records for ${this.topic}: ${reasonOf(cause)}`,
      { cause },
    );
  }

  async close(): Promise<void> {
    await this.producer.disconnect().catch(() => undefined);
  }
}
