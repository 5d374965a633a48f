/** `topics delete`: deletes a topic after confirmation. */
import { createInterface } from "node:readline/promises";
import { MuonitorError, UsageError } from "../../../pipeline/model/index.js";
import { asAdmin, isInternal, offsetsOf, requireTopic, type TopicAdmin } from "../../kafka/index.js";
import { waitFor } from "../../process/index.js";
import { defineOptions, type ValuesOf } from "../option.js";
import { defineVerb, type CliContext } from "../verb.js";
import { accessOf, accessOptions, topicArgument, type TopicValue } from "./shared.js";

const deleteOptions = defineOptions([
  ...accessOptions,
  { flags: "--yes", description: "delete without confirmation", default: false },
]);
type DeleteOptions = ValuesOf<typeof deleteOptions> & TopicValue;

export const deleteVerb = defineVerb({
  name: "topics delete",
  summary: "delete a topic and all its records",
  description:
    "Deletes a topic after confirmation. Kafka's internal topics, whose names begin with __, cannot be deleted.",
  arguments: [topicArgument],
  options: deleteOptions,
  examples: ["muonitor topics delete numbers", "muonitor topics delete numbers --yes"],
  run: remove,
});

async function remove(options: DeleteOptions, context: CliContext): Promise<number> {
  const { topic, yes } = options;
  if (isInternal(topic)) throw new UsageError(`${topic} is an internal topic of Kafka and cannot be deleted`);
  return asAdmin(accessOf(options, context), async (admin) => {
    await requireTopic(admin, topic);
    const ends = await offsetsOf(admin, topic);
    const offsets = ends.reduce((sum, { low, high }) => sum + BigInt(high) - BigInt(low), 0n);
    if (!yes && !(await confirmed(`delete ${topic} with ${offsets} offsets?`, context))) {
      context.log.warn("nothing was deleted");
      return 1;
    }
    await admin.deleteTopics({ topics: [topic] });
    await untilGone(admin, topic, context.signal);
    context.stdout.write(`topic ${topic} deleted\n`);
    return 0;
  });
}

const goneWithinMs = 30_000;
const pollMs = 100;

/** Waits until no broker lists the topic, because brokers apply the deletion at different times. */
async function untilGone(admin: TopicAdmin, topic: string, signal: AbortSignal): Promise<void> {
  const isGone = async (): Promise<boolean> => !(await admin.listTopics()).includes(topic);
  if (await waitFor(isGone, { everyMs: pollMs, withinMs: goneWithinMs, signal })) return;
  throw new MuonitorError(
    `topic ${topic} is marked for deletion, but still listed after ${goneWithinMs / 1000} s`,
  );
}

/** Asks on the terminal. @throws UsageError without a terminal */
async function confirmed(question: string, { stdin, stderr, signal }: CliContext): Promise<boolean> {
  if (!("isTTY" in stdin) || stdin.isTTY !== true) throw new UsageError(`${question} Use --yes to confirm`);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    throw new MuonitorError("interrupted; nothing was deleted");
  } finally {
    terminal.close();
  }
}
