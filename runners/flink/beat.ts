/**
 * Sends a heartbeat to each partition of the topic of rows: a partition that never had a record would hold back all
 * windows.
 */
import { MuonitorError } from "../../pipeline/model/index.js";
import { connectKafka, createKafka, isRefusal, reasonOf, refused, type KafkaAccess } from "../kafka/index.js";

const heartbeat = Buffer.alloc(0);

/** Remedies by the broker's error code. */
const cures = new Map([
  [
    "INVALID_TIMESTAMP",
    "the clocks of this machine and of the broker differ, or the topic rejects current timestamps",
  ],
]);

/** @throws MuonitorError when Kafka rejects them */
export async function beat(
  access: KafkaAccess,
  topic: string,
  partitions: readonly number[],
  key: string | null = null,
): Promise<void> {
  const producer = createKafka(access, "muonitor-submit").producer({ allowAutoTopicCreation: false });
  try {
    await connectKafka(producer, access);
    const messages = partitions.map((partition) => ({ partition, key, value: heartbeat }));
    await producer.send({ topic, messages, acks: -1 }).catch((cause: unknown) => {
      throw refusal(cause, topic);
    });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

/** The reason for which heartbeats are rejected, in one line. */
export function refusal(cause: unknown, topic: string): MuonitorError {
  if (isRefusal(cause)) return refused([`Write on topic ${topic}`], cause);
  const { type = "" } = cause as { type?: string };
  const cure = cures.get(type);
  const text = `topic ${topic} rejects heartbeats: ${reasonOf(cause)}`;
  return new MuonitorError(cure === undefined ? text : `${text} (${cure})`, { cause });
}
