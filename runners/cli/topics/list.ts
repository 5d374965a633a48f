/** `topics list` */
import { asAdmin, isInternal, offsetsOf } from "../../kafka/index.js";
import { defineOptions, type ValuesOf } from "../option.js";
import { defineVerb, type CliContext } from "../verb.js";
import { accessOf, accessOptions, jsonOption } from "./shared.js";
import { table } from "../table.js";

const listOptions = defineOptions([
  ...accessOptions,
  { flags: "--all", description: "include Kafka's internal topics", default: false },
  jsonOption,
]);
type ListOptions = ValuesOf<typeof listOptions>;

export const listVerb = defineVerb({
  name: "topics list",
  summary: "list the topics",
  description: `Lists topics with their partitions, replicas and offsets. The number of offsets is an upper limit for the number of
records, because transactions and compaction leave gaps; muonitor topics count counts the records.`,
  options: listOptions,
  examples: ["muonitor topics list", "muonitor topics list --json --bootstrap-servers kafka:9092"],
  run: list,
});

interface ListedTopic {
  topic: string;
  partitions: number;
  replicas: number;
  offsets: number;
}

async function list(options: ListOptions, context: CliContext): Promise<number> {
  const topics = await asAdmin(accessOf(options, context), async (admin) => {
    const names = (await admin.listTopics()).filter((name) => options.all || !isInternal(name)).sort();
    if (names.length === 0) return [];
    const metadata = await admin.fetchTopicMetadata({ topics: names });
    const listed: ListedTopic[] = [];
    for (const { name, partitions } of metadata.topics) {
      const ends = await offsetsOf(admin, name);
      const offsets = ends.reduce((sum, { low, high }) => sum + Number(BigInt(high) - BigInt(low)), 0);
      const replicas = Math.max(0, ...partitions.map((partition) => partition.replicas.length));
      listed.push({ topic: name, partitions: partitions.length, replicas, offsets });
    }
    return listed.sort((a, b) => (a.topic < b.topic ? -1 : 1));
  });
  context.stdout.write(options.json ? `${JSON.stringify(topics)}\n` : textOf(topics));
  return 0;
}

function textOf(topics: readonly ListedTopic[]): string {
  if (topics.length === 0) return "no topics\n";
  const rows = topics.map(({ topic, partitions, replicas, offsets }) => [
    topic,
    String(partitions),
    String(replicas),
    String(offsets),
  ]);
  return table([["topic", "partitions", "replicas", "offsets"], ...rows]);
}
