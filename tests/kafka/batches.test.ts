/** Records of a fetch response: none of aborted transactions, no markers, none before the requested offset. */
import { describe, expect, it } from "vitest";
import { readBatches } from "../../runners/kafka/client/batches.js";
import { encodeProduceRequest } from "../../runners/kafka/client/record-batch.js";

const [transactional, control] = [0x10, 0x20];

/** A batch as stored by a broker. */
function batch(
  offset: bigint,
  producerId: bigint,
  attributes: number,
  records: readonly [key: Buffer | null, value: string][],
): Buffer {
  const request = encodeProduceRequest({
    ...{ acks: -1, timeout: 0, producerId },
    topicData: [
      {
        topic: "t",
        partitions: [
          {
            partition: 0,
            messages: records.map(([key, value]) => ({ key, value: Buffer.from(value), timestamp: "5" })),
          },
        ],
      },
    ],
  });
  // Acks, timeout and names are 29 bytes of a request for a topic with a one-letter name.
  const bytes = Buffer.from(request.subarray(request.length - sizeOf(request)));
  bytes.writeBigInt64BE(offset, 0);
  bytes.writeInt16BE(attributes, 21);
  return bytes;
}

const sizeOf = (request: Buffer): number => request.length - 2 - 2 - 4 - 4 - 2 - 1 - 4 - 4 - 4;
const marker = (offset: bigint, producerId: bigint, type: 0 | 1): Buffer =>
  batch(offset, producerId, transactional | control, [[Buffer.from([0, 0, 0, type]), "\0\0\0\0\0\0"]]);
const row = (value: string): [null, string] => [null, value];

async function valuesOf(
  batches: readonly Buffer[],
  aborted: { producerId: bigint; firstOffset: bigint }[],
  { from = 0n, committedOnly = true } = {},
): Promise<{ values: string[]; next: bigint | null }> {
  const answer = { batches: Buffer.concat(batches), aborted };
  const { messages, next } = await readBatches(answer, from, committedOnly);
  return { values: messages.map(({ value }) => String(value)), next };
}

describe("the records of a fetch response", () => {
  it("include no markers and no aborted records", async () => {
    const batches = [
      batch(0n, 7n, transactional, [row("a"), row("b")]),
      marker(2n, 7n, 0),
      batch(3n, 7n, transactional, [row("c")]),
      batch(4n, -1n, 0, [row("plain")]),
      marker(5n, 7n, 1),
    ];
    const aborted = [{ producerId: 7n, firstOffset: 0n }];
    expect(await valuesOf(batches, aborted)).toEqual({ values: ["c", "plain"], next: 6n });
    expect(await valuesOf(batches, aborted, { committedOnly: false })).toMatchObject({
      values: ["a", "b", "c", "plain"],
    });
  });

  it("include none of several aborted transactions that began earlier, listed in any order", async () => {
    const batches = [
      batch(10n, 8n, transactional, [row("no 8")]),
      batch(11n, 9n, transactional, [row("no 9")]),
      marker(12n, 9n, 0),
      marker(13n, 8n, 0),
    ];
    const aborted = [
      { producerId: 9n, firstOffset: 3n },
      { producerId: 8n, firstOffset: 1n },
    ];
    for (const listed of [aborted, aborted.toReversed()])
      expect(await valuesOf(batches, listed, { from: 10n })).toEqual({ values: [], next: 14n });
  });

  it("include a record whose key looks like a marker's", async () => {
    const batches = [
      batch(0n, 7n, transactional, [[Buffer.alloc(4), "no"]]),
      batch(1n, 7n, transactional, [row("no")]),
      marker(2n, 7n, 0),
    ];
    expect((await valuesOf(batches, [{ producerId: 7n, firstOffset: 0n }])).values).toEqual([]);
  });

  it("begin at the requested offset within a batch, and include no truncated batch", async () => {
    const whole = batch(0n, -1n, 0, [row("a"), row("b"), row("c")]);
    expect(await valuesOf([whole], [], { from: 2n })).toEqual({ values: ["c"], next: 3n });
    expect(await valuesOf([whole, whole.subarray(0, 40)], [])).toMatchObject({ next: 3n });
    expect(await valuesOf([whole.subarray(0, 70)], [])).toEqual({ values: [], next: null });
  });
});
