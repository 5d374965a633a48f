/** `topics describe` */
import { asAdmin, offsetsOf, requireTopic, topicSettings, type TopicAdmin } from "../../kafka/index.js";
import { defineOptions, type ValuesOf } from "../option.js";
import { defineVerb, type CliContext } from "../verb.js";
import { accessOf, accessOptions, jsonOption, topicArgument, type TopicValue } from "./shared.js";
import { table } from "../table.js";

const describeOptions = defineOptions([...accessOptions, jsonOption]);
type DescribeOptions = ValuesOf<typeof describeOptions> & TopicValue;

export const describeVerb = defineVerb({
  name: "topics describe",
  summary: "show the settings, partitions and offsets of a topic",
  description: `Shows leader, replicas (also those out of sync) and offsets of each partition, and the settings
of the topic.`,
  arguments: [topicArgument],
  options: describeOptions,
  examples: ["muonitor topics describe data_raw"],
  run: describe,
});

interface DescribedTopic {
  topic: string;
  partitions: {
    partition: number;
    leader: number;
    replicas: number[];
    in_sync: number[];
    earliest: number;
    latest: number;
  }[];
  settings: Record<string, string>;
}

async function describe(options: DescribeOptions, context: CliContext): Promise<number> {
  const { topic, json } = options;
  const described = await asAdmin(accessOf(options, context), async (admin): Promise<DescribedTopic> => {
    await requireTopic(admin, topic);
    return { topic, partitions: await partitionsOf(admin, topic), settings: await settingsOf(admin, topic) };
  });
  context.stdout.write(json ? `${JSON.stringify(described)}\n` : textOf(described));
  return 0;
}

async function partitionsOf(admin: TopicAdmin, topic: string): Promise<DescribedTopic["partitions"]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const ends = new Map(
    (await offsetsOf(admin, topic)).map(({ partition, low, high }) => [partition, { low, high }]),
  );
  return (topics[0]?.partitions ?? [])
    .map(({ partitionId, leader, replicas, isr }) => ({
      partition: partitionId,
      leader,
      replicas,
      in_sync: isr,
      earliest: Number(ends.get(partitionId)?.low ?? 0),
      latest: Number(ends.get(partitionId)?.high ?? 0),
    }))
    .sort((a, b) => a.partition - b.partition);
}

/** Source of a setting in Kafka: the topic itself, not the brokers or the defaults. */
const topicSource = 1;

/** Settings of this topic, without those that Kafka treats as secret. */
async function settingsOf(admin: TopicAdmin, name: string): Promise<Record<string, string>> {
  const entries = (await topicSettings(admin, name)).filter(
    ({ isSensitive, configSource }) => !isSensitive && (configSource as number) === topicSource,
  );
  const settings = entries.map(({ configName, configValue }): [string, string] => [configName, configValue]);
  return Object.fromEntries(settings.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textOf({ topic, partitions, settings }: DescribedTopic): string {
  const total = partitions.reduce((sum, { earliest, latest }) => sum + latest - earliest, 0);
  const rows = partitions.map(({ partition, leader, replicas, in_sync: inSync, earliest, latest }) => [
    String(partition),
    String(leader),
    replicas.join(","),
    inSync.join(","),
    String(earliest),
    String(latest),
    String(latest - earliest),
  ]);
  const head = ["partition", "leader", "replicas", "in sync", "earliest", "latest", "offsets"];
  const lines = Object.entries(settings).map(([name, value]) => `  ${name}=${value}\n`);
  return (
    `${topic}: ${partitions.length} partition${partitions.length === 1 ? "" : "s"}, ${total} offsets\n` +
    table([head, ...rows]) +
    (lines.length === 0 ? "" : `settings\n${lines.join("")}`)
  );
}
