/**
 * Fetches records by topic id, so that a topic recreated under the same name is never mistaken for the old one; by
 * name if a broker does not support ids. kafkajs fetches by name only, and discards all partitions of an answer if
 * one has failed.
 */
import { encodedAs, sendTo, versionOf, type Broker } from "./cluster.js";
import { noId } from "./metadata.js";
import { WireReader, WireWriter } from "./wire.js";

interface FetchRequest {
  topic: string;
  id: string | null;
  committedOnly: boolean;
  maxWaitMs: number;
  maxBytes: number;
  partitions: readonly { partition: number; offset: bigint; maxBytes: number }[];
}

export interface AbortedTransaction {
  producerId: bigint;
  firstOffset: bigint;
}

export interface FetchedPartition {
  partition: number;
  /** Kafka's error code, 0 for none. */
  error: number;
  /** End of the partition, including open transactions. */
  high: bigint;
  /** Start of the first open transaction, else the end. */
  stable: bigint;
  /** First offset; -1 when not reported. */
  low: bigint;
  aborted: AbortedTransaction[];
  batches: Buffer;
}

const apiKey = 1;
const byIdVersion = 13;
const byNameVersion = 11;
/** Longer than a broker may deliberately wait. */
const answerMs = 10_000;

export async function fetchFrom(
  broker: Broker,
  request: FetchRequest,
  limit = byIdVersion,
): Promise<FetchedPartition[]> {
  const known = versionOf(broker, apiKey, limit);
  const version = request.id !== null && known >= byIdVersion ? byIdVersion : Math.min(known, byNameVersion);
  const answer = await sendTo(broker, {
    request: {
      ...{ apiKey, apiVersion: version, apiName: "Fetch" },
      encode: () => Promise.resolve(encodedAs(encode(request, version))),
    },
    response: {
      decode: (payload) => Promise.resolve(decode(payload, version)),
      parse: (decoded) => Promise.resolve(decoded),
    },
    requestTimeout: request.maxWaitMs + answerMs,
  });
  if (answer.error === 0) return answer.partitions;
  return noAnswers(
    request.partitions.map(({ partition }) => partition),
    answer.error,
  );
}

/** Partitions with an error and no data. */
export function noAnswers(partitions: readonly number[], error: number): FetchedPartition[] {
  const nothing = { high: -1n, stable: -1n, low: -1n, aborted: [], batches: Buffer.alloc(0) };
  return partitions.map((partition) => ({ partition, error, ...nothing }));
}

function encode(request: FetchRequest, version: number): Buffer {
  const { topic, id, committedOnly, maxWaitMs, maxBytes, partitions } = request;
  const isById = version >= byIdVersion;
  const writer = new WireWriter(isById);
  if (isById) writer.end();
  writer
    .int32(-1)
    .int32(maxWaitMs)
    .int32(1)
    .int32(maxBytes)
    .int8(committedOnly ? 1 : 0);
  // No session.
  if (version >= 7) writer.int32(0).int32(-1);
  writer.count(1);
  if (isById) writer.bytes(Buffer.from(id ?? noId, "base64"));
  else writer.text(topic);
  writer.count(partitions.length);
  for (const { partition, offset, maxBytes: bytes } of partitions) {
    writer.int32(partition);
    if (version >= 9) writer.int32(-1);
    writer.int64(offset);
    if (version >= 12) writer.int32(-1);
    if (version >= 5) writer.int64(-1n);
    writer.int32(bytes).end();
  }
  writer.end();
  if (version >= 7) writer.count(0);
  if (version >= 11) writer.text("");
  return writer.end().finish();
}

interface Answer {
  error: number;
  partitions: FetchedPartition[];
}

function decode(payload: Buffer, version: number): Answer {
  const isById = version >= byIdVersion;
  const reader = new WireReader(payload, isById);
  reader.end();
  reader.int32();
  const error = version >= 7 ? reader.int16() : 0;
  if (version >= 7) reader.int32();
  const topics = reader.array(() => {
    if (isById) reader.raw(16);
    else reader.text();
    const partitions = reader.array(() => decodePartition(reader, version));
    reader.end();
    return partitions;
  });
  return { error, partitions: topics.flat() };
}

function decodePartition(reader: WireReader, version: number): FetchedPartition {
  const [partition, error] = [reader.int32(), reader.int16()];
  const [high, stable] = [reader.int64(), reader.int64()];
  const low = version >= 5 ? reader.int64() : -1n;
  const aborted = reader.array(() => {
    const transaction = { producerId: reader.int64(), firstOffset: reader.int64() };
    reader.end();
    return transaction;
  });
  if (version >= 11) reader.int32();
  const batches = reader.bytes();
  reader.end();
  return { partition, error, high, stable, low, aborted, batches };
}
