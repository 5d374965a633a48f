/** The records of the side tally of a job, from the oldest on, as they come. */
import { randomUUID } from "node:crypto";
import type { Consumer, Kafka } from "kafkajs";
import { decodeTallyPane, UnavailableError, type TallyPane } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";

export interface KafkaTallySourceOptions extends KafkaAccess {
  topic: string;
  /** Only the tally of this telescope. */
  stream: string;
}

const retry = { retries: 5, initialRetryTime: 200, maxRetryTime: 2000 };
const haste = { sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 2000 };

export class KafkaTallySource {
  private readonly kafka: Kafka;
  private readonly consumer: Consumer;
  private readonly groupId = `muonitor-tally-${randomUUID()}`;
  /** After a reconnection the client may begin again at the topic's begin. */
  private next = 0n;

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaTallySourceOptions) {
    this.kafka = createKafka(options, "muonitor-tally", { retry });
    this.consumer = this.kafka.consumer({
      groupId: this.groupId,
      allowAutoTopicCreation: false,
      retry,
      ...haste,
    });
  }

  /** Begins to deliver, in the order of the topic. */
  async start(take: (pane: TallyPane) => void): Promise<void> {
    const { topic, stream, bootstrapServers } = this.options;
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topic, fromBeginning: true });
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new UnavailableError(`topic ${topic} at ${bootstrapServers} cannot be read: ${reason}`, {
        cause,
      });
    }
    await this.consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        const offset = BigInt(message.offset);
        if (offset >= this.next) {
          this.next = offset + 1n;
          const pane = decodeTallyPane(message.value?.toString() ?? "");
          if (pane?.stream === stream) take(pane);
        }
        return Promise.resolve();
      },
    });
  }

  /** Leaves neither a connection nor a group of readers behind. */
  async close(): Promise<void> {
    await this.consumer.disconnect().catch(() => undefined);
    const admin = createKafka(this.options, "muonitor-tally", { retry: { retries: 1 } }).admin();
    await admin
      .connect()
      .then(() => admin.deleteGroups([this.groupId]))
      .catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}
