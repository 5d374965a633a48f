/** An administrator's connection to a cluster, for the tools around topics. */
import kafkajs, { type Admin, type ITopicConfig, type Kafka } from "kafkajs";
import { MuonitorError, UsageError } from "../../pipeline/model/index.js";
import { answerMs } from "../net/index.js";
import { pause, retry, withDeadline } from "../process/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { connectFailure, reasonOf } from "./connect-failure.js";
import { clusterMaker } from "./client/cluster.js";

// kafkajs is a CommonJS module of which Node sees no named exports.

export const { ConfigResourceTypes } = kafkajs;

/** What an administrator can ask and change; the seam behind which the client stands. */
export type TopicAdmin = Admin;

/** How long a tool waits for Kafka. */
interface RequestLimits {
  /** For one request, ms. */
  timeoutMs: number;
  /** How often it is sent again. */
  retries: number;
}

const usual = (): RequestLimits => ({ timeoutMs: answerMs(), retries: 3 });

/** Requests, their repetitions and the pauses between them all fit into this many times the time of one answer. */
const workAnswers = 6;

/** A client for one run of a tool. */
export function createToolKafka(access: KafkaAccess, { timeoutMs, retries } = usual()): Kafka {
  return createKafka(access, "muonitor-topics", {
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries },
  });
}

/** Does some work as administrator; what Kafka says against it becomes one line. */
export async function asAdmin<T>(
  access: KafkaAccess,
  work: (admin: Admin) => Promise<T>,
  limits = usual(),
): Promise<T> {
  return withAdmin(tellWholeEnds(createToolKafka(access, limits)).admin(), access, work, limits.timeoutMs);
}

/**
 * Where what can be read ends in each partition: before the first record of an open transaction, of which nobody knows yet
 * whether it counts.
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
    throw explained(error, access);
  } finally {
    // A broker that does not answer would hold us up here, too.
    await Promise.race([admin.disconnect().catch(() => undefined), pause(closeMs)]);
  }
}

const closeMs = 1000;

/** Connects a client within a deadline. @throws MuonitorError that names what listens there instead of a broker */
export async function connectKafka(
  client: { connect: () => Promise<void> },
  access: KafkaAccess,
  timeoutMs = answerMs(),
): Promise<void> {
  const { bootstrapServers, signal } = access;
  try {
    // The client answers a lost connection with further tries.
    await withDeadline(() => client.connect(), timeoutMs, `Kafka at ${bootstrapServers}`, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw await connectFailure(cause, access);
  }
}

/** An error of ours as it is, one of Kafka's in a line. */
export function explained(error: unknown, { bootstrapServers }: KafkaAccess): unknown {
  if (error instanceof MuonitorError || !isKafkaError(error)) return error;
  return new MuonitorError(`Kafka at ${bootstrapServers}: ${reasonOf(error)}`, { cause: error });
}

function isKafkaError(error: unknown): error is Error {
  return error instanceof Error && error.name.startsWith("KafkaJS");
}

/** @throws UsageError when there is no such topic, with those that there are */
export async function requireTopic(admin: Admin, topic: string): Promise<void> {
  const names = await admin.listTopics();
  if (names.includes(topic)) return;
  throw new UsageError(`no topic ${topic} (${thereAre(names)})`);
}

/** @param partitions how many the topic has */
export function requirePartition(topic: string, partition: number, partitions: number): void {
  if (partition >= partitions)
    throw new UsageError(`topic ${topic} has no partition ${partition}: it has ${partitions}`);
}

/** The topics that are no internal ones, in words. */
export function thereAre(names: readonly string[]): string {
  const own = names.filter((name) => !isInternal(name)).sort();
  return own.length === 0 ? "there is none" : `there are ${own.join(", ")}`;
}

const steadyWithinMs = 15_000;
const pauseMs = 200;

/** Tries again what fails for a moment only: a topic that was just made or moved, a cluster that chooses its coordinators. */
export function whenSteady<T>(work: () => Promise<T>): Promise<T> {
  return retry(work, { firstMs: pauseMs, longestMs: pauseMs, withinMs: steadyWithinMs, isRetriable });
}

/** Creates topics and waits until their leaders are known: kafkajs's own waiting gives up where a broker does not know them yet. */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  if (topics.length === 0) return;
  await admin.createTopics({ waitForLeaders: false, topics });
  await whenSteady(() => admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) }));
}

function isRetriable(error: unknown): boolean {
  const { name, retriable } = error as { name?: string; retriable?: boolean };
  // kafkajs calls it final, but a new cluster is still making the topic in which coordinators keep offsets.
  return retriable === true || name === "KafkaJSGroupCoordinatorNotFound";
}

/** First and last offsets of a topic. */
export function offsetsOf(admin: Admin, topic: string): ReturnType<Admin["fetchTopicOffsets"]> {
  return whenSteady(() => admin.fetchTopicOffsets(topic));
}

/** Topics in which Kafka and its tools keep their own records. */
export function isInternal(topic: string): boolean {
  return topic.startsWith("__");
}

const readUncommitted = 0;

/** Makes the administrators of a client report where partitions really end; consumers name their own level. */
function tellWholeEnds(kafka: Kafka): Kafka {
  const maker = clusterMaker(kafka);
  const make = maker.get();
  maker.set((options) => make({ isolationLevel: readUncommitted, ...options }));
  return kafka;
}
