/** Sends records to a topic: in order, acknowledged by all replicas, and not twice as long as the sender lives. */
import type { Producer } from "kafkajs";
import { MuonitorError, UnavailableError, type RawRecord } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { PartitionMessages } from "./client/partition-messages.js";
import "./client/produce-request.js";
import { sendAcknowledged } from "./send-acknowledged.js";

/** The caller tries again as long as it wants to: here few tries, so that it hears of trouble soon. */
const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 };
const answerMs = 10_000;

/** Largest request of one partition: a topic takes 1 MiB unless it is told otherwise, heads of records included. */
const maxRequestBytes = 900_000;
const recordHeadBytes = 32;

/** Errors after which a producer's sequence numbers are worth nothing to the broker: a new producer goes on. */
const lostSequence = ["OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID", "INVALID_PRODUCER_EPOCH"];

interface KafkaSenderOptions extends KafkaAccess {
  topic: string;
}

/** What of a send is not accepted yet: by partition, the requests in order. */
type Open = Map<number, PartitionMessages[]>;

/**
 * A producer's sender. A partition of a send is one idempotent request or a few, one at a time. One that failed may have
 * been accepted, and when it is repeated unchanged the broker takes it once. So a send that failed is repeated by giving
 * the same records again; what was accepted of it is not sent then.
 */
export class KafkaSender {
  private producer: Producer | null = null;
  /** The send that has failed, and what of it is not accepted yet. */
  private failed: { records: readonly RawRecord[]; open: Open } | null = null;
  private tail: Promise<void> = Promise.resolve();
  /** Where the newest records that were accepted begin, by partition: all before that offset was accepted, too. */
  readonly offsets = new Map<number, bigint>();

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaSenderOptions) {
    this.producer = this.createProducer();
  }

  private createProducer(): Producer {
    const kafka = createKafka(this.options, "muonitor-producer", {
      connectionTimeout: answerMs,
      requestTimeout: answerMs,
      retry,
    });
    return kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
  }

  /** Resolves when every record is accepted. Sends that are asked for meanwhile wait for their turn. */
  send(records: readonly RawRecord[]): Promise<void> {
    const sent = this.tail.then(() => this.sendNow(records));
    this.tail = sent.catch(() => undefined);
    return sent;
  }

  private async sendNow(records: readonly RawRecord[]): Promise<void> {
    const repeated = this.failed?.records === records ? this.failed.open : null;
    // The numbers of requests that nobody repeats may be taken: another request with them would be lost as a repetition.
    if (repeated === null && this.failed !== null) await this.drop();
    const open = repeated ?? requestsOf(records);
    this.failed = { records, open };
    const producer = (this.producer ??= this.createProducer());
    await producer.connect().catch((error: unknown) => this.explain(error));
    const outcomes = await Promise.allSettled(
      [...open.values()].map((requests) => this.sendAll(producer, requests)),
    );
    const errors = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    if (errors.length > 0) await this.explain(errors.find((error) => !canPass(error)) ?? errors[0]);
    this.failed = null;
  }

  /** Takes away each request that is accepted. */
  private async sendAll(producer: Producer, requests: PartitionMessages[]): Promise<void> {
    for (let messages = requests[0]; messages !== undefined; messages = requests[0]) {
      const answers = await sendAcknowledged(producer, this.options.topic, messages);
      for (const { partition, baseOffset = "-1" } of answers) {
        // A request that was taken before may be answered without an offset.
        if (BigInt(baseOffset) >= 0n) this.offsets.set(partition, BigInt(baseOffset));
      }
      requests.shift();
    }
  }

  /** What has failed as an error of ours, which tells whether trying again may help. */
  private async explain(error: unknown): Promise<never> {
    const { bootstrapServers, topic } = this.options;
    const [root] = causesOf(error).slice(-1);
    const reason = root instanceof Error ? root.message : String(root);
    if (!canPass(error))
      throw new MuonitorError(`Kafka refuses records for ${topic}: ${reason}`, { cause: error });
    if (causesOf(error).some((cause) => lostSequence.includes(typeOf(cause)))) await this.drop();
    throw new UnavailableError(`Kafka at ${bootstrapServers} does not take records: ${reason}`, {
      cause: error,
    });
  }

  async close(): Promise<void> {
    const { producer } = this;
    await this.drop();
    // What is under way or waits for its turn connects anew, and the process would not end before Kafka closes that.
    void this.tail.then(() => Promise.all([producer?.disconnect(), this.drop()])).catch(() => undefined);
  }

  /** Gives the producer up; the next send gets another. */
  private async drop(): Promise<void> {
    const { producer } = this;
    this.producer = null;
    await producer?.disconnect().catch(() => undefined);
  }
}

function requestsOf(records: readonly RawRecord[]): Open {
  const open: Open = new Map();
  const sizes = new Map<number, number>();
  for (const { key, value, timestampMs, partition } of records) {
    let requests = open.get(partition);
    if (requests === undefined) open.set(partition, (requests = []));
    const bytes = recordHeadBytes + (key?.length ?? 0) + value.length;
    const size = (sizes.get(partition) ?? Infinity) + bytes;
    if (size > maxRequestBytes) requests.push(new PartitionMessages());
    sizes.set(partition, size > maxRequestBytes ? bytes : size);
    requests.at(-1)?.push({
      key: key === null ? null : bufferOf(key),
      value: bufferOf(value),
      timestamp: String(timestampMs),
      partition,
    });
  }
  return open;
}

/** The same bytes, not a copy. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Whether a failure may pass: the broker is away or busy, or it only lost count of our requests. */
function canPass(error: unknown): boolean {
  const types = causesOf(error).filter((cause) => typeOf(cause) !== "");
  if (types.length === 0) return !causesOf(error).some(isHopeless);
  return types.some(
    (cause) => lostSequence.includes(typeOf(cause)) || (cause as { retriable?: boolean }).retriable === true,
  );
}

/** A partition that is gone, a login that was refused, and faults of this program. */
function isHopeless(cause: unknown): boolean {
  if (cause instanceof MuonitorError) return !cause.retriable;
  return !(cause instanceof Error) || ["KafkaJSSASLAuthenticationError", "TypeError"].includes(cause.name);
}

/** An error and its causes: kafkajs wraps what it gives up on. */
function causesOf(error: unknown): unknown[] {
  const causes = [error];
  while (causes.length < 5) {
    const { cause } = (causes.at(-1) ?? {}) as { cause?: unknown };
    if (cause === undefined || cause === null) break;
    causes.push(cause);
  }
  return causes;
}

/** The protocol's name of an error that a broker has answered; empty for others. */
function typeOf(error: unknown): string {
  const { type } = error as { type?: unknown };
  return typeof type === "string" ? type : "";
}
