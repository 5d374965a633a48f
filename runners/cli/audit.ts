/** `audit`: is every message of `data_raw` in the windows of `data_clean`? */
import { topicsOf, type WindowMessage } from "../../pipeline/model/index.js";
import { Audit, type AuditReport, type SourceAudit } from "../flink/audit.js";
import type { Range } from "../flink/range-set.js";
import { readTopic, topicEnds } from "../flink/read-topic.js";
import { createKafka } from "../kafka/index.js";
import { brokersOption, kafkaSettingsOption, readSettings } from "./flink-options.js";
import { streamOption } from "./system-options.js";
import { wholeNumber, type CliContext, type OptionValues, type Verb } from "./verb.js";

interface AuditOptions {
  bootstrapServers: string;
  kafkaSettings?: string;
  stream: string;
  rawTopic?: string;
  cleanTopic?: string;
  lateness: number;
  settle: number;
  json: boolean;
}

export const auditVerb: Verb = {
  name: "audit",
  summary: "say whether every row on its way through Kafka is accounted for",
  description: `Reads data_raw and the newest message of every window on data_clean, both from their oldest record to their end,
and compares the sequence numbers that our producers write with those that the windows list. The exit code is 1 when a
message is missing or counted twice. Messages of foreign producers bear no number: they are counted, nothing more.`,
  options: [
    brokersOption,
    kafkaSettingsOption,
    streamOption,
    { flags: "--raw-topic <name>", description: "topic of the rows", defaultText: "that of the stream" },
    {
      flags: "--clean-topic <name>",
      description: "topic of the messages",
      defaultText: "that of the stream",
    },
    {
      flags: "--lateness <seconds>",
      description:
        "how long after its end a window was corrected; what came later is late, not missing, in s, 0 to 3600",
      parse: wholeNumber(0, 3600),
      default: 60,
    },
    {
      flags: "--settle <seconds>",
      description: "messages younger than this may be in open windows, in s, 0 to 3600",
      parse: wholeNumber(0, 3600),
      default: 30,
    },
    { flags: "--json", description: "the whole report as JSON", default: false },
  ],
  examples: ["muonitor audit", "muonitor audit --json --bootstrap-servers kafka:9092"],
  run: (options, context) => audit(options as OptionValues & AuditOptions, context),
};

async function audit(options: AuditOptions, context: CliContext): Promise<number> {
  const settledMs = Date.now() - options.settle * 1000;
  const report = await compareTopics(options, context, settledMs);
  context.stdout.write(`${options.json ? JSON.stringify(report) : verdict(report)}\n`);
  return report.complete ? 0 : 1;
}

async function compareTopics(
  options: AuditOptions,
  context: CliContext,
  settledMs: number,
): Promise<AuditReport> {
  const { bootstrapServers, lateness } = options;
  const ofStream = topicsOf(options.stream);
  const { rawTopic = ofStream.rawTopic, cleanTopic = ofStream.cleanTopic } = options;
  const kafka = createKafka(
    { bootstrapServers, kafkaSettings: readSettings(options, context) },
    "muonitor-audit",
  );
  // In this order: what a window lists is on the topic before its end.
  const cleanEnds = await topicEnds(kafka, cleanTopic);
  const rawEnds = await topicEnds(kafka, rawTopic);
  const all = new Audit({ allowedLatenessMs: lateness * 1000, settledMs });
  const text = new TextDecoder();
  const takeClean = ({ key, value }: { key: Uint8Array | null; value: Uint8Array }): void => {
    if (value.length > 0)
      all.takeWindow(text.decode(key ?? undefined), JSON.parse(text.decode(value)) as WindowMessage);
  };
  await readTopic(kafka, cleanTopic, cleanEnds, takeClean, context.signal);
  await readTopic(kafka, rawTopic, rawEnds, (record) => all.takeRecord(record), context.signal);
  return all.report();
}

/** The whole report in one line. */
export function verdict(report: AuditReport): string {
  const { sources, windows, rows, partial_windows: partial } = report;
  const sum = (count: (source: SourceAudit) => number): number =>
    sources.reduce((total, source) => total + count(source), 0);
  const faults = sources.flatMap(faultsOf);
  if (report.wrong_ledgers > 0) faults.push(`${report.wrong_ledgers} ledgers do not add up`);
  const truncated = sum(({ truncated_windows: count }) => count);
  const notes = [
    `${sum(({ messages }) => messages)} messages of ${sources.length} sources and partitions`,
    `${rows} rows in ${windows} windows${partial > 0 ? ` (${partial} partial)` : ""}`,
    `${sum(({ duplicates }) => duplicates)} duplicates`,
    `${sum(({ late }) => sizeOf(late))} late and dropped`,
    `${sum(({ open }) => open)} in open windows`,
    `${sum(({ never_sent: gaps }) => sizeOf(gaps))} numbers never sent`,
    `${report.foreign_messages} foreign messages that cannot be checked`,
    ...(truncated > 0
      ? [`${truncated} windows list only their first 64 ranges, what is missing may be there`]
      : []),
  ];
  const head = report.complete ? "every message is accounted for" : `NOT accounted for: ${faults.join("; ")}`;
  return `${head}: ${notes.join(", ")}`;
}

function faultsOf({ id, epoch, partition, missing, doubled }: SourceAudit): string[] {
  const source = `${id} epoch ${epoch} partition ${partition}`;
  return [
    ...(missing.length > 0 ? [`${source} misses ${sizeOf(missing)} messages (${rangesText(missing)})`] : []),
    ...(doubled > 0 ? [`${source} has ${doubled} messages counted twice`] : []),
  ];
}

const shownRanges = 5;

function rangesText(ranges: readonly Range[]): string {
  const shown = ranges
    .slice(0, shownRanges)
    .map(([first, last]) => (first === last ? String(first) : `${first}-${last}`));
  return [...shown, ...(ranges.length > shownRanges ? ["…"] : [])].join(", ");
}

const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
