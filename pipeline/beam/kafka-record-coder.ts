/**
 * Decoder for Java's KafkaRecordCoder: topic, partition, offset, time, time type, headers, then key and value. It
 * passes the records of KafkaIO to our functions unchanged; otherwise a Java function in between would decode and
 * encode each record again. Source: Beam 2.62.0, org.apache.beam.sdk.io.kafka.KafkaRecordCoder.
 */
import type { Coder as CoderProto } from "apache-beam/proto/beam_runner_api";
import type { Reader } from "protobufjs";
import { ByteReader } from "../steps/index.js";
import { globalRegistry, type Coder } from "./sdk.js";

/** A record of a topic. */
export interface KafkaRecord {
  partition: number;
  offset: number;
  /** Record time, ms since the epoch; -1 if absent. */
  timestampMs: number;
  /** Null if absent. */
  key: Uint8Array | null;
  value: Uint8Array | null;
}

/** URN of every Java coder without its own URN; the payload is its serialised class. */
const javaUrn = "beam:coders:javasdk:0.1";
const javaClass = "org.apache.beam.sdk.io.kafka.KafkaRecordCoder";

/** Whether a serialised Java coder is that of KafkaIO's records. */
export function isKafkaRecordCoder(payload: Uint8Array): boolean {
  return Buffer.from(payload).includes(javaClass);
}

export function decodeKafkaRecord(reader: ByteReader): KafkaRecord {
  reader.raw(reader.varint());
  const partition = reader.varint();
  const offset = reader.varint();
  const time = reader.varint();
  reader.varint();
  skipHeaders(reader);
  return {
    partition,
    offset,
    // Java writes a negative number as one above 2^63.
    timestampMs: time > Number.MAX_SAFE_INTEGER ? -1 : time,
    key: nullable(reader),
    value: nullable(reader),
  };
}

/** An iterable of names and values: count in four bytes, big-endian. */
function skipHeaders(reader: ByteReader): void {
  const [a, b, c, d] = reader.raw(4) as unknown as [number, number, number, number];
  for (let left = ((a * 256 + b) * 256 + c) * 256 + d; left > 0; left -= 1) {
    reader.raw(reader.varint());
    reader.raw(reader.varint());
  }
}

function nullable(reader: ByteReader): Uint8Array | null {
  return reader.raw(1)[0] === 0 ? null : reader.raw(reader.varint());
}

class KafkaRecordCoder implements Coder<KafkaRecord> {
  encode(): never {
    throw new Error("Kafka records can only be decoded, not encoded");
  }

  /** Runners prefix elements of an unknown coder with their length, so the reader holds exactly one record. */
  decode(reader: Reader): KafkaRecord {
    const record = decodeKafkaRecord(new ByteReader(reader.buf.subarray(reader.pos, reader.len)));
    reader.pos = reader.len;
    return record;
  }

  toProto(): CoderProto {
    throw new Error("the coder of Kafka records must be created by Java");
  }
}

globalRegistry().registerConstructor(javaUrn, (payload) => {
  if (!isKafkaRecordCoder(payload as Uint8Array)) throw new Error("unknown Java coder");
  return new KafkaRecordCoder();
});
