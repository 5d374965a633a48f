/** The records in the batches of a fetch response, without transaction markers and aborted records. */
import { createRequire } from "node:module";
import type { KafkaMessage } from "kafkajs";
import type { AbortedTransaction, FetchedPartition } from "./fetch.js";

const require = createRequire(import.meta.url);
type Decoder = object;
const WireDecoder = require("kafkajs/src/protocol/decoder") as new (buffer: Buffer) => Decoder;
const decodeBatch = require("kafkajs/src/protocol/recordBatch/v0/decoder") as (
  decoder: Decoder,
) => Promise<{ records: KafkaMessage[] }>;
const decodeOldMessages = require("kafkajs/src/protocol/messageSet/decoder") as (
  decoder: Decoder,
  bytes: number,
) => Promise<KafkaMessage[]>;

/** Layout of a batch: size of the offset and length fields, which the length does not count; positions of its fields. */
const uncounted = 12;
const magicEnd = 17;
const at = { length: 8, magic: 16, attributes: 21, lastOffsetDelta: 23, producerId: 43 };
const newMagic = 2;
const transactionalFlag = 0x10;
const controlFlag = 0x20;
/** Key of the marker that ends an aborted transaction: version 0, type 0. */
const abortMarker = Buffer.alloc(4);

interface ReadBatches {
  messages: KafkaMessage[];
  /** Offset after the last batch, whether or not it holds a record; null if there is no complete batch. */
  next: bigint | null;
}

/**
 * @param from records before this offset are dropped: a broker sends whole batches
 * @param committedOnly whether records of aborted transactions are dropped
 */
export async function readBatches(
  { batches, aborted }: Pick<FetchedPartition, "batches" | "aborted">,
  from: bigint,
  committedOnly: boolean,
): Promise<ReadBatches> {
  const messages: KafkaMessage[] = [];
  const filter = new AbortFilter(committedOnly ? aborted : []);
  let next: bigint | null = null;
  for (let start = 0; start + magicEnd <= batches.length;) {
    if (batches.readInt8(start + at.magic) < newMagic)
      return oldMessages(batches.subarray(start), messages, from, next);
    const end = start + uncounted + batches.readInt32BE(start + at.length);
    // The last batch may be truncated.
    if (end > batches.length) break;
    const batch = batches.subarray(start, end);
    const lastOffset = batch.readBigInt64BE(0) + BigInt(batch.readInt32BE(at.lastOffsetDelta));
    const isControl = (batch.readInt16BE(at.attributes) & controlFlag) !== 0;
    if (isControl) filter.takeMarker(batch, lastOffset, (await decodeBatch(new WireDecoder(batch))).records);
    else if (!filter.isAborted(batch, lastOffset))
      for (const record of (await decodeBatch(new WireDecoder(batch))).records)
        if (BigInt(record.offset) >= from) messages.push(record);
    next = lastOffset + 1n;
    start = end;
  }
  return { messages, next };
}

/** Messages of brokers before 0.11; no newer batch follows them. */
async function oldMessages(
  bytes: Buffer,
  before: KafkaMessage[],
  from: bigint,
  next: bigint | null,
): Promise<ReadBatches> {
  const found = await decodeOldMessages(new WireDecoder(bytes), bytes.length);
  const last = found.at(-1);
  const messages = [...before, ...found.filter(({ offset }) => BigInt(offset) >= from)];
  return { messages, next: last === undefined ? next : BigInt(last.offset) + 1n };
}

/**
 * Identifies the batches of aborted transactions. The broker lists the transactions that overlap a response, in no
 * reliable order; several can have begun before its first record. (kafkajs compares each record with only one of them
 * and therefore lets records of the others pass.)
 */
class AbortFilter {
  private readonly coming: AbortedTransaction[];
  private readonly running = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.coming = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  }

  isAborted(batch: Buffer, lastOffset: bigint): boolean {
    this.begin(lastOffset);
    const isTransactional = (batch.readInt16BE(at.attributes) & transactionalFlag) !== 0;
    return isTransactional && this.running.has(batch.readBigInt64BE(at.producerId));
  }

  takeMarker(batch: Buffer, lastOffset: bigint, records: readonly KafkaMessage[]): void {
    this.begin(lastOffset);
    if (records[0]?.key?.equals(abortMarker) === true)
      this.running.delete(batch.readBigInt64BE(at.producerId));
  }

  private begin(lastOffset: bigint): void {
    for (
      let [first] = this.coming;
      first !== undefined && first.firstOffset <= lastOffset;
      [first] = this.coming
    ) {
      this.running.add(first.producerId);
      this.coming.shift();
    }
  }
}
