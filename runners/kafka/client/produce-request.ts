/**
 * Replaces kafkajs's encoding of produce requests, which allocates a buffer for every field of every record. Only
 * requests of {@link PartitionMessages} without headers and compression are encoded here; kafkajs encodes all others,
 * and all requests if its version is not the one for which this was written.
 */
import { createRequire } from "node:module";
import { PartitionMessages } from "./partition-messages.js";
import { encodeProduceRequest, type ProduceRequest } from "./record-batch.js";

/** Interface that kafkajs expects of an encoder nested in a larger one. */
interface Encoded {
  buf: Buffer;
  buffer: Buffer;
  size(): number;
}

export interface KafkajsRequest {
  encode(): Promise<Encoded>;
}

export type KafkajsRequestMaker = (options: ProduceRequest & { compression?: number }) => KafkajsRequest;

const knownVersion = "2.2.4";
const requestModule = "kafkajs/src/protocol/requests/produce/v7/request.js";

/** @returns kafkajs's own request factory; null if it was not replaced */
export function replaceProduceRequests(): KafkajsRequestMaker | null {
  const require = createRequire(import.meta.url);
  const { version } = require("kafkajs/package.json") as { version: string };
  if (version !== knownVersion) return null;
  const make = require(requestModule) as KafkajsRequestMaker;
  const loaded = require.cache[require.resolve(requestModule)];
  if (loaded === undefined) return null;
  const replaced: KafkajsRequestMaker = (options) => {
    const request = make(options);
    return isOurs(options) ? { ...request, encode: () => Promise.resolve(encoded(options)) } : request;
  };
  // kafkajs looks the module up for every request.
  loaded.exports = replaced;
  return make;
}

function isOurs({
  transactionalId,
  compression = 0,
  topicData,
}: ProduceRequest & { compression?: number }): boolean {
  const isPlain = (transactionalId ?? null) === null && compression === 0;
  return (
    isPlain &&
    topicData.every(({ partitions }) =>
      partitions.every(({ messages }) => messages instanceof PartitionMessages),
    )
  );
}

function encoded(options: ProduceRequest): Encoded {
  const buffer = encodeProduceRequest(options);
  return { buf: buffer, buffer, size: () => buffer.length };
}

export const originalProduceRequest = replaceProduceRequests();
