/** Accesses kafkajs below its public interface: brokers, and requests that kafkajs does not support. */
import type { Kafka } from "kafkajs";

interface ProtocolRequest<T> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<EncodedRequest> };
  response: { decode: (payload: Buffer) => Promise<T>; parse: (decoded: T) => Promise<T> };
  requestTimeout?: number;
}

/** Interface that kafkajs expects of an encoded request. */
interface EncodedRequest {
  buf: Buffer;
  buffer: Buffer;
  size(): number;
}

interface Connection {
  socket?: { destroy(): void };
}

interface ListedOffsets {
  responses: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

export interface Broker {
  nodeId: string | number;
  /** Supported versions by API key. */
  versions: Record<number, { minVersion: number; maxVersion: number }> | null;
  connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T>; pool: Connection[] };
  disconnect(): Promise<void>;
  metadata(topics: string[]): Promise<{
    topicMetadata: { topic: string; partitionMetadata: { partitionId: number; leader: number }[] }[];
  }>;
  listOffsets(request: {
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<ListedOffsets>;
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<unknown>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: {
      topic: string;
      partitions: { partition: number; offset: string; metadata: string }[];
    }[];
  }): Promise<unknown>;
}

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findBroker(which: { nodeId: string }): Promise<Broker>;
  findGroupCoordinator(which: { groupId: string }): Promise<Broker>;
  targetTopics: Set<string>;
  brokerPool: {
    brokers: Record<string, Broker>;
    seedBroker?: Broker;
    findConnectedBroker(): Promise<Broker>;
    refreshMetadata(topics: string[]): Promise<void>;
  };
}

type ClusterMaker = (options: {
  isolationLevel?: number;
  allowAutoTopicCreation?: boolean;
  metadataMaxAge?: number;
}) => unknown;

/** Access to the function with which kafkajs creates its clusters. */
export function clusterMaker(kafka: Kafka): { get: () => ClusterMaker; set: (make: ClusterMaker) => void } {
  const client = kafka as unknown as Record<symbol, ClusterMaker>;
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  if (key === undefined || client[key] === undefined)
    throw new Error("this version of kafkajs is not supported: it creates its clusters differently");
  return {
    get: () => client[key] as ClusterMaker,
    set: (make) => {
      client[key] = make;
    },
  };
}

/** @param topic topic whose leaders are refreshed; without a topic, all topics would be refreshed */
export function createCluster(kafka: Kafka, topic?: string): Cluster {
  const make = clusterMaker(kafka).get();
  const cluster = make({ allowAutoTopicCreation: false, metadataMaxAge: 300_000 }) as Cluster;
  if (topic !== undefined) cluster.targetTopics.add(topic);
  return cluster;
}

/** Sends a request encoded by this module. */
export async function sendTo<T>(broker: Broker, request: ProtocolRequest<T>): Promise<T> {
  try {
    return await broker.connectionPool.send(request);
  } catch (error) {
    // As kafkajs does for its own requests; otherwise it would keep the dead connection.
    if ((error as Error).name === "KafkaJSConnectionClosedError") await broker.disconnect();
    throw error;
  }
}

export function encodedAs(buffer: Buffer): EncodedRequest {
  return { buf: buffer, buffer, size: () => buffer.length };
}

/** The highest version of a request that a broker supports, up to a limit; 0 when unknown. */
export function versionOf({ versions }: Broker, apiKey: number, limit: number): number {
  return Math.min(limit, versions?.[apiKey]?.maxVersion ?? 0);
}

const closeWithinMs = 1000;

/** Closes all connections, without waiting for a broker that does not answer. */
export async function closeCluster(cluster: Cluster): Promise<void> {
  const { brokers, seedBroker } = cluster.brokerPool;
  const all = new Set([...Object.values(brokers), ...(seedBroker === undefined ? [] : [seedBroker])]);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeWithinMs)));
  await Promise.race([cluster.disconnect().catch(() => undefined), late]);
  clearTimeout(timer);
  for (const { connectionPool } of all) for (const { socket } of connectionPool.pool) socket?.destroy();
}
