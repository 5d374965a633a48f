/** Start of a job's results, determined from the topics that it reads and writes. */
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
  /** Whether older records have been deleted. */
  isCut: boolean;
}

/** Number of messages at the end of the topic of results that are read to find how far the results extend. */
const lastMessages = 50n;

/**
 * Reads the start times from the topics; each partition of the topic of rows must contain a record.
 * @param kept from the job that wrote the savepoint to resume; null for a job that starts from scratch
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
 * Windows are complete from the first one that begins after the oldest row of all, and after the oldest row of each
 * partition that has lost older rows. Earlier windows are partial, and are not published as far as results already
 * exist.
 * @param newestStartMs start of the newest window with a result; null if there is none
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
 * A resumed job has the windows that were open in its savepoint, with the previous job's data. If the rows that
 * follow have left the topic meanwhile (the results show how far the previous job had read), windows are partial up
 * to the first remaining row.
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
    // One after the other: reading a range waits for its first record and ends with it.
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
      throw new UnavailableError(`partition ${partition} of ${options.rawTopic} returns no record`);
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
