/** Reads the input of an audit: windows, rows, and the side tally of the job. */
import { setTimeout as delay } from "node:timers/promises";
import { decodeTallyPane, tallyTopicOf, type WindowMessage } from "../../pipeline/model/index.js";
import {
  asAdmin,
  CounterReader,
  readRanges,
  requireVisible,
  wholeTopic,
  type KafkaAccess,
  type OffsetRange,
  type RangeReading,
} from "../kafka/index.js";
import { Audit, type AuditLimits } from "./audit.js";
import type { AuditReport } from "./audit-report.js";

interface AuditedTopics {
  access: KafkaAccess;
  rawTopic: string;
  cleanTopic: string;
  /** Receives the ranges of unreadable rows, which the audit leaves out. */
  unread: (ranges: readonly OffsetRange[]) => void;
  signal: AbortSignal;
}

/** @throws UsageError when a topic does not exist */
export async function auditTopics(topics: AuditedTopics, limits: AuditLimits): Promise<AuditReport> {
  const { access, rawTopic, cleanTopic, signal } = topics;
  // Windows first: rows listed in a window are then below the end of the topic.
  const windows = { access, topic: cleanTopic, ranges: await wholeTopic(access, cleanTopic), signal };
  const rows = { access, topic: rawTopic, ranges: await wholeTopic(access, rawTopic), signal };
  const audit = new Audit(limits);
  const streams = [...(await takeWindows(windows, audit))];
  topics.unread(await readRanges({ ...rows, take: (record) => audit.takeRecord(record) }));
  const [stream] = streams;
  if (stream === undefined || streams.length > 1) return audit.report();
  return audit.report(await tallyOf({ access, topic: tallyTopicOf(cleanTopic), signal }, stream, audit));
}

type Source = Omit<RangeReading, "take">;

/** @returns telescope names in the windows */
async function takeWindows(source: Source, audit: Audit): Promise<Set<string>> {
  const streams = new Set<string>();
  const firstStarts = new Map<number, number>();
  await readRanges({
    ...source,
    take: ({ key, value, partition }) => {
      if (value === null || value.length === 0) return true;
      const name = key?.toString() ?? "";
      const message = JSON.parse(value.toString()) as WindowMessage;
      audit.takeWindow(name, message);
      if (!firstStarts.has(partition)) firstStarts.set(partition, message.window.start_ms);
      streams.add(name.slice(0, Math.max(0, name.lastIndexOf(":"))));
      return true;
    },
  });
  for (const { partition, from } of source.ranges) {
    if (from > 0n) audit.takeCut(firstStarts.get(partition) ?? null);
  }
  return streams;
}

const tallyTries = 4;
/** Interval at which a job writes its tally. */
const tallyPauseMs = 2000;

/** The job's side tally, read after a pause so that it includes the rows just read; null if there is none. */
async function tallyOf(
  source: Omit<Source, "ranges">,
  stream: string,
  audit: Audit,
): Promise<CounterReader | null> {
  for (let tries = 1; ; tries += 1) {
    const tally = await readTally(source, stream);
    if (tally === null || tries === tallyTries || audit.unread(tally) === 0) return tally;
    await delay(tallyPauseMs, undefined, { signal: source.signal });
  }
}

async function readTally(source: Omit<Source, "ranges">, stream: string): Promise<CounterReader | null> {
  const { access, topic } = source;
  if (!(await hasTopic(access, topic))) return null;
  const tally = new CounterReader();
  await readRanges({
    ...source,
    ranges: await wholeTopic(access, topic),
    take: ({ value }) => {
      const pane = decodeTallyPane(value?.toString() ?? "");
      if (pane?.stream === stream) tally.take(pane);
      return true;
    },
  });
  return tally.windows.size === 0 ? null : tally;
}

/** @throws MuonitorError when the login may not see it: without the tally, late messages would count as missing */
async function hasTopic(access: KafkaAccess, topic: string): Promise<boolean> {
  if (await asAdmin(access, async (admin) => (await admin.listTopics()).includes(topic))) return true;
  await requireVisible(access, topic);
  return false;
}
