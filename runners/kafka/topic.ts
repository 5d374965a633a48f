/** Properties of a topic that are needed before reading or writing it. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import { asAdmin, explained, requireTopic, thereAre } from "./admin.js";
import { TopicReader } from "./reader/topic-reader.js";
import { requireVisible } from "./rights.js";
import { rangesBetween, type OffsetRange } from "./positions.js";

/** Offset ranges of the whole topic. @throws UsageError when the topic does not exist */
export function wholeTopic(access: KafkaAccess, topic: string): Promise<OffsetRange[]> {
  return asAdmin(access, async (admin) => {
    await requireTopic(admin, topic);
    return rangesBetween(admin, topic, { kind: "earliest" }, { kind: "latest" });
  });
}

/** The last records of each partition of a topic. @throws UsageError when the topic does not exist */
export async function lastRecords(access: KafkaAccess, topic: string, count: bigint): Promise<OffsetRange[]> {
  const ranges = await wholeTopic(access, topic);
  return ranges.map(({ partition, from, to }) => ({
    partition,
    from: to - count > from ? to - count : from,
    to,
  }));
}

/** Topic id; null if the broker reports none. @throws when the topic is unreadable */
export async function topicIdOf(access: KafkaAccess, topic: string): Promise<string | null> {
  const { bootstrapServers, kafkaSettings } = access;
  const reader = new TopicReader({
    ...{ bootstrapServers, topic, clientId: "muonitor-topics" },
    ...(kafkaSettings === undefined ? {} : { kafkaSettings }),
  });
  try {
    await reader.open();
    return reader.id;
  } catch (error) {
    throw explained(error, access);
  } finally {
    await reader.close();
  }
}

/** Number of partitions. @throws MuonitorError that lists the existing topics when this one does not exist */
export function partitionsOf(access: KafkaAccess, topic: string): Promise<number> {
  return asAdmin(access, async (admin) => {
    const names = await admin.listTopics();
    if (!names.includes(topic)) {
      await requireVisible(access, topic);
      throw new MuonitorError(missingText(access, topic, names));
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  });
}

function missingText({ bootstrapServers }: KafkaAccess, topic: string, names: readonly string[]): string {
  const start = `muonitor up --runner flink --bootstrap-servers ${bootstrapServers}`;
  return `no topic ${topic} at ${bootstrapServers} (${thereAre(names)}): ${start} creates it`;
}
