/** What of a producer's messages its partitions hold, as the keys tell. */
import { setTimeout as pause } from "node:timers/promises";
import { decodeSequenceKey } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import type { OffsetRange } from "./positions.js";
import { readRanges } from "./reader/range.js";
import { wholeTopic } from "./topic.js";

interface ProducerTrace {
  id: string;
  epoch: number;
  /** By partition: the first offset that may hold one of its messages that is looked for. */
  offsets: ReadonlyMap<number, bigint>;
}

/** A request of a producer that has died may still be on its way to the broker: for so long. */
const settleMs = 1000;

/**
 * The last sequence number of a producer in each partition from its offset on, -1 where there is none. Waits until the
 * topic's ends stand still for a second, for what a dead producer had sent may still come in.
 * @throws UnavailableError when the topic cannot be read
 */
export async function lastSequences(
  access: KafkaAccess,
  topic: string,
  { id, epoch, offsets }: ProducerTrace,
  signal: AbortSignal,
): Promise<number[]> {
  let last: number[] = [];
  let read = new Map(offsets);
  for (;;) {
    const ranges = (await wholeTopic(access, topic)).map((range) => startedAt(range, read));
    last = ranges.map((_, partition) => last[partition] ?? -1);
    await readRanges({
      access,
      topic,
      ranges,
      signal,
      // Ours are in no transaction, but can lie behind one of somebody else.
      uncommitted: true,
      take: ({ key, partition }) => {
        const found = key === null ? null : decodeSequenceKey(key.toString());
        if (found?.id === id && found.epoch === epoch)
          last[partition] = Math.max(last[partition] ?? -1, found.sequence);
        return true;
      },
    });
    if (ranges.every(({ from, to }) => from >= to)) break;
    read = new Map(ranges.map(({ partition, to }) => [partition, to]));
    await pause(settleMs, undefined, { signal });
  }
  return last;
}

function startedAt(range: OffsetRange, read: ReadonlyMap<number, bigint>): OffsetRange {
  const from = read.get(range.partition) ?? range.from;
  return { ...range, from: from > range.from ? from : range.from };
}

/** Where each partition ends now. */
export async function endOffsets(access: KafkaAccess, topic: string): Promise<Map<number, bigint>> {
  return new Map((await wholeTopic(access, topic)).map(({ partition, to }) => [partition, to]));
}
