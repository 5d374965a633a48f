/** `topics count` */
import { readRanges, type OffsetRange, type TopicRecord } from "../../kafka/index.js";
import { defineOptions, type ValuesOf } from "../option.js";
import { defineVerb, type CliContext } from "../verb.js";
import {
  accessOf,
  accessOptions,
  jsonOption,
  rangeOptions,
  rangesOf,
  reportUnread,
  topicArgument,
  type TopicValue,
} from "./shared.js";

const countOptions = defineOptions([
  ...accessOptions,
  ...rangeOptions,
  {
    flags: "--fast",
    description: "use only the offsets, without reading: an upper limit",
    default: false,
  },
  jsonOption,
]);
type CountOptions = ValuesOf<typeof countOptions> & TopicValue;

export const countVerb = defineVerb({
  name: "topics count",
  summary: "count the records of a topic",
  description: `Reads the topic and counts its records, exactly: offsets also count records that transactions and compaction have
removed. Empty records are heartbeats of muonitor produce or, on a compacted topic, mark a deleted key.`,
  arguments: [topicArgument],
  options: countOptions,
  examples: ["muonitor topics count data_raw", "muonitor topics count data_raw --from -1h"],
  run: count,
});

interface Tally {
  records: number;
  empty: number;
  bytes: number;
  offsets: number;
}

async function count(options: CountOptions, context: CliContext): Promise<number> {
  const access = accessOf(options, context);
  const ranges = await rangesOf(options, access);
  const offsets = ranges.reduce((sum, { from, to }) => sum + spanOf(from, to), 0);
  if (options.fast) {
    context.stdout.write(options.json ? `${JSON.stringify({ offsets })}\n` : `${offsets} offsets\n`);
    return 0;
  }
  const tally: Tally = { records: 0, empty: 0, bytes: 0, offsets };
  const unread: OffsetRange[] = await readRanges({
    access,
    topic: options.topic,
    ranges,
    take: (record) => add(tally, record),
    signal: context.signal,
  });
  reportUnread(unread, context);
  context.stdout.write(options.json ? `${JSON.stringify(tally)}\n` : `${textOf(tally)}\n`);
  return 0;
}

function spanOf(from: bigint, to: bigint): number {
  return to > from ? Number(to - from) : 0;
}

function add(tally: Tally, { value, key }: TopicRecord): true {
  tally.records += 1;
  tally.bytes += (value?.length ?? 0) + (key?.length ?? 0);
  if (value === null || value.length === 0) tally.empty += 1;
  return true;
}

function textOf({ records, empty, bytes, offsets }: Tally): string {
  const gaps = offsets - records;
  const notes = [
    `${bytes} bytes of keys and values`,
    ...(empty > 0 ? [`${empty} of them empty`] : []),
    ...(gaps > 0 ? [`${gaps} offsets without a record`] : []),
  ];
  return `${records} record${records === 1 ? "" : "s"}, ${notes.join(", ")}`;
}
