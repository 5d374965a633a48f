/** `results`: the windows of data_clean in the form of the earlier system C, on a topic of its own. */
import type { EachBatchPayload } from "kafkajs";
import { topicsOf, UnavailableError, type WindowMessage } from "../../pipeline/model/index.js";
import {
  asAdmin,
  createKafka,
  Publisher,
  readRanges,
  reasonOf,
  requireTopic,
  wholeTopic,
  type KafkaAccess,
} from "../kafka/index.js";
import { untilAborted } from "../process/index.js";
import { brokersOption, kafkaSettingsOption } from "./flink-options.js";
import { accessOf, reportUnread } from "./topics/shared.js";
import { streamOption } from "./system-options.js";
import type { CliContext, OptionValues, Verb } from "./verb.js";

interface ResultsOptions {
  bootstrapServers: string;
  kafkaSettings?: string;
  stream: string;
  cleanTopic?: string;
  topic: string;
  once: boolean;
}

export const resultsVerb: Verb = {
  name: "results",
  summary: "publish windows in the form of the earlier system C",
  description: `Reads the messages of a job that was submitted with --system-c and publishes each in the JSON form of the earlier
system C: Chamber_1 to Chamber_4 with Count and Hist_1 to Hist_4, Index, Total Count. Until Ctrl-C; started again it goes on
where it was. A corrected window comes again, under the same key.`,
  options: [
    brokersOption,
    kafkaSettingsOption,
    streamOption,
    {
      flags: "--clean-topic <name>",
      description: "topic of the messages",
      defaultText: "that of the stream",
    },
    { flags: "--topic <name>", description: "topic to publish to; it must be there", default: "results" },
    {
      flags: "--once",
      description: "publish all that is there, from the oldest message on, and end",
      default: false,
    },
  ],
  examples: ["muonitor results --config system-c", "muonitor results --bootstrap-servers kafka:9092 --once"],
  run: (options, context) => publishResults(options as OptionValues & ResultsOptions, context),
};

async function publishResults(options: ResultsOptions, context: CliContext): Promise<number> {
  const access = accessOf(options, context);
  const cleanTopic = options.cleanTopic ?? topicsOf(options.stream).cleanTopic;
  await asAdmin(access, async (admin) => {
    for (const topic of [cleanTopic, options.topic]) await requireTopic(admin, topic);
  });
  const publisher = new Publisher(access, options.topic);
  const results = new Results(publisher, `${options.stream}:`);
  try {
    await publisher.open();
    if (options.once) await publishOnce(access, cleanTopic, results, context);
    else await publishOn(access, { ...options, cleanTopic }, results, context);
    await publisher.flush();
  } finally {
    await publisher.close();
    context.log.say(results.summary);
  }
  return 0;
}

/** Turns messages into results. */
class Results {
  private without = 0;

  constructor(
    private readonly publisher: Publisher,
    private readonly keyStart: string,
  ) {}

  async add(key: Buffer | null, value: Buffer | null): Promise<void> {
    const name = key?.toString() ?? "";
    if (value === null || value.length === 0 || !name.startsWith(this.keyStart)) return;
    const { system_c: result } = JSON.parse(value.toString()) as WindowMessage;
    if (result === undefined) this.without += 1;
    else await this.publisher.add(name, JSON.stringify(result));
  }

  flush(): Promise<void> {
    return this.publisher.flush();
  }

  get summary(): string {
    const { published } = this.publisher;
    const head = `${published} result${published === 1 ? "" : "s"} published`;
    if (this.without === 0) return head;
    return `${head}; ${this.without} messages came from a job without --system-c`;
  }
}

async function publishOnce(
  access: KafkaAccess,
  topic: string,
  results: Results,
  context: CliContext,
): Promise<void> {
  const ranges = await wholeTopic(access, topic);
  const take = ({ key, value }: { key: Buffer | null; value: Buffer | null }): Promise<boolean> =>
    results.add(key, value).then(() => true);
  reportUnread(await readRanges({ access, topic, ranges, take, signal: context.signal }), context);
}

/** How far it came is kept by Kafka, after the results are accepted. */
async function publishOn(
  access: KafkaAccess,
  { stream, topic, cleanTopic }: { stream: string; topic: string; cleanTopic: string },
  results: Results,
  { stdout, signal }: CliContext,
): Promise<void> {
  const groupId = `muonitor-results-${stream}-${topic}`;
  const consumer = createKafka(access, "muonitor-results").consumer({
    groupId,
    allowAutoTopicCreation: false,
  });
  const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    for (const { key, value } of payload.batch.messages) await results.add(key, value);
    await results.flush();
    await payload.heartbeat();
  };
  const failed = new Promise<never>((_, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) reject(new UnavailableError(`${cleanTopic} cannot be read on: ${reasonOf(error)}`));
    });
  });
  failed.catch(() => undefined);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: cleanTopic, fromBeginning: true });
    await consumer.run({ eachBatch });
    stdout.write(`results of ${cleanTopic} go to ${topic}\n`);
    await Promise.race([failed, untilAborted(signal)]);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}
