/** The project's encoding of produce requests gives the same bytes as that of kafkajs. */
import fc from "fast-check";
import type { Message } from "kafkajs";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../runners/kafka/client/crc32c.js";
import { PartitionMessages } from "../../runners/kafka/client/partition-messages.js";
import { originalProduceRequest, type KafkajsRequest } from "../../runners/kafka/client/produce-request.js";
import { encodeProduceRequest } from "../../runners/kafka/client/record-batch.js";

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
// Times need 13 digits, because kafkajs finds the first one by comparing strings.
const times = fc.integer({ min: 1_000_000_000_000, max: 1_002_000_000_000 });
const message: fc.Arbitrary<Message> = fc.record({
  key: fc.option(bytes(40)),
  value: fc.oneof(bytes(20), bytes(300)),
  timestamp: times.map(String),
});
const partition = fc.record({
  partition: fc.nat({ max: 9999 }),
  firstSequence: fc.nat(),
  messages: fc.array(message, { minLength: 1, maxLength: 150 }),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(),
  producerId: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  producerEpoch: fc.nat({ max: 32_767 }),
  topicData: fc.array(
    fc.record({
      topic: fc.constantFrom("data_raw", "Zähler"),
      partitions: fc.array(partition, { minLength: 1, maxLength: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
});

async function encodedBy(make: KafkajsRequest): Promise<Buffer> {
  return (await make.encode()).buffer;
}

describe("a produce request", () => {
  it("equals that of kafkajs byte for byte", async () => {
    const original = originalProduceRequest;
    if (original === null)
      throw new Error("kafkajs has another version: check that the replacement is still correct");
    await fc.assert(
      fc.asyncProperty(request, async (options) => {
        const wanted = await encodedBy(original(options));
        expect(encodeProduceRequest(options).equals(wanted)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("has Kafka's checksum", () => {
    const nine = Buffer.from("123456789");
    expect(crc32c(nine, 0, nine.length)).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa);
    expect(crc32c(Buffer.from("xx123456789yy"), 2, 11)).toBe(0xe3069283);
  });
});

describe("messages of a partition", () => {
  const messages = new PartitionMessages();
  messages.push({ value: "a", partition: 3 }, { value: "b", partition: 3 });

  it("are one group when kafkajs groups them", () => {
    const grouped = messages.reduce((groups: object) => groups, {}) as Record<string, unknown>;
    expect(grouped[3]).toBe(messages);
  });

  it("are an array for other code", () => {
    expect(messages.map(({ value }) => value)).toEqual(["a", "b"]);
    expect(messages.map(({ value }) => value)).not.toBeInstanceOf(PartitionMessages);
    expect(messages.reduce((text: string, message: Message) => text + String(message.value), "")).toBe("ab");
  });
});
