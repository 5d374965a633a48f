/** Kafka records as Java's coder writes them. The bytes are built here independently, from Beam's specification of its coders. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeKafkaRecord, isKafkaRecordCoder } from "../../pipeline/beam/kafka-record-coder.js";
import { ByteReader } from "../../pipeline/steps/index.js";

interface Header {
  name: string;
  value: Uint8Array;
}

interface Sample {
  topic: string;
  partition: number;
  offset: bigint;
  time: bigint;
  kind: number;
  headers: Header[];
  key: Uint8Array | null;
  value: Uint8Array | null;
}

/** Java's VarInt of a 64-bit number: seven bits per byte. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return [...bytes, Number(left)];
}

const sized = (bytes: Uint8Array): number[] => [...varint(BigInt(bytes.length)), ...bytes];
const text = (value: string): number[] => sized(new TextEncoder().encode(value));
const nullable = (bytes: Uint8Array | null): number[] => (bytes === null ? [0] : [1, ...sized(bytes)]);

function encode({ topic, partition, offset, time, kind, headers, key, value }: Sample): Uint8Array {
  const count = headers.length;
  return Uint8Array.from([
    ...text(topic),
    ...varint(BigInt(partition)),
    ...varint(offset),
    ...varint(time),
    ...varint(BigInt(kind)),
    ...[count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255],
    ...headers.flatMap((header) => [...text(header.name), ...sized(header.value)]),
    ...nullable(key),
    ...nullable(value),
  ]);
}

const bytes = fc.uint8Array({ maxLength: 300 });
const samples = fc.record({
  topic: fc.string({ maxLength: 40 }),
  partition: fc.nat(100_000),
  offset: fc.bigInt(0n, 2n ** 53n - 1n),
  time: fc.bigInt(0n, 2n ** 52n),
  kind: fc.nat(2),
  headers: fc.array(fc.record({ name: fc.string({ maxLength: 20 }), value: bytes }), { maxLength: 5 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
});

describe("a Kafka record", () => {
  it("is read as it was written, to its last byte", () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const reader = new ByteReader(encode(sample));
        const { partition, offset, timestampMs, key, value } = decodeKafkaRecord(reader);
        expect([partition, BigInt(offset), BigInt(timestampMs)]).toEqual([
          sample.partition,
          sample.offset,
          sample.time,
        ]);
        expect([key, value].map((part) => part && [...part])).toEqual(
          [sample.key, sample.value].map((part) => part && [...part]),
        );
        expect(reader.at).toBe(encode(sample).length);
      }),
    );
  });

  it("without a timestamp gets the time -1", () => {
    const none = { topic: "t", partition: 0, offset: 0n, kind: 0, headers: [], key: null, value: null };
    expect(decodeKafkaRecord(new ByteReader(encode({ ...none, time: -1n }))).timestampMs).toBe(-1);
  });

  it("cut anywhere is rejected", () => {
    const sample = { topic: "t", partition: 1, offset: 300n, time: 5n, kind: 0, headers: [] };
    const whole = encode({ ...sample, key: Uint8Array.of(1), value: Uint8Array.of(2, 3) });
    for (let end = 0; end < whole.length; end += 1)
      expect(() => decodeKafkaRecord(new ByteReader(whole.subarray(0, end)))).toThrow(/too early/);
  });

  it("in the encoding of another Java coder is rejected", () => {
    const name = (text: string): Uint8Array => new TextEncoder().encode(`..${text}..`);
    expect(isKafkaRecordCoder(name("org.apache.beam.sdk.io.kafka.KafkaRecordCoder"))).toBe(true);
    expect(isKafkaRecordCoder(name("org.apache.beam.sdk.io.kafka.ProducerRecordCoder"))).toBe(false);
  });
});
