/** Where the results of a job begin, seen in the topics that it reads and writes. */
import { cleanKey, UnavailableError, wholeStream, type StartTimes } from "../../pipeline/model/index.js";
import { lastRecords, readRanges, wholeTopic, type KafkaAccess } from "../kafka/index.js";

export interface StartTimesOptions extends KafkaAccess {
  stream: string;
  windowMs: number;
  rawTopic: string;
  cleanTopic: string;
  signal?: AbortSignal;
}

/** The oldest record of a partition. */
interface PartitionStart {
  firstMs: number;
  /** Whether older ones were there and are gone. */
  isCut: boolean;
}

/** So many messages at the end of the topic of results tell how far they go. */
const lastMessages = 50n;

/**
 * What the topics say; each partition of the topic of rows must hold a record.
 * @param kept of the job that wrote the savepoint from which this one goes on; null for one that begins anew
 */
export async function findStartTimes(
  options: StartTimesOptions,
  kept: StartTimes | null,
): Promise<StartTimes> {
  const begins = await partitionBegins(options);
  const newestStartMs = await newestWindow(options);
  if (kept === null) return startTimes(begins, newestStartMs, options.windowMs);
  return restoredTimes(kept, begins, newestStartMs, options.windowMs);
}

/**
 * Windows are whole from the first on that begins after the oldest row of all, and after the oldest row of each partition
 * of which older ones are gone. Those before are partial, and stay unpublished as far as there are results.
 * @param newestStartMs start of the newest window of which there is a result; null when there is none
 */
export function startTimes(
  begins: readonly PartitionStart[],
  newestStartMs: number | null,
  windowMs: number,
): StartTimes {
  const oldestMs = Math.min(...begins.map(({ firstMs }) => firstMs));
  const cutMs = Math.max(...begins.filter(({ isCut }) => isCut).map(({ firstMs }) => firstMs), oldestMs);
  const wholeFromMs = Math.ceil(cutMs / windowMs) * windowMs;
  if (newestStartMs === null) return { ...wholeStream, wholeFromMs };
  return { wholeFromMs, publishFromMs: Math.min(wholeFromMs, newestStartMs + windowMs) };
}

/**
 * A job that goes on has the windows that were open in its savepoint, with what the one before knew of them. Where the rows
 * that come next have left the topic meanwhile, as the results tell how far that one had read, windows are partial up to the
 * first row that is left.
 */
export function restoredTimes(
  kept: StartTimes,
  begins: readonly PartitionStart[],
  newestStartMs: number | null,
  windowMs: number,
): StartTimes {
  const readToMs = newestStartMs === null ? -Infinity : newestStartMs + windowMs;
  const lostToMs = begins
    .filter(({ isCut, firstMs }) => isCut && firstMs > readToMs)
    .map(({ firstMs }) => Math.ceil(firstMs / windowMs) * windowMs);
  return { ...kept, wholeFromMs: Math.max(kept.wholeFromMs, ...lostToMs) };
}

async function partitionBegins(options: StartTimesOptions): Promise<PartitionStart[]> {
  const ranges = await wholeTopic(options, options.rawTopic);
  const begins = new Map<number, PartitionStart>();
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

async function newestWindow(options: StartTimesOptions): Promise<number | null> {
  const prefix = cleanKey(options.stream, 0).replace(/0$/, "");
  let newest: number | null = null;
  const ranges = await lastRecords(options, options.cleanTopic, lastMessages);
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
