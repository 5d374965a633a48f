/** An administrator's connection to a cluster, for the tools around topics. */
import { setTimeout as delay } from "node:timers/promises";
import type { Admin, Kafka } from "kafkajs";
import { MuonitorError, UsageError } from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { connectFailure, reasonOf } from "./connect-failure.js";

const requestMs = 10_000;
const retries = 3;

/** A client for one run of a tool: it gives up soon enough for somebody who waits. */
export function createToolKafka(access: KafkaAccess): Kafka {
  return createKafka(access, "muonitor-topics", {
    connectionTimeout: requestMs,
    requestTimeout: requestMs,
    retry: { retries },
  });
}

/** Does some work as administrator; what Kafka says against it becomes one line. */
export async function asAdmin<T>(access: KafkaAccess, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createToolKafka(access).admin();
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
  const own = names.filter((name) => !isInternal(name)).sort();
  const there = own.length === 0 ? "there is none" : `there are ${own.join(", ")}`;
  throw new UsageError(`no topic ${topic} (${there})`);
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
