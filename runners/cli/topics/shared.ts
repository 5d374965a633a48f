/** Options shared by the verbs about topics: access to Kafka, topic, and range. */
import {
  asAdmin,
  offsetsOf,
  parsePosition,
  positionWords,
  rangesBetween,
  requirePartition,
  requireTopic,
  type KafkaAccess,
  type OffsetRange,
} from "../../kafka/index.js";
import { brokersOption, kafkaSettingsOption, readSettings } from "../flink-options.js";
import { withServers } from "../find-servers.js";
import { stateFolderOption } from "../system-options.js";
import { defineOption, defineOptions, type ArgumentValuesOf, type ValuesOf } from "../option.js";
import type { CliContext } from "../verb.js";

export const accessOptions = defineOptions([brokersOption, kafkaSettingsOption, stateFolderOption]);
type AccessOptions = ValuesOf<typeof accessOptions>;

export const jsonOption = defineOption({ flags: "--json", description: "print JSON", default: false });

export function accessOf(options: AccessOptions, context: CliContext): KafkaAccess {
  const found = withServers(options, ["bootstrapServers"], context);
  return {
    bootstrapServers: found.bootstrapServers,
    kafkaSettings: readSettings(found, context),
    signal: context.signal,
  };
}

export const topicArgument = { name: "<topic>", description: "name of the topic" } as const;
export type TopicValue = ArgumentValuesOf<[typeof topicArgument]>;

export const rangeOptions = defineOptions([
  {
    flags: "--from <place>",
    description: `first record: ${positionWords}; times are UTC unless they have a time zone`,
    parse: (text) => parsePosition(text),
    default: { kind: "earliest" },
    defaultText: "earliest",
  },
  {
    flags: "--to <place>",
    description: "end of the range, in the form of --from; the record at that offset or time is excluded",
    parse: (text) => parsePosition(text),
    default: { kind: "latest" },
    defaultText: "latest",
  },
  {
    flags: "--partition <number>",
    description: "only this partition; can be given more than once",
    parse: partitionNumber,
    repeatable: true,
  },
]);
type RangeOptions = ValuesOf<typeof rangeOptions> & TopicValue;

function partitionNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Error(`must be a whole number from 0, not "${text}"`);
}

/** The requested offsets; the topic must exist. */
export function rangesOf(options: RangeOptions, access: KafkaAccess): Promise<OffsetRange[]> {
  return asAdmin(access, async (admin) => {
    await requireTopic(admin, options.topic);
    const { topic, from, to, partition: wanted } = options;
    const { length } = await offsetsOf(admin, topic);
    for (const partition of wanted ?? []) requirePartition(topic, partition, length);
    return rangesBetween(admin, topic, from, to, wanted);
  });
}

/** Reports offsets without readable records, which would otherwise look lost. */
export function reportUnread(unread: readonly OffsetRange[], { log }: CliContext): void {
  for (const { partition, from, to } of unread) {
    log.warn(
      `partition ${partition}: offsets ${from} to ${to - 1n} contain no readable record: ` +
        `records were removed, or their transaction is still open`,
    );
  }
}
