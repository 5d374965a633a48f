/** `topics create`: creates a topic; the system's own topics get their required settings. */
import { defaultCleanTopic, defaultRawTopic, UsageError } from "../../../pipeline/model/index.js";
import { asAdmin, createTopics } from "../../kafka/index.js";
import { cleanTopic, rawTopic } from "../../services/index.js";
import { defineOptions, wholeNumber, type ValuesOf } from "../option.js";
import { defineVerb, type CliContext } from "../verb.js";
import { accessOf, accessOptions, topicArgument, type TopicValue } from "./shared.js";

const createOptions = defineOptions([
  ...accessOptions,
  {
    flags: "--partitions <count>",
    description: "number of partitions",
    parse: wholeNumber(1, 10_000),
    defaultText: "1",
  },
  {
    flags: "--replication <count>",
    description: "replication factor",
    parse: wholeNumber(1, 100),
    defaultText: "the brokers' default",
  },
  {
    flags: "--set <key=value>",
    description: "a setting of the topic, such as retention.ms=86400000; can be given more than once",
    parse: settingOf,
    repeatable: true,
  },
  { flags: "--if-missing", description: "accept an existing topic", default: false },
]);
type CreateOptions = ValuesOf<typeof createOptions> & TopicValue;

export const createVerb = defineVerb({
  name: "topics create",
  summary: "create a topic",
  description: `Creates a topic. ${defaultRawTopic} and ${defaultCleanTopic} get the settings that the system needs;
--set adds or overrides settings.`,
  arguments: [topicArgument],
  options: createOptions,
  examples: [
    "muonitor topics create numbers",
    "muonitor topics create data_raw --partitions 10 --replication 3",
    "muonitor topics create events --set cleanup.policy=compact",
  ],
  run: create,
});

function settingOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`must be KEY=VALUE, not "${text}"`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

async function create(options: CreateOptions, context: CliContext): Promise<number> {
  const { topic, partitions = 1, replication, set = [], ifMissing } = options;
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(topic) || topic === "." || topic === "..") {
    throw new UsageError(`a topic name must be 1 to 249 letters, digits, ".", "_" or "-", not "${topic}"`);
  }
  const settings = new Map([...Object.entries(ownSettings(topic)), ...set]);
  await asAdmin(accessOf(options, context), async (admin) => {
    if ((await admin.listTopics()).includes(topic)) {
      if (!ifMissing) throw new UsageError(`topic ${topic} already exists`);
      return void context.stdout.write(`topic ${topic} already exists\n`);
    }
    const configEntries = [...settings].map(([name, value]) => ({ name, value }));
    await createTopics(admin, [
      {
        topic,
        numPartitions: partitions,
        ...(replication === undefined ? {} : { replicationFactor: replication }),
        configEntries,
      },
    ]);
    context.stdout.write(`topic ${topic} created, ${partitions} partition${partitions === 1 ? "" : "s"}\n`);
  });
  return 0;
}

function ownSettings(topic: string): Readonly<Record<string, string>> {
  const isOf = (name: string): boolean => topic === name || topic.endsWith(`.${name}`);
  if (isOf(defaultRawTopic)) return rawTopic(1).config;
  return isOf(defaultCleanTopic) ? cleanTopic().config : {};
}
