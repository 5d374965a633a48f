/** Rejects settings of job, topics and cluster that can lose data, with one line each. */
import { UnavailableError, UsageError } from "../../pipeline/model/index.js";
import {
  asAdmin,
  missingTopics,
  needing,
  topicSettings,
  whenSteady,
  type KafkaAccess,
  type TopicAdmin,
} from "../kafka/index.js";
import { findJob, type FlinkRest } from "./rest.js";

export interface JobLimits {
  jobName: string;
  rawTopic: string;
  cleanTopic: string;
  groupId: string;
  timestamps: "CreateTime" | "LogAppendTime";
  parallelism: number;
  workers: number;
  allowedLatenessMs: number;
  checkpointIntervalMs: number;
  maxBundleSize: number;
  maxBundleTimeMs: number;
}

/** An element above 4 MB hangs a bundle; this limit leaves room for overhead. */
const maxRawMessageBytes = 3 << 20;
/** Size that a message of `data_clean` can reach. */
const maxCleanMessageBytes = 200_000;
const maxCheckpointIntervalMs = 60_000;
const maxBundleElements = 5000;
const maxBundleMs = 5000;
const maxLatenessMs = 3600_000;
const maxFutureMs = 3600_000;
const slotsWithinMs = 20_000;

/** Invalid settings of a job. */
export function jobFaults(limits: JobLimits): string[] {
  const within = (name: string, value: number, max: number, unit: string): string[] =>
    Number.isInteger(value) && value >= 1 && value <= max
      ? []
      : [`${name} must be from 1 to ${max} ${unit}, not ${value}`];
  return [
    ...within("the checkpoint interval", limits.checkpointIntervalMs, maxCheckpointIntervalMs, "ms"),
    ...within("the size of a bundle", limits.maxBundleSize, maxBundleElements, "messages"),
    ...within("the time of a bundle", limits.maxBundleTimeMs, maxBundleMs, "ms"),
    ...within("the parallelism", limits.parallelism, 128, "tasks"),
    ...within("the workers of a TaskManager", limits.workers, 64, "processes"),
    ...(limits.allowedLatenessMs >= 0 && limits.allowedLatenessMs <= maxLatenessMs
      ? []
      : [`the allowed lateness must be from 0 to ${maxLatenessMs} ms, not ${limits.allowedLatenessMs}`]),
  ];
}

/** Rejects topics that can lose data, and a group that would start in the middle. Returns the number of partitions of rows. */
export function checkKafka(access: KafkaAccess, limits: JobLimits): Promise<number[]> {
  return asAdmin(access, async (admin) => {
    const missing = await missingTopics(admin, [limits.rawTopic, limits.cleanTopic]);
    refuse(missing.map((name) => `topic ${name} is missing: create it before you submit the job`));
    const raw = await settingsOf(admin, limits.rawTopic);
    const clean = await settingsOf(admin, limits.cleanTopic);
    refuse([...rawTopicFaults(limits, raw), ...cleanTopicFaults(limits, clean)]);
    refuse(await groupFaults(admin, limits));
    return partitionsIn(admin, limits.rawTopic);
  });
}

async function partitionsIn(admin: TopicAdmin, topic: string): Promise<number[]> {
  const { topics } = await whenSteady(() => admin.fetchTopicMetadata({ topics: [topic] }));
  return (topics[0]?.partitions ?? []).map(({ partitionId }) => partitionId);
}

type Settings = ReadonlyMap<string, string>;

async function settingsOf(admin: TopicAdmin, name: string): Promise<Settings> {
  const entries = await topicSettings(admin, name);
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}

