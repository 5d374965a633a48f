/** A request of records of which none goes unsent unsaid. */
import type { Message, Producer, RecordMetadata } from "kafkajs";
import { MuonitorError } from "../../pipeline/model/index.js";

/**
 * Resolves when all replicas have the messages. kafkajs leaves out messages for a partition that the topic does not
 * have (any more) and says nothing of it; only the answer is lacking then.
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
