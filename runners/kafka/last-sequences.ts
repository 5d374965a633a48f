/** Finds the messages of a producer in its partitions by their keys. */
import { setTimeout as pause } from "node:timers/promises";
import { decodeSequenceKey } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import type { OffsetRange } from "./positions.js";
import { readRanges } from "./reader/range.js";
import { wholeTopic } from "./topic.js";

interface ProducerTrace {
  id: string;
  epoch: number;
  /** By partition: the first offset at which the producer's messages may occur. */
  offsets: ReadonlyMap<number, bigint>;
}

/** Time for which a request of a failed producer may still be in transit to the broker. */
const settleMs = 1000;

/**
 * Last sequence number of a producer in each partition from its offset on, -1 if there is none. Waits until none of
 * its messages has arrived for a second, because requests of a failed producer may still arrive. Other producers may
 * continue to write meanwhile.
 * @throws UnavailableError when the topic is unreadable
 */
export async function lastSequences(
  access: KafkaAccess,
  topic: string,
  { id, epoch, offsets }: ProducerTrace,
  signal: AbortSignal,
): Promise<number[]> {
  let last: number[] = [];
  let read = new Map(offsets);
  /** Reads to the present ends. @returns whether a message of the producer was found */
  const readOn = async (): Promise<boolean> => {
    let isFound = false;
    const ranges = (await wholeTopic(access, topic)).map((range) => startedAt(range, read));
    last = ranges.map((_, partition) => last[partition] ?? -1);
    await readRanges({
      access,
      topic,
      ranges,
      signal,
      // Our messages are not in a transaction, but may follow another producer's open one.
      uncommitted: true,
      take: ({ key, partition }) => {
        const found = key === null ? null : decodeSequenceKey(key.toString());
        if (found?.id !== id || found.epoch !== epoch) return true;
        last[partition] = Math.max(last[partition] ?? -1, found.sequence);
        return (isFound = true);
      },
    });
    read = new Map(ranges.map(({ partition, to }) => [partition, to]));
    return isFound;
  };
  await readOn();
  do await pause(settleMs, undefined, { signal });
  while (await readOn());
  return last;
}

function startedAt(range: OffsetRange, read: ReadonlyMap<number, bigint>): OffsetRange {
  const from = read.get(range.partition) ?? range.from;
  return { ...range, from: from > range.from ? from : range.from };
}

/** Current end of each partition. */
export async function endOffsets(access: KafkaAccess, topic: string): Promise<Map<number, bigint>> {
  return new Map((await wholeTopic(access, topic)).map(({ partition, to }) => [partition, to]));
}
