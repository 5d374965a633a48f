/** Topics of the system: created when missing, checked when they exist. */
import { defaultCleanTopic, defaultRawTopic } from "../../pipeline/model/index.js";
import { asAdmin, createTopics, topicSettings, type TopicAdmin } from "../kafka/admin.js";

interface TopicSpec {
  name: string;
  partitions: number;
  config: Readonly<Record<string, string>>;
}

const dayMs = 24 * 3600 * 1000;

/** The topic of raw rows. A record with a future timestamp would make other records late. */
export function rawTopic(partitions: number, name = defaultRawTopic): TopicSpec {
  return {
    name,
    partitions,
    config: { "cleanup.policy": "delete", "message.timestamp.after.max.ms": "60000" },
  };
}

/** The topic of results: the last message of a window is kept for at least a week. */
export function cleanTopic(name = defaultCleanTopic): TopicSpec {
  return {
    name,
    partitions: 1,
    config: { "cleanup.policy": "compact,delete", "retention.ms": String(7 * dayMs) },
  };
}

/** The topic of a job's side tally: ordered, hence one partition; kept as long as the results. */
export function tallyTopic(name: string): TopicSpec {
  const config = { "cleanup.policy": "delete", "retention.ms": String(7 * dayMs) };
  return { name, partitions: 1, config };
}

/**
 * Creates missing topics.
 * @returns one line for each deviation of an existing topic
 */
export async function ensureTopics(
  bootstrapServers: string,
  topics: readonly TopicSpec[],
  kafkaSettings: ReadonlyMap<string, string> = new Map(),
  signal?: AbortSignal,
): Promise<string[]> {
  return asAdmin({ bootstrapServers, kafkaSettings, signal }, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ name }) => !existing.has(name));
    await createTopics(
      admin,
      missing.map(({ name, partitions, config }) => ({
        topic: name,
        numPartitions: partitions,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    );
    const misfits = await Promise.all(
      topics.filter(({ name }) => existing.has(name)).map((topic) => misfitsOf(admin, topic)),
    );
    return misfits.flat();
  });
}

async function misfitsOf(admin: TopicAdmin, topic: TopicSpec): Promise<string[]> {
  const partitions =
    (await admin.fetchTopicMetadata({ topics: [topic.name] })).topics[0]?.partitions.length ?? 0;
  const wrong =
    partitions === topic.partitions ? [] : [`${partitions} partitions instead of ${topic.partitions}`];
  const actual = await settingsOf(admin, topic);
  for (const [key, wanted] of Object.entries(topic.config)) {
    const value = actual.get(key) ?? "";
    if (!sameSetting(value, wanted)) wrong.push(`${key}=${value} instead of ${wanted}`);
  }
  return wrong.map((what) => `topic ${topic.name} has ${what}`);
}

async function settingsOf(admin: TopicAdmin, { name, config }: TopicSpec): Promise<Map<string, string>> {
  const entries = await topicSettings(admin, name, Object.keys(config));
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}

/** Lists are sets: the broker may return them in another order. */
function sameSetting(a: string, b: string): boolean {
  const sorted = (text: string): string => text.split(",").sort().join(",");
  return sorted(a) === sorted(b);
}
