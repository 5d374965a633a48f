/** `audit`: checks that every message of `data_raw` is in a window of `data_clean`. */
import { topicsOf } from "../../pipeline/model/index.js";
import type { AuditReport } from "../flink/audit-report.js";
import { auditTopics } from "../flink/audit-topics.js";
import { verdict } from "./audit-verdict.js";
import { withServers } from "./find-servers.js";
import { cleanTopicOption, foundStreamOption, latenessOption, rawTopicOption } from "./system-options.js";
import { accessOf, accessOptions, reportUnread } from "./topics/shared.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const auditOptions = defineOptions([
  ...accessOptions,
  foundStreamOption,
  rawTopicOption,
  cleanTopicOption,
  latenessOption(
    "how long after its end a window could be corrected; later messages count as late, not as missing",
  ),
  {
    flags: "--settle <seconds>",
    description: "age below which a message may still be in an open window, in s, 0 to 3600",
    parse: wholeNumber(0, 3600),
    default: 30,
  },
  { flags: "--json", description: "print the whole report as JSON", default: false },
]);
type AuditOptions = ValuesOf<typeof auditOptions>;

export const auditVerb = defineVerb({
  name: "audit",
  summary: "check that every row in Kafka is accounted for",
  description: `Reads data_raw and the newest message of every window on data_clean, from the oldest record to the end. Compares
the sequence numbers that muonitor produce has written with the numbers that the windows list.

The exit code is 1 when a message is missing, counted twice, or in no window because its timestamp is not in ms. Messages whose
windows are no longer in data_clean are counted separately.

The tally topic counts the messages that the job has read for each window. With it, audit distinguishes late messages from
missing ones, and checks whether messages without sequence numbers, from other producers, were all read.`,
  options: auditOptions,
  examples: ["muonitor audit", "muonitor audit --json --bootstrap-servers kafka:9092"],
  run: audit,
});

async function audit(options: AuditOptions, context: CliContext): Promise<number> {
  const settledMs = Date.now() - options.settle * 1000;
  const found = withServers(options, ["bootstrapServers"], context);
  const report = await compareTopics(found, context, settledMs);
  context.stdout.write(`${options.json ? JSON.stringify(report) : verdict(report)}\n`);
  return report.complete ? 0 : 1;
}

function compareTopics(
  options: AuditOptions & { stream: string },
  context: CliContext,
  settledMs: number,
): Promise<AuditReport> {
  const ofStream = topicsOf(options.stream);
  return auditTopics(
    {
      access: accessOf(options, context),
      rawTopic: options.rawTopic ?? ofStream.rawTopic,
      cleanTopic: options.cleanTopic ?? ofStream.cleanTopic,
      unread: (ranges) => reportUnread(ranges, context),
      signal: context.signal,
    },
    { allowedLatenessMs: options.lateness * 1000, settledMs },
  );
}
