/** Sends a request and reports every record that was not sent. */
import type { Message, Producer, RecordMetadata } from "kafkajs";
import { MuonitorError } from "../../pipeline/model/index.js";

/**
 * Resolves when all replicas have the messages. kafkajs silently drops messages for a partition that does not exist
 * (any more); the only sign is a missing answer.
 * @throws MuonitorError that names the partition
 */
export async function sendAcknowledged(
  producer: Pick<Producer, "send">,
  topic: string,
  messages: Message[],
): Promise<RecordMetadata[]> {
  const answers = await producer.send({ topic, messages, acks: -1 });
  const answered = new Set(answers.map(({ partition }) => partition));
  const lost = messages.find(({ partition }) => partition !== undefined && !answered.has(partition));
  if (lost !== undefined) throw new MuonitorError(`the topic has no partition ${lost.partition}`);
  return answers;
}