/** Unsuitable settings of the topic of raw rows. */
export function rawTopicFaults({ rawTopic, timestamps }: JobLimits, settings: Settings): string[] {
  const number = (key: string): number => Number(settings.get(key) ?? Infinity);
  const faults: string[] = [];
  const wrong = (key: string, must: string): void =>
    void faults.push(`topic ${rawTopic} has ${key}=${settings.get(key) ?? ""}: ${must}`);
  if (number("max.message.bytes") > maxRawMessageBytes)
    wrong(
      "max.message.bytes",
      `it must be at most ${maxRawMessageBytes}, because larger messages hang the workers`,
    );
  if (settings.get("message.timestamp.type") !== timestamps)
    wrong("message.timestamp.type", `the job uses ${timestamps}`);
  if (timestamps === "CreateTime" && number("message.timestamp.after.max.ms") > maxFutureMs)
    wrong(
      "message.timestamp.after.max.ms",
      `set it to 60000, because records from the future make other records late`,
    );
  if (settings.get("cleanup.policy")?.includes("compact") === true)
    wrong("cleanup.policy", "it must be delete, because compaction removes rows");
  return faults;
}

function cleanTopicFaults({ cleanTopic }: JobLimits, settings: Settings): string[] {
  const bytes = Number(settings.get("max.message.bytes") ?? Infinity);
  if (bytes >= maxCleanMessageBytes) return [];
  return [`topic ${cleanTopic} has max.message.bytes=${bytes}: it must be at least ${maxCleanMessageBytes}`];
}

/** @throws UsageError for a side tally that would count late rows wrongly */
export function checkTally(access: KafkaAccess, topic: string): Promise<void> {
  return asAdmin(access, async (admin) => {
    const partitions = await partitionsIn(admin, topic);
    refuse(tallyTopicFaults(topic, partitions.length, await settingsOf(admin, topic)));
  });
}

/** Unsuitable settings of the side tally's topic, whose records are all summed in order. */
export function tallyTopicFaults(topic: string, partitions: number, settings: Settings): string[] {
  const policy = settings.get("cleanup.policy") ?? "";
  return [
    ...(partitions === 1
      ? []
      : [`topic ${topic} has ${partitions} partitions: it must have one, because it is read in order`]),
    ...(policy.includes("compact")
      ? [`topic ${topic} has cleanup.policy=${policy}: it must be delete, because compaction removes counts`]
      : []),
  ];
}

/**
 * A job commits no offsets, so existing offsets of a group belong to another reader, and rows before them would be
 * skipped.
 */
async function groupFaults(admin: TopicAdmin, { groupId, rawTopic }: JobLimits): Promise<string[]> {
  const ask = (): ReturnType<TopicAdmin["fetchOffsets"]> =>
    admin.fetchOffsets({ groupId, topics: [rawTopic] });
  const [offsets] = await needing(`Describe on group ${groupId}`, () => whenSteady(ask));
  const hasOffsets = offsets?.partitions.some(({ offset }) => offset !== "-1") === true;
  return hasOffsets
    ? [
        `group ${groupId} has offsets in ${rawTopic}, and rows before them would be skipped: choose another group`,
      ]
    : [];
}

/** Rejects a cluster that cannot run the job or does not store its state. Returns the existing jobs. */
export async function checkFlink(rest: FlinkRest, limits: JobLimits): Promise<Set<string>> {
  const jobs = await rest.jobs();
  const twin = findJob(jobs, limits.jobName);
  if (twin !== undefined)
    refuse([`a job ${twin.name} already exists (${twin.jid}): cancel it or choose another name`]);
  await untilSlotsAreFree(rest, limits.parallelism);
  if ((await rest.setting("state.checkpoints.dir")) === null)
    refuse(["Flink has no state.checkpoints.dir: checkpoints would be lost with the JobManager"]);
  return new Set(jobs.map(({ jid }) => jid));
}

/** The slots of a job that has just ended become free a moment later. */
async function untilSlotsAreFree(rest: FlinkRest, needed: number): Promise<void> {
  let slots = await rest.slots();
  const enough = async (): Promise<boolean> => {
    slots = await rest.slots();
    return slots["slots-available"] >= needed || slots["slots-total"] < needed;
  };
  await rest.until(enough, slotsWithinMs);
  const { "slots-available": free, "slots-total": total } = slots;
  if (free >= needed) return;
  throw new UnavailableError(
    `${needed} tasks need ${needed} free slots, but Flink has ${free} of ${total} free`,
  );
}

/** @throws UsageError with one line for each fault */
export function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
}
