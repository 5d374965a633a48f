/** `topics peek`: shows the records of a topic. */
import { UsageError } from "../../../pipeline/model/index.js";
import { type KafkaAccess, type OffsetRange, readRanges, type TopicRecord } from "../../kafka/index.js";
import {
  csvHeader,
  csvHeaderOf,
  csvRow,
  formatRecord,
  readValue,
  type RecordFormat,
  recordFormats,
  type Row,
  unroll,
} from "../../topics/index.js";
import { planOutput } from "../output-plan.js";
import { openOutput, type Output, OutputClosed } from "../output.js";
import { defineOptions, type ValuesOf, wholeNumber } from "../option.js";
import { type CliContext, defineVerb } from "../verb.js";
import { TopicSchema } from "./schema.js";
import {
  accessOf,
  accessOptions,
  rangeOptions,
  rangesOf,
  reportUnread,
  topicArgument,
  type TopicValue,
} from "./shared.js";

const peekOptions = defineOptions([
  ...accessOptions,
  ...rangeOptions,
  {
    flags: "--limit <records>",
    description: "stop after this many records",
    parse: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  },
  {
    flags: "--format <format>",
    description: "raw writes only the values, with a line feed after each",
    choices: recordFormats,
    defaultText: "text; csv with --unroll",
  },
  {
    flags: "--unroll",
    description:
      "JSON values as rows (csv or json): nested objects become dotted columns, arrays become rows; csv reads the topic twice",
    default: false,
  },
  {
    flags: "--schema",
    description: "infer the schema of the values: a tree as text, JSON Schema with --format json",
    default: false,
  },
  { flags: "--output <path>", description: "file to write to, or - for standard output", default: "-" },
]);
type PeekOptions = ValuesOf<typeof peekOptions> & TopicValue;

export const peekVerb = defineVerb({
  name: "topics peek",
  summary: "show the records of a topic",
  description: `Shows the records of a topic as raw values, as lines of text (time, partition and offset, key, value), as JSON Lines or
as CSV; or infers the schema of its values. Reads one partition after another, each in order, up to the end of the topic at the
start of the command.`,
  arguments: [topicArgument],
  options: peekOptions,
  examples: [
    "muonitor topics peek numbers --format raw",
    "muonitor topics peek data_clean --from -1 --format raw",
    "muonitor topics peek data_raw --from 2026-11-21T10:00:00Z --to 2026-11-21T10:00:05Z --limit 10",
    "muonitor topics peek data_clean --schema",
    "muonitor topics peek events --unroll > events.csv",
  ],
  run: peek,
});

async function peek(options: PeekOptions, context: CliContext): Promise<number> {
  const { unroll: unrolled, schema, format = unrolled ? "csv" : "text" } = options;
  if (unrolled && schema) throw new UsageError("--schema and --unroll cannot be combined");
  if (unrolled && format !== "csv" && format !== "json")
    throw new UsageError("--unroll needs --format csv or json");
  if (schema && format !== "text" && format !== "json")
    throw new UsageError("--schema needs --format text or json");
  const target = await planOutput({ option: "--output", path: options.output }, context);
  const access = accessOf(options, context);
  const reading = new Reading(options, access, await rangesOf(options, access), context);
  const output = await openOutput(target, context);
  try {
    if (schema) await showSchema(reading, format === "json", output);
    else if (unrolled) await showRows(reading, format === "csv", output);
    else await showRecords(reading, format, output);
    await output.close();
  } catch (error) {
    await output.discard();
    if (error instanceof OutputClosed) return 0;
    throw error;
  }
  reportUnread(reading.unread, context);
  return 0;
}

/** A range of records that can be read repeatedly. */
class Reading {
  unread: OffsetRange[] = [];

  constructor(
    private readonly options: PeekOptions,
    private readonly access: KafkaAccess,
    private readonly ranges: readonly OffsetRange[],
    private readonly context: CliContext,
  ) {}

  async each(take: (record: TopicRecord) => void | Promise<void>): Promise<void> {
    const { topic, limit = Infinity } = this.options;
    let left = limit;
    this.unread = await readRanges({
      access: this.access,
      topic,
      ranges: this.ranges,
      take: async (record) => {
        await take(record);
        return (left -= 1) > 0;
      },
      signal: this.context.signal,
    });
  }
}

async function showRecords(reading: Reading, format: RecordFormat, output: Output): Promise<void> {
  const lines = new Lines(output);
  if (format === "csv") await lines.add(csvHeader);
  await reading.each((record) => lines.add(formatRecord(record, format)));
  await lines.flush();
}

async function showRows(reading: Reading, isCsv: boolean, output: Output): Promise<void> {
  const lines = new Lines(output);
  const columns = isCsv ? await columnsOf(reading) : [];
  if (columns.length > 0) await lines.add(csvHeaderOf(columns));
  await reading.each(async (record) => {
    for (const row of rowsOf(record)) await lines.add(isCsv ? csvRow(row, columns) : JSON.stringify(row));
  });
  await lines.flush();
}

/** All columns, in the order of their first occurrence. */
async function columnsOf(reading: Reading): Promise<string[]> {
  const columns = new Set<string>();
  await reading.each((record) => {
    for (const row of rowsOf(record)) for (const name of Object.keys(row)) columns.add(name);
  });
  return [...columns];
}

/** Rows of a record: one row for a value that is not JSON, none for an empty value. */
function rowsOf({ value }: TopicRecord): Row[] {
  const { kind, text, json } = readValue(value);
  if (kind === "empty") return [];
  return kind === "JSON" ? unroll(json) : unroll(text ?? Buffer.from(value ?? []).toString("base64"));
}

async function showSchema(reading: Reading, asJson: boolean, output: Output): Promise<void> {
  const schema = new TopicSchema();
  await reading.each(({ value }) => schema.add(value));
  await output.write(asJson ? `${JSON.stringify(schema.toJson(), null, 2)}\n` : schema.toText());
}

const blockBytes = 1 << 16;
const lineFeed = Buffer.from("\n");

class Lines {
  private parts: Uint8Array[] = [];
  private bytes = 0;

  constructor(private readonly output: Output) {}

  async add(line: string | Uint8Array): Promise<void> {
    const part = typeof line === "string" ? Buffer.from(line) : line;
    this.parts.push(part, lineFeed);
    this.bytes += part.length + 1;
    if (this.bytes >= blockBytes) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.bytes === 0) return;
    const block = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    await this.output.write(block);
  }
}
