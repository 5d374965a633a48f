/**
 * Brokers of a cluster, and leaders, replicas and id of a topic. kafkajs supports the request up to version 6; the id
 * requires version 10.
 */
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

interface ClusterPartition {
  partition: number;
  /** Node that leads it; -1 if there is none. */
  leader: number;
  /** Nodes that should hold a copy, and those of them whose copy is complete. */
  replicas: number[];
  inSync: number[];
}

interface ClusterTopic extends Pick<TopicMetadata, "id" | "rights"> {
  name: string;
  /** Kafka's error code, 0 for none; with an error there are no partitions. */
  error: number;
  partitions: ClusterPartition[];
}

export interface ClusterMetadata {
  /** HOST:PORT of each broker in the cluster. */
  brokers: Map<number, string>;
  topics: ClusterTopic[];
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
  const [found] = (await ask(broker, [topic])).topics;
  if (found === undefined || found.error === unknownTopic) return null;
  if (found.error !== 0) throw new ProtocolError(found.error);
  const { id, rights, partitions } = found;
  return { id, rights, leaders: new Map(partitions.map(({ partition, leader }) => [partition, leader])) };
}

/**
 * The brokers that the cluster has at present, and where the replicas of some topics are.
 * @returns null if the broker is too old
 */
export async function fetchClusterMetadata(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ClusterMetadata | null> {
  const broker = await cluster.brokerPool.findConnectedBroker();
  return versionOf(broker, apiKey, idVersion) < idVersion ? null : ask(broker, topics);
}

function ask(broker: Broker, topics: readonly string[]): Promise<ClusterMetadata> {
  return sendTo(broker, {
    request: {
      ...{ apiKey, apiVersion: idVersion, apiName: "Metadata" },
      encode: () => Promise.resolve(encodedAs(requestOf(topics))),
    },
    response: {
      decode: (payload) => Promise.resolve(decode(payload)),
      parse: (decoded) => Promise.resolve(decoded),
    },
  });
}

/** An error code returned by a broker. */
export class ProtocolError extends Error {
  constructor(readonly code: number) {
    super(`Kafka answers with error ${code}`);
  }
}

function requestOf(topics: readonly string[]): Buffer {
  // The first tagged fields are those of the request header, which is compact too.
  const writer = new WireWriter(true).end().count(topics.length);
  for (const topic of topics) writer.bytes(Buffer.alloc(16)).text(topic).end();
  // Do not create the topics; list what the login may do with the topics, not with the cluster.
  return writer.int8(0).int8(0).int8(1).end().finish();
}

function decode(payload: Buffer): ClusterMetadata {
  const reader = new WireReader(payload, true);
  reader.end();
  reader.int32();
  const brokers = new Map(reader.array(() => decodeBroker(reader)));
  reader.text();
  reader.int32();
  return { brokers, topics: reader.array(() => decodeTopic(reader)) };
}

function decodeBroker(reader: WireReader): [id: number, address: string] {
  const [id, host, port] = [reader.int32(), reader.text() ?? "", reader.int32()];
  reader.text();
  reader.end();
  return [id, `${host}:${port}`];
}

function decodeTopic(reader: WireReader): ClusterTopic {
  const error = reader.int16();
  const name = reader.text() ?? "";
  const id = reader.raw(16).toString("base64");
  reader.int8();
  const partitions = reader.array(() => decodePartition(reader));
  const rights = reader.int32();
  reader.end();
  return {
    error,
    name,
    id: id === noId ? null : id,
    partitions,
    rights: rights === noRights ? null : rights,
  };
}

function decodePartition(reader: WireReader): ClusterPartition {
  reader.int16();
  const [partition, leader] = [reader.int32(), reader.int32()];
  reader.int32();
  const numbers = (): number[] => reader.array(() => reader.int32());
  const [replicas, inSync] = [numbers(), numbers()];
  // Replicas whose disk has failed.
  numbers();
  reader.end();
  return { partition, leader, replicas, inSync };
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
