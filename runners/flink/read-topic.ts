/** Reads a topic from its oldest record to where it ended when the reading began. */
import { randomUUID } from "node:crypto";
import type { Admin, EachBatchPayload, Kafka } from "kafkajs";
import { UnavailableError, UsageError, type RawRecord } from "../../pipeline/model/index.js";
import { reasonOf } from "../kafka/connect-failure.js";

/** End offsets by partition, of partitions that hold records. */
export type TopicEnds = ReadonlyMap<number, bigint>;

/** Without a record for so long the reading is given up. */
const silenceMs = 30_000;

/** Where a topic ends now. */
export async function topicEnds(kafka: Kafka, topic: string): Promise<TopicEnds> {
  return withAdmin(kafka, async (admin) => {
    if (!(await admin.listTopics()).includes(topic)) throw new UsageError(`topic ${topic} is missing`);
    const offsets = await admin.fetchTopicOffsets(topic);
    const filled = offsets.filter(({ low, high }) => BigInt(low) < BigInt(high));
    return new Map(filled.map(({ partition, high }) => [partition, BigInt(high)]));
  });
}

/** Gives every record up to the ends, in order within each partition. */
export async function readTopic(
  kafka: Kafka,
  topic: string,
  ends: TopicEnds,
  take: (record: RawRecord) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (ends.size === 0) return;
  const groupId = `muonitor-reader-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, retry: { retries: 20 } });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void =>
        reject(new UnavailableError(`topic ${topic} gives no records for ${silenceMs / 1000} s`));
      const timer = setTimeout(giveUp, silenceMs);
      const stop = (): void => reject(signal?.reason as Error);
      signal?.addEventListener("abort", stop, { once: true });
      const left = new Map(ends);
      const eachBatch = (payload: EachBatchPayload): Promise<void> => {
        timer.refresh();
        takeBatch(payload, left, take);
        if (left.size === 0) resolve();
        return Promise.resolve();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

function takeBatch(
  { batch }: EachBatchPayload,
  left: Map<number, bigint>,
  take: (record: RawRecord) => void,
): void {
  const { partition } = batch;
  const end = left.get(partition);
  if (end === undefined) return;
  for (const { key, value, timestamp, offset } of batch.messages) {
    if (BigInt(offset) >= end) break;
    take({ key, value: value ?? new Uint8Array(0), timestampMs: Number(timestamp), partition });
  }
  if (BigInt(batch.lastOffset()) + 1n >= end) left.delete(partition);
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect().catch((cause: unknown) => {
      throw new UnavailableError(`no Kafka broker lets us in: ${reasonOf(cause)}`, { cause });
    });
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
