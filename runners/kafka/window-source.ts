/** The windows on `data_clean`, for the bridge: those of the past first, then as they come. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Consumer, EachMessagePayload, Kafka } from "kafkajs";
import { UnavailableError, type WindowMessage } from "../../pipeline/model/index.js";
import { createMessageValidator } from "../../pipeline/steps/validate.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { requireTopic } from "./admin.js";

export interface KafkaWindowSourceOptions extends KafkaAccess {
  topic: string;
  /** Only windows of this telescope. */
  stream: string;
  /** Only windows of this length; without it, of any. */
  windowMs?: number;
  /** So many messages of each partition are read again at the start; without it, all that the topic holds. */
  lastMessages?: number;
  log: (line: string) => void;
}

/** The next offset to read of a partition. */
export interface TopicPosition {
  topic: string;
  partition: number;
  next: string;
}

/** What takes the windows: a bridge's sink, for one. */
export interface WindowTaker {
  /** @param position from where to read on after this window */
  window(message: WindowMessage, position: TopicPosition): void;
}

const retry = { retries: 5, initialRetryTime: 200, maxRetryTime: 2000 };
/** A broker that comes back waits for the reader that it knew before: not for longer than this. */
const haste = {
  sessionTimeout: 10_000,
  rebalanceTimeout: 10_000,
  heartbeatInterval: 2000,
  maxWaitTimeInMs: 500,
};
const invalidReportMs = 60_000;
const schema = JSON.parse(
  readFileSync(new URL("../../pipeline/model/message.schema.json", import.meta.url), "utf8"),
) as object;

export class KafkaWindowSource {
  /** Messages that are none of schema 1, since the start. */
  invalid = 0;
  private readonly kafka: Kafka;
  private readonly consumer: Consumer;
  private readonly groupId = `muonitor-page-${randomUUID()}`;
  private readonly validate = createMessageValidator(schema);
  /** The next offset of each partition: after a reconnection the client may begin again at the topic's begin. */
  private readonly next = new Map<number, bigint>();
  private reportedMs = -Infinity;
  private unreported = 0;

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaWindowSourceOptions) {
    this.kafka = createKafka(options, "muonitor-page", { retry });
    this.consumer = this.kafka.consumer({
      groupId: this.groupId,
      allowAutoTopicCreation: false,
      retry,
      ...haste,
    });
  }

  /**
   * Begins to deliver, in the order of the topic, so that the newest message of a window comes last.
   * @param positions where an earlier reader has read to; what is no longer in the topic is skipped
   */
  async start(sink: WindowTaker, positions: readonly TopicPosition[] = []): Promise<void> {
    const { topic, bootstrapServers } = this.options;
    try {
      await this.findStart(positions);
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
      eachMessage: (payload) => Promise.resolve(this.take(payload, sink)),
    });
    for (const [partition, offset] of this.next)
      this.consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** Whether the messages begin with the first that was ever written; known after {@link start}. */
  isWhole = false;

  private async findStart(positions: readonly TopicPosition[]): Promise<void> {
    const { topic, lastMessages = Infinity } = this.options;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      // The client would look for a missing topic again and again.
      await requireTopic(admin, topic);
      this.isWhole = true;
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const back = Math.min(lastMessages, Number(BigInt(high) - BigInt(low)));
        const known = positions.find((position) => position.partition === partition)?.next;
        const start = known === undefined ? null : resumeAt(BigInt(known), BigInt(low), BigInt(high));
        this.next.set(partition, start ?? BigInt(high) - BigInt(back));
        if (this.next.get(partition) !== 0n) this.isWhole = false;
      }
    } finally {
      await admin.disconnect();
    }
  }

  private take({ partition, message }: EachMessagePayload, sink: WindowTaker): void {
    const offset = BigInt(message.offset);
    if (offset < (this.next.get(partition) ?? 0n)) return;
    this.next.set(partition, offset + 1n);
    const { stream, windowMs } = this.options;
    const key = message.key?.toString() ?? "";
    // Without a value it says that a key is gone.
    if (message.value === null) return;
    if (/^[^:]+:\d+$/.test(key) && !key.startsWith(`${stream}:`)) return;
    const window = this.read(message.value, `partition ${partition}, offset ${message.offset}`);
    if (window === null) return;
    if (windowMs === undefined || window.window.end_ms - window.window.start_ms === windowMs)
      sink.window(window, { topic: this.options.topic, partition, next: String(offset + 1n) });
  }

  private read(value: Buffer, place: string): WindowMessage | null {
    try {
      return this.validate(JSON.parse(value.toString()));
    } catch (error) {
      this.countInvalid(place, (error as Error).message);
      return null;
    }
  }

  /** Tells the first at once, then at most once a minute how many there were. */
  private countInvalid(place: string, reason: string): void {
    this.invalid += 1;
    this.unreported += 1;
    if (performance.now() - this.reportedMs < invalidReportMs) return;
    this.options.log(
      `${this.options.topic}: ${this.unreported} messages are not window messages, the last at ${place}: ${reason}`,
    );
    this.reportedMs = performance.now();
    this.unreported = 0;
  }

  /** Leaves neither a connection nor a group of readers behind. */
  async close(): Promise<void> {
    await this.consumer.disconnect().catch(() => undefined);
    const admin = createKafka(this.options, "muonitor-page", { retry: { retries: 1 } }).admin();
    await admin
      .connect()
      .then(() => admin.deleteGroups([this.groupId]))
      .catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}

/** Where to go on; null in a topic that has been made anew since: it ends before what was read. */
function resumeAt(next: bigint, low: bigint, high: bigint): bigint | null {
  if (next > high) return null;
  return next < low ? low : next;
}
