/** Leaders and id of a topic. kafkajs supports the request up to version 6; the id requires version 10. */
import { encodedAs, sendTo, versionOf, type Broker, type Cluster } from "./cluster.js";
import { WireReader, WireWriter } from "./wire.js";

interface TopicMetadata {
  /** Base64 of the topic id; null if the broker does not report one. */
  id: string | null;
  /** Leader node by partition; -1 if there is none. */
  leaders: Map<number, number>;
  /** Operations that the login may do with the topic, one bit for each; null if the broker does not report them. */
  rights: number | null;
}

const apiKey = 3;
const idVersion = 10;
const unknownTopic = 3;
/** A broker does not report the operations. */
const noRights = -(2 ** 31);
/** All 16 bytes are 0 if the cluster has no topic ids. */
export const noId = Buffer.alloc(16).toString("base64");

/**
 * @param limit highest version to use
 * @returns null if the topic does not exist
 */
export async function fetchMetadata(
  cluster: Cluster,
  topic: string,
  limit = idVersion,
): Promise<TopicMetadata | null> {
  const broker = await cluster.brokerPool.findConnectedBroker();
  if (versionOf(broker, apiKey, limit) < idVersion) return oldMetadata(broker, topic);
  const answer = await sendTo(broker, {
    request: {
      ...{ apiKey, apiVersion: idVersion, apiName: "Metadata" },
      encode: () => Promise.resolve(encodedAs(requestOf(topic))),
    },
    response: {
      decode: (payload) => Promise.resolve(decode(payload)),
      parse: (decoded) => Promise.resolve(decoded),
    },
  });
  if (answer.error === unknownTopic) return null;
  if (answer.error !== 0) throw new ProtocolError(answer.error);
  return answer;
}

/** An error code returned by a broker. */
export class ProtocolError extends Error {
  constructor(readonly code: number) {
    super(`Kafka answers with error ${code}`);
  }
}

function requestOf(topic: string): Buffer {
  // The first tagged fields are those of the request header, which is compact too.
  const writer = new WireWriter(true).end().count(1).bytes(Buffer.alloc(16)).text(topic).end();
  // Do not create the topic; list what the login may do with the topic, not with the cluster.
  return writer.int8(0).int8(0).int8(1).end().finish();
}

function decode(payload: Buffer): TopicMetadata & { error: number } {
  const reader = new WireReader(payload, true);
  reader.end();
  reader.int32();
  reader.array(() => {
    reader.int32();
    reader.text();
    reader.int32();
    reader.text();
    reader.end();
  });
  reader.text();
  reader.int32();
  const [topic] = reader.array(() => decodeTopic(reader));
  if (topic === undefined) throw new ProtocolError(unknownTopic);
  return topic;
}

function decodeTopic(reader: WireReader): TopicMetadata & { error: number } {
  const error = reader.int16();
  reader.text();
  const id = reader.raw(16).toString("base64");
  reader.int8();
  const leaders = new Map(reader.array(() => decodePartition(reader)));
  const rights = reader.int32();
  reader.end();
  return { error, id: id === noId ? null : id, leaders, rights: rights === noRights ? null : rights };
}

function decodePartition(reader: WireReader): [partition: number, leader: number] {
  reader.int16();
  const [partition, leader] = [reader.int32(), reader.int32()];
  reader.int32();
  for (let lists = 0; lists < 3; lists += 1) reader.array(() => reader.int32());
  reader.end();
  return [partition, leader];
}

async function oldMetadata(broker: Broker, topic: string): Promise<TopicMetadata | null> {
  try {
    const { topicMetadata } = await broker.metadata([topic]);
    const partitions = topicMetadata[0]?.partitionMetadata ?? [];
    return {
      id: null,
      rights: null,
      leaders: new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader])),
    };
  } catch (error) {
    if ((error as { type?: string }).type === "UNKNOWN_TOPIC_OR_PARTITION") return null;
    throw error;
  }
}
