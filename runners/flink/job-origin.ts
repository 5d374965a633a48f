/** Reads facts about the job that wrote a savepoint from that job's side tally. */
import { decodeTallyPane, tallyTopicOf, wholeStream, type JobOrigin } from "../../pipeline/model/index.js";
import { partialFormat } from "../../pipeline/steps/index.js";
import { isOtherTopic, lastRecords, readRanges, topicIdOf } from "../kafka/index.js";
import { refuse } from "./checks.js";
import { findStartTimes, type StartTimesOptions } from "./start-times.js";

interface OriginOptions extends StartTimesOptions {
  savepointPath?: string;
  log: (line: string) => void;
}

/** Number of records at the end of the tally that include one of the stream; each job writes about one per second. */
const lastPanes = 200n;

/**
 * @param partitions current number in the topic of rows
 * @throws UsageError for a savepoint of a job with another number of partitions
 */
export async function findOrigin(options: OriginOptions, partitions: number): Promise<JobOrigin> {
  const { savepointPath, rawTopic, log } = options;
  const id = await topicIdOf(options, rawTopic);
  const rawId = id === null ? {} : { rawId: id };
  const known = { partitions, partialFormat, ...rawId };
  if (savepointPath === undefined) return { begin: await findStartTimes(options, null), ...known };
  const before = await lastOrigin(options);
  if (before === null)
    log(
      `the tally does not show which partitions the job of ${savepointPath} has read: they cannot be compared`,
    );
  else
    refuse([
      ...recreatedFaults(rawTopic, isOtherTopic(before.rawId ?? null, id)),
      ...formatFaults(before.partialFormat),
      ...partitionFaults(rawTopic, before.partitions, partitions),
    ]);
  const kept = before?.begin ?? wholeStream;
  const begin = await findStartTimes(options, kept);
  if (begin.wholeFromMs > kept.wholeFromMs)
    log(`rows have left ${rawTopic} unread: windows before ${isoTime(begin.wholeFromMs)} are partial`);
  return { begin, ...known };
}

/** The offsets of a savepoint are meaningless in another topic of the same name. */
function recreatedFaults(topic: string, isOther: boolean): string[] {
  if (!isOther) return [];
  return [
    `topic ${topic} was deleted and created again since the savepoint was written: its rows below the old offsets would ` +
      `be skipped; only a job that begins without a savepoint reads them all`,
  ];
}

/** The open windows of a savepoint are stored as partial results. */
export function formatFaults(before = 1): string[] {
  if (before === partialFormat) return [];
  const other = before < partialFormat ? "an older" : "a newer";
  return [
    `the savepoint is from ${other} Muonitor: its partial results have format ${before}, not ${partialFormat}; ` +
      `only a job that begins without a savepoint can run`,
  ];
}

/** A resumed job reads only the partitions in its savepoint. */
export function partitionFaults(topic: string, before: number, now: number): string[] {
  if (before === now) return [];
  return [
    `topic ${topic} has ${now} partitions, but the job of the savepoint had ${before}: ` +
      `only a job that begins without a savepoint reads them all`,
  ];
}

/** Origin of the newest job of the stream; null if it is not in the tally. */
async function lastOrigin({ cleanTopic, stream, ...access }: OriginOptions): Promise<JobOrigin | null> {
  const topic = tallyTopicOf(cleanTopic);
  let origin: JobOrigin | null = null;
  await readRanges({
    access,
    topic,
    ranges: await lastRecords(access, topic, lastPanes),
    take: ({ value }) => {
      const pane = decodeTallyPane(value?.toString() ?? "");
      if (pane?.stream === stream) origin = pane.origin ?? null;
      return true;
    },
  });
  return origin;
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
