/** Encodes produce requests of Kafka's protocol (version 3 to 7), each into a single buffer, written once. */
import type { Message } from "kafkajs";
import { crc32c } from "./crc32c.js";

export interface ProduceRequest {
  acks: number;
  timeout: number;
  transactionalId?: string | null;
  producerId?: string | number | bigint | { toString(): string };
  producerEpoch?: number;
  topicData: readonly {
    topic: string;
    partitions: readonly { partition: number; firstSequence?: number; messages: readonly Message[] }[];
  }[];
}

const magic = 2;
/** Bytes of a batch before its records, and bytes that its length does not include. */
const batchHead = 61;
const uncounted = 12;
/** Start of the checksummed part. */
const checkedFrom = 21;

/** Does not support transactions. */
export function encodeProduceRequest(request: ProduceRequest): Buffer {
  const plans = request.topicData.map(({ topic, partitions }) => ({
    topic: Buffer.from(topic),
    batches: partitions.map(planBatch),
  }));
  const size = plans.reduce(
    (sum, { topic, batches }) =>
      sum + 6 + topic.length + batches.reduce((all, { bytes }) => all + 8 + bytes, 0),
    12,
  );
  const buffer = Buffer.allocUnsafe(size);
  let at = buffer.writeInt16BE(-1, 0);
  at = buffer.writeInt16BE(request.acks, at);
  at = buffer.writeInt32BE(request.timeout, at);
  at = buffer.writeInt32BE(plans.length, at);
  for (const { topic, batches } of plans) {
    at = buffer.writeInt16BE(topic.length, at);
    at += topic.copy(buffer, at);
    at = buffer.writeInt32BE(batches.length, at);
    for (const batch of batches) at = writeBatch(buffer, at, batch, request);
  }
  return buffer;
}

interface BatchPlan {
  partition: number;
  firstSequence: number;
  messages: readonly Message[];
  firstMs: number;
  lastMs: number;
  /** Size of the record batch, including its header. */
  bytes: number;
}

function planBatch({
  partition,
  firstSequence = 0,
  messages,
}: ProduceRequest["topicData"][number]["partitions"][number]): BatchPlan {
  let firstMs = Infinity;
  let lastMs = 0;
  for (const { timestamp } of messages) {
    const ms = Number(timestamp);
    if (ms < firstMs) firstMs = ms;
    if (ms > lastMs) lastMs = ms;
  }
  let bytes = batchHead;
  for (let i = 0; i < messages.length; i += 1) {
    const body = bodyBytes(messages[i] as Message, i, firstMs);
    bytes += varintBytes(2 * body) + body;
  }
  return { partition, firstSequence, messages, firstMs, lastMs, bytes };
}

/** Bytes of a record after its length. */
function bodyBytes({ key, value, timestamp }: Message, offset: number, firstMs: number): number {
  const time = varintBytes(2 * (Number(timestamp) - firstMs));
  return (
    2 + time + varintBytes(2 * offset) + fieldBytes(key as Buffer | null) + fieldBytes(value as Buffer | null)
  );
}

function fieldBytes(field: Buffer | null): number {
  return field === null ? 1 : varintBytes(2 * field.length) + field.length;
}

/** @param value unsigned, up to 2^53 */
function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return 3 + varintBytes(Math.floor(value / 0x20_0000));
}

function writeBatch(buffer: Buffer, from: number, batch: BatchPlan, request: ProduceRequest): number {
  const { messages, firstMs, bytes } = batch;
  let at = buffer.writeInt32BE(batch.partition, from);
  at = buffer.writeInt32BE(bytes, at);
  const start = at;
  at = buffer.writeBigInt64BE(0n, at);
  at = buffer.writeInt32BE(bytes - uncounted, at);
  at = buffer.writeInt32BE(0, at);
  at = buffer.writeInt8(magic, at);
  const crcAt = at;
  at = buffer.writeInt16BE(0, at + 4);
  at = buffer.writeInt32BE(messages.length - 1, at);
  at = buffer.writeBigInt64BE(BigInt(firstMs), at);
  at = buffer.writeBigInt64BE(BigInt(batch.lastMs), at);
  at = buffer.writeBigInt64BE(BigInt(String(request.producerId ?? -1)), at);
  at = buffer.writeInt16BE(request.producerEpoch ?? 0, at);
  at = buffer.writeInt32BE(batch.firstSequence, at);
  at = buffer.writeInt32BE(messages.length, at);
  for (let i = 0; i < messages.length; i += 1)
    at = writeRecord(buffer, at, messages[i] as Message, i, firstMs);
  buffer.writeUInt32BE(crc32c(buffer, start + checkedFrom, at), crcAt);
  return at;
}

function writeRecord(
  buffer: Buffer,
  from: number,
  message: Message,
  offset: number,
  firstMs: number,
): number {
  let at = writeVarint(buffer, from, 2 * bodyBytes(message, offset, firstMs));
  buffer[at] = 0;
  at = writeVarint(buffer, at + 1, 2 * (Number(message.timestamp) - firstMs));
  at = writeVarint(buffer, at, 2 * offset);
  at = writeField(buffer, at, message.key as Buffer | null);
  at = writeField(buffer, at, message.value as Buffer | null);
  buffer[at] = 0;
  return at + 1;
}

function writeField(buffer: Buffer, from: number, field: Buffer | null): number {
  if (field === null) return writeVarint(buffer, from, 1);
  const at = writeVarint(buffer, from, 2 * field.length);
  buffer.set(field, at);
  return at + field.length;
}

function writeVarint(buffer: Buffer, at: number, value: number): number {
  while (value >= 0x80) {
    buffer[at++] = (value % 0x80) + 0x80;
    value = Math.floor(value / 0x80);
  }
  buffer[at] = value;
  return at + 1;
}
