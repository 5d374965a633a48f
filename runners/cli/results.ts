/** `results`: publishes the windows of data_clean in the form of the earlier system C to another topic. */
import { setTimeout as delay } from "node:timers/promises";
import { topicsOf, UnavailableError, type WindowMessage } from "../../pipeline/model/index.js";
import {
  asAdmin,
  decodeMark,
  encodeMark,
  isRefusal,
  keepOffsets,
  keptOffsets,
  Publisher,
  readRanges,
  requireTopic,
  TopicFollower,
  wholeTopic,
  type KafkaAccess,
  type KeptOffset,
} from "../kafka/index.js";
import { withServers } from "./find-servers.js";
import { accessOf, accessOptions, reportUnread } from "./topics/shared.js";
import { cleanTopicOption, foundStreamOption } from "./system-options.js";
import { endsWithin, untilAborted } from "../process/index.js";
import { defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const resultsOptions = defineOptions([
  ...accessOptions,
  foundStreamOption,
  cleanTopicOption,
  { flags: "--topic <name>", description: "topic to publish to; it must exist", default: "results" },
  {
    flags: "--once",
    description: "publish everything from the oldest message to the current end, and stop",
    default: false,
  },
]);
type ResultsOptions = ValuesOf<typeof resultsOptions>;

export const resultsVerb = defineVerb({
  name: "results",
  summary: "publish windows in the form of the earlier system C",
  description: `Reads the messages of a job that was submitted with --system-c and publishes each in the JSON form of the earlier
system C: Chamber_1 to Chamber_4 with Count and Hist_1 to Hist_4, Index, Total Count. Runs until Ctrl-C; after a restart it resumes
where it stopped. A corrected window is published again with the same key.`,
  options: resultsOptions,
  examples: ["muonitor results --config system-c", "muonitor results --bootstrap-servers kafka:9092 --once"],
  run: publishResults,
});

async function publishResults(given: ResultsOptions, context: CliContext): Promise<number> {
  const options = withServers(given, ["bootstrapServers"], context);
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
    else await publishContinuously(access, { ...options, cleanTopic }, results, context);
    await publisher.flush();
  } finally {
    await endsWithin(closeMs, "the connection to Kafka", () => publisher.close());
    context.log.print(results.summary);
  }
  return 0;
}

/** Extracts results from messages and publishes them. */
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

const keepMs = 1000;
/** Timeout of each shutdown step. */
const closeMs = 2000;

/** Publishes results continuously. Kafka stores the position after it has accepted the results. */
async function publishContinuously(
  access: KafkaAccess,
  { stream, topic, cleanTopic }: { stream: string; topic: string; cleanTopic: string },
  results: Results,
  { stdout, signal, log }: CliContext,
): Promise<void> {
  const groupId = `muonitor-results-${stream}-${topic}`;
  const kept = new Map(
    (await keptOffsets(access, groupId, cleanTopic)).map((place) => [place.partition, place]),
  );
  const follower = new TopicFollower({
    ...{ ...access, topic: cleanTopic, clientId: "muonitor-results" },
    log: (line) => log.warn(line),
  });
  const taken = new Map<number, KeptOffset>();
  const keep = async (): Promise<void> => {
    const places = [...taken.values()];
    await results.flush();
    if (places.length === 0) return;
    // If the broker is down, the next attempt follows soon. Messages that are read twice are published twice.
    const isKept = await keepOffsets(access, groupId, cleanTopic, places).then(
      () => true,
      (error: unknown) => {
        if (isRefusal(error)) throw error;
        return false;
      },
    );
    for (const place of isKept ? places : [])
      if (taken.get(place.partition) === place) taken.delete(place.partition);
  };
  await follower.start(
    ({ partition, low }) => {
      const { offset = low, note } = kept.get(partition) ?? {};
      return { offset, mark: decodeMark(note) };
    },
    async ({ key, value }, partition, next, mark) => {
      await results.add(key, value);
      taken.set(partition, { partition, offset: next, note: encodeMark(mark()) });
    },
  );
  stdout.write(`publishing results of ${cleanTopic} to ${topic}\n`);
  const stopped = Promise.race([follower.ended, untilAborted(signal)]).then(() => "stopped");
  let keeping = Promise.resolve();
  try {
    while ((await Promise.race([stopped, delay(keepMs)])) !== "stopped") {
      keeping = keep();
      await Promise.race([stopped, keeping]);
    }
    if (follower.problem !== null) throw new UnavailableError(follower.problem);
  } finally {
    await endsWithin(closeMs, `the reader of ${cleanTopic}`, () => follower.close());
    const isKept = await endsWithin(closeMs, `the last results for ${topic}`, () => keeping.then(keep));
    if (!isKept)
      log.warn("Kafka has not accepted the last results: run the same command to publish them again");
  }
}
