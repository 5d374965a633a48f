/** Administrative connection to a cluster, for the tools for topics. */
import kafkajs, { type Admin, type ConfigEntries, type ITopicConfig, type Kafka } from "kafkajs";
import { MuonitorError, UsageError } from "../../pipeline/model/index.js";
import { answerMs } from "../net/index.js";
import { pause, retry, waitFor, withDeadline } from "../process/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { connectKafka, reasonOf } from "./connect-failure.js";
import { clusterMaker } from "./client/cluster.js";
import { needing } from "./refusals.js";
import { requireVisible } from "./rights.js";

// kafkajs is a CommonJS module without named exports visible to Node.

export const { ConfigResourceTypes } = kafkajs;

/** Administrative requests. This interface hides the client library. */
export type TopicAdmin = Admin;

/** Timeouts of a tool for Kafka. */
interface RequestLimits {
  /** Per request, ms. */
  timeoutMs: number;
  /** Number of retries. */
  retries: number;
}

const usual = (): RequestLimits => ({ timeoutMs: answerMs(), retries: 3 });

/** Budget of a task, as a multiple of the timeout of one answer: includes retries and the pauses between them. */
const workAnswers = 6;

/** A client for one run of a tool. */
export function createToolKafka(access: KafkaAccess, { timeoutMs, retries } = usual()): Kafka {
  return createKafka(access, "muonitor-topics", {
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries },
  });
}

/** Runs a task with an administrative connection; Kafka's errors become one line. */
export async function asAdmin<T>(
  access: KafkaAccess,
  work: (admin: Admin) => Promise<T>,
  limits = usual(),
): Promise<T> {
  return withAdmin(
    reportPhysicalEnds(createToolKafka(access, limits)).admin(),
    access,
    work,
    limits.timeoutMs,
  );
}

/**
 * End of the readable records in each partition: the first record of an open transaction, which may still be aborted.
 */
export async function readableEnds(access: KafkaAccess, topic: string): Promise<Map<number, bigint>> {
  const ends = await withAdmin(createToolKafka(access).admin(), access, (admin) => offsetsOf(admin, topic));
  return new Map(ends.map(({ partition, high }) => [partition, BigInt(high)]));
}

async function withAdmin<T>(
  admin: Admin,
  access: KafkaAccess,
  work: (admin: Admin) => Promise<T>,
  timeoutMs = answerMs(),
): Promise<T> {
  const { bootstrapServers, signal } = access;
  const what = `Kafka at ${bootstrapServers}`;
  try {
    await connectKafka(admin, access, timeoutMs);
    return await withDeadline(() => work(admin), workAnswers * timeoutMs, what, signal);
  } catch (error) {
    if (error instanceof MissingTopicError) await requireVisible(access, error.topic);
    throw explained(error, access);
  } finally {
    // Not awaited without a limit: a broker that does not answer would block here too.
    await Promise.race([admin.disconnect().catch(() => undefined), pause(closeMs)]);
  }
}

const closeMs = 1000;

/** Returns our own errors unchanged, Kafka's as one line. */
export function explained(error: unknown, { bootstrapServers }: KafkaAccess): unknown {
  if (error instanceof MuonitorError || !isKafkaError(error)) return error;
  return new MuonitorError(`Kafka at ${bootstrapServers}: ${reasonOf(error)}`, { cause: error });
}

function isKafkaError(error: unknown): error is Error {
  return error instanceof Error && error.name.startsWith("KafkaJS");
}

class MissingTopicError extends UsageError {
  constructor(
    readonly topic: string,
    names: readonly string[],
  ) {
    super(`no topic ${topic} (${thereAre(names)})`);
  }
}

/** @throws UsageError that lists the existing topics when this one does not exist */
export async function requireTopic(admin: Admin, topic: string): Promise<void> {
  const names = await admin.listTopics();
  if (names.includes(topic)) return;
  throw new MissingTopicError(topic, names);
}

/** @param partitions number of partitions of the topic */
export function requirePartition(topic: string, partition: number, partitions: number): void {
  if (partition >= partitions)
    throw new UsageError(`topic ${topic} has no partition ${partition}: it has ${partitions}`);
}

/** The topics that are not internal, as text. */
export function thereAre(names: readonly string[]): string {
  const own = names.filter((name) => !isInternal(name)).sort();
  return own.length === 0 ? "there is none" : `there are ${own.join(", ")}`;
}

const steadyWithinMs = 15_000;
const pauseMs = 200;

/** Retries on transient failures: a topic just created or moved, a cluster that is electing its coordinators. */
export function whenSteady<T>(work: () => Promise<T>): Promise<T> {
  return retry(work, { firstMs: pauseMs, longestMs: pauseMs, withinMs: steadyWithinMs, isRetriable });
}

/**
 * Creates topics and waits until their leaders are known: kafkajs stops waiting when a broker does not know them yet.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  if (topics.length === 0) return;
  const rules = topics.map(({ topic }) => `Create on topic ${topic}`).join(", ");
  await needing(rules, () => admin.createTopics({ waitForLeaders: false, topics }));
  await whenSteady(() => admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) }));
}

function isRetriable(error: unknown): boolean {
  const { name, retriable } = error as { name?: string; retriable?: boolean };
  // kafkajs treats it as final, but a new cluster may still be creating the topic in which coordinators store
  // offsets.
  return retriable === true || name === "KafkaJSGroupCoordinatorNotFound";
}

/**
 * Settings of a topic. Retries while a broker does not know a topic that another broker has just created.
 * @param keys default: all
 */
export async function topicSettings(
  admin: Pick<Admin, "describeConfigs">,
  name: string,
  keys?: readonly string[],
): Promise<ConfigEntries[]> {
  const resource = { type: ConfigResourceTypes.TOPIC, name };
  const resources = [keys === undefined ? resource : { ...resource, configNames: [...keys] }];
  const ask = (): ReturnType<Admin["describeConfigs"]> =>
    admin.describeConfigs({ includeSynonyms: false, resources });
  const answer = await needing(`DescribeConfigs on topic ${name}`, () => whenSteady(ask));
  return answer.resources[0]?.configEntries ?? [];
}

const knownWithinMs = 3000;

/** The topics that no broker lists. Retries for a moment, because a broker may not know a new topic yet. */
export async function missingTopics(
  admin: Pick<Admin, "listTopics">,
  names: readonly string[],
): Promise<string[]> {
  let missing = [...names];
  const allKnown = async (): Promise<boolean> => {
    const known = new Set(await admin.listTopics());
    missing = names.filter((name) => !known.has(name));
    return missing.length === 0;
  };
  await waitFor(allKnown, { everyMs: pauseMs, withinMs: knownWithinMs });
  return missing;
}

/** First and last offsets of a topic. */
export function offsetsOf(admin: Admin, topic: string): ReturnType<Admin["fetchTopicOffsets"]> {
  return whenSteady(() => admin.fetchTopicOffsets(topic));
}

/** Topics in which Kafka and its tools store their own records. */
export function isInternal(topic: string): boolean {
  return topic.startsWith("__");
}

const readUncommitted = 0;

/** Makes the administrative clients report the physical end of partitions; consumers set their own isolation level. */
function reportPhysicalEnds(kafka: Kafka): Kafka {
  const maker = clusterMaker(kafka);
  const make = maker.get();
  maker.set((options) => make({ isolationLevel: readUncommitted, ...options }));
  return kafka;
}
