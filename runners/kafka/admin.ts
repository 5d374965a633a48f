/** An administrator's connection to a cluster, for the tools around topics. */
import { setTimeout as delay } from "node:timers/promises";
// kafkajs is a CommonJS module of which Node sees no named exports.
import kafkajs, { type Admin, type Kafka } from "kafkajs";
import { MuonitorError, UsageError } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { tellWholeEnds } from "./ends.js";
import { connectFailure, reasonOf } from "./connect-failure.js";

export const { ConfigResourceTypes } = kafkajs;

/** How long a tool waits for Kafka. */
export interface Patience {
  /** For one request, ms. */
  timeoutMs: number;
  /** How often it is sent again. */
  retries: number;
}

/** Soon enough for somebody who waits. */
const usual: Patience = { timeoutMs: 10_000, retries: 3 };

/** A client for one run of a tool. */
export function createToolKafka(access: KafkaAccess, { timeoutMs, retries } = usual): Kafka {
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
  patience = usual,
): Promise<T> {
  return withAdmin(tellWholeEnds(createToolKafka(access, patience)).admin(), access, work);
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
): Promise<T> {
  try {
    await admin.connect().catch((cause: unknown) => {
      throw connectFailure(cause, access.bootstrapServers);
    });
    return await work(admin).catch((error: unknown) => {
      throw explained(error, access);
    });
  } finally {
    await admin.disconnect().catch(() => undefined);
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

/** First and last offsets of a topic; a topic that was just made or moved gets the moment that its leaders need. */
export async function offsetsOf(
  admin: Admin,
  topic: string,
): Promise<Awaited<ReturnType<Admin["fetchTopicOffsets"]>>> {
  for (const end = Date.now() + steadyWithinMs; ; await delay(pauseMs)) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      const { retriable = false } = error as { retriable?: boolean };
      if (!retriable || Date.now() > end) throw error;
    }
  }
}

/** Topics in which Kafka and its tools keep their own records. */
export function isInternal(topic: string): boolean {
  return topic.startsWith("__");
}
