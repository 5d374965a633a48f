/** Where the results of a job that begins without a savepoint begin, seen in the topics that it reads and writes. */
import { cleanKey, UnavailableError } from "../../pipeline/model/index.js";
import type { StreamBegin } from "../../pipeline/beam/index.js";
import { readRanges, wholeTopic, type KafkaAccess } from "../kafka/index.js";

export interface BeginOptions extends KafkaAccess {
  stream: string;
  windowMs: number;
  rawTopic: string;
  cleanTopic: string;
  signal?: AbortSignal;
}

/** The oldest record of a partition. */
export interface PartitionBegin {
  firstMs: number;
  /** Whether older ones were there and are gone. */
  isCut: boolean;
}

/** So many messages at the end of the topic of results tell how far they go. */
const lastMessages = 50n;

/** What the topics say; each partition of the topic of rows must hold a record. */
export async function findStreamBegin(options: BeginOptions): Promise<StreamBegin> {
  const begins = await partitionBegins(options);
  return streamBegin(begins, await newestWindow(options), options.windowMs);
}

/**
 * Windows are whole from the first on that begins after the oldest row of all, and after the oldest row of each partition
 * of which older ones are gone. Those before are partial, and stay unpublished where there are results of them.
 * @param newestStartMs start of the newest window of which there is a result; null when there is none
 */
export function streamBegin(
  begins: readonly PartitionBegin[],
  newestStartMs: number | null,
  windowMs: number,
): StreamBegin {
  const oldestMs = Math.min(...begins.map(({ firstMs }) => firstMs));
  const cutMs = Math.max(...begins.filter(({ isCut }) => isCut).map(({ firstMs }) => firstMs), oldestMs);
  const wholeFromMs = Math.ceil(cutMs / windowMs) * windowMs;
  const isKnown = newestStartMs !== null && newestStartMs >= wholeFromMs - windowMs;
  return { wholeFromMs, publishFromMs: isKnown ? wholeFromMs : Number.MIN_SAFE_INTEGER };
}

async function partitionBegins(options: BeginOptions): Promise<PartitionBegin[]> {
  const ranges = await wholeTopic(options, options.rawTopic);
  const begins = new Map<number, PartitionBegin>();
  for (const { partition, from, to } of ranges) {
    // One after the other: a range reads on until it has a record, and ends with it.
    await readRanges({
      access: options,
      topic: options.rawTopic,
      ranges: [{ partition, from, to }],
      take: ({ timestampMs }) => {
        begins.set(partition, { firstMs: timestampMs, isCut: from > 0n });
        return false;
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (!begins.has(partition))
      throw new UnavailableError(`partition ${partition} of ${options.rawTopic} gives no record`);
  }
  return [...begins.values()];
}

async function newestWindow(options: BeginOptions): Promise<number | null> {
  const prefix = cleanKey(options.stream, 0).replace(/0$/, "");
  let newest: number | null = null;
  const ranges = (await wholeTopic(options, options.cleanTopic)).map(({ partition, from, to }) => ({
    partition,
    from: to - lastMessages > from ? to - lastMessages : from,
    to,
  }));
  await readRanges({
    access: options,
    topic: options.cleanTopic,
    ranges,
    take: ({ key }) => {
      const text = key?.toString() ?? "";
      const startMs = text.startsWith(prefix) ? Number(text.slice(prefix.length)) : NaN;
      if (Number.isSafeInteger(startMs)) newest = Math.max(newest ?? startMs, startMs);
      return true;
    },
  });
  return newest;
}
