/**
 * Sends records to a topic: in order, acknowledged by all replicas, without duplicates during the sender's lifetime.
 */
import type { Producer } from "kafkajs";
import { MuonitorError, UnavailableError, type RawRecord } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { PartitionMessages } from "./client/partition-messages.js";
import "./client/produce-request.js";
import { isRefusal, refused } from "./refusals.js";
import { sendAcknowledged } from "./send-acknowledged.js";

/** Few retries here, so that the caller, which has its own retries, is informed of problems soon. */
const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 };
const answerMs = 10_000;

/** Maximum request size of one partition: by default a topic accepts 1 MiB, including record headers. */
const maxRequestBytes = 900_000;
const recordHeadBytes = 32;

/** Errors after which the broker rejects a producer's sequence numbers: a new producer continues. */
const lostSequence = ["OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID", "INVALID_PRODUCER_EPOCH"];

interface KafkaSenderOptions extends KafkaAccess {
  topic: string;
}

/** The part of a send that is not yet accepted: by partition, the requests in order. */
type Open = Map<number, PartitionMessages[]>;

/**
 * A producer's sender. Each partition of a send is one or a few idempotent requests, sent one at a time. A failed
 * request may have been accepted, and if repeated unchanged the broker accepts it once. To repeat a failed send, pass
 * the same records again; the part that was accepted is not sent again.
 */
export class KafkaSender {
  private producer: Producer | null = null;
  /** The failed send, and the part of it that is not yet accepted. */
  private failed: { records: readonly RawRecord[]; open: Open } | null = null;
  private tail: Promise<void> = Promise.resolve();
  /** Offset of the newest accepted records, by partition: everything before it was accepted too. */
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

  /** Resolves when every record is accepted. Concurrent sends wait for their turn. */
  send(records: readonly RawRecord[]): Promise<void> {
    const sent = this.tail.then(() => this.sendNow(records));
    this.tail = sent.catch(() => undefined);
    return sent;
  }

  private async sendNow(records: readonly RawRecord[]): Promise<void> {
    const repeated = this.failed?.records === records ? this.failed.open : null;
    // Sequence numbers of abandoned requests may be used up: another request with them would be dropped as a
    // duplicate.
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

  /** Removes each request once it is accepted. */
  private async sendAll(producer: Producer, requests: PartitionMessages[]): Promise<void> {
    for (let messages = requests[0]; messages !== undefined; messages = requests[0]) {
      const answers = await sendAcknowledged(producer, this.options.topic, messages);
      for (const { partition, baseOffset = "-1" } of answers) {
        // A request that had been accepted before may be answered without an offset.
        if (BigInt(baseOffset) >= 0n) this.offsets.set(partition, BigInt(baseOffset));
      }
      requests.shift();
    }
  }

  /** Converts a failure to a MuonitorError, which states whether a retry may help. */
  private async explain(error: unknown): Promise<never> {
    const { bootstrapServers, topic } = this.options;
    const [root] = causesOf(error).slice(-1);
    const reason = root instanceof Error ? root.message : String(root);
    if (isRefusal(error)) {
      const { message } = refused([`Write on topic ${topic}`]);
      throw new MuonitorError(`no records for ${topic}: ${message}`, { cause: error });
    }
    if (!canPass(error))
      throw new MuonitorError(`Kafka refuses records for ${topic}: ${reason}`, { cause: error });
    if (causesOf(error).some((cause) => lostSequence.includes(typeOf(cause)))) await this.drop();
    throw new UnavailableError(`Kafka at ${bootstrapServers} does not accept records: ${reason}`, {
      cause: error,
    });
  }

  async close(): Promise<void> {
    const { producer } = this;
    await this.drop();
    // Pending requests would reconnect, and the process would not end before Kafka closes that connection.
    void this.tail.then(() => Promise.all([producer?.disconnect(), this.drop()])).catch(() => undefined);
  }

  /** Discards the producer; the next send creates another. */
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

/** A view of the same bytes, not a copy. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Whether a failure is transient: the broker is down or busy, or has only lost our sequence numbers. */
function canPass(error: unknown): boolean {
  const types = causesOf(error).filter((cause) => typeOf(cause) !== "");
  if (types.length === 0) return !causesOf(error).some(isHopeless);
  return types.some(
    (cause) => lostSequence.includes(typeOf(cause)) || (cause as { retriable?: boolean }).retriable === true,
  );
}

/** A missing partition, a rejected login, and programming errors. */
function isHopeless(cause: unknown): boolean {
  if (cause instanceof MuonitorError) return !cause.retriable;
  return !(cause instanceof Error) || ["KafkaJSSASLAuthenticationError", "TypeError"].includes(cause.name);
}

/** An error and its causes: kafkajs wraps its final error. */
function causesOf(error: unknown): unknown[] {
  const causes = [error];
  while (causes.length < 5) {
    const { cause } = (causes.at(-1) ?? {}) as { cause?: unknown };
    if (cause === undefined || cause === null) break;
    causes.push(cause);
  }
  return causes;
}

/** Protocol name of an error returned by a broker; empty for others. */
function typeOf(error: unknown): string {
  const { type } = error as { type?: unknown };
  return typeof type === "string" ? type : "";
}
