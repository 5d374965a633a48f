/** `doctor`: checks this machine for missing requirements, and explains how to install them. */
import { checkEndpoint } from "../../producer/index.js";
import { readSettings, brokersOption, flinkMasterOption, kafkaSettingsOption } from "./flink-options.js";
import { localChecks, type Runner } from "./doctor/local.js";
import { networkChecks } from "./doctor/network.js";
import type { Check, Finding, Purpose } from "./doctor/finding.js";
import { jsonOption } from "./topics/shared.js";
import { s3EndpointOption } from "./s3-options.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const doctorOptions = defineOptions([
  {
    flags: "--runner <runner>",
    description: "runner whose requirements to check",
    choices: ["embedded", "flink", "spark"],
    default: "embedded",
  },
  { ...brokersOption, default: undefined, defaultText: "Kafka is not checked" },
  kafkaSettingsOption,
  { ...flinkMasterOption, default: undefined, defaultText: "Flink is not checked" },
  s3EndpointOption,
  stateFolderOption,
  jsonOption,
]);
type DoctorOptions = ValuesOf<typeof doctorOptions>;

export const doctorVerb = defineVerb({
  name: "doctor",
  summary: "check this machine for missing requirements and explain how to install them",
  description: `Checks Node, Java, Maven, the jars of Kafka, Flink and Spark, disk, memory, ports, Chromium (for tests) and settings, and
whether Kafka, Flink and S3 respond if options name them. Changes nothing. The exit code is 1 when a requirement of the runner
is missing.`,
  options: doctorOptions,
  examples: ["muonitor doctor", "muonitor doctor --runner flink --bootstrap-servers kafka:9092"],
  run: diagnose,
});

async function diagnose(options: DoctorOptions, context: CliContext): Promise<number> {
  const { runner, bootstrapServers, flinkMaster, json } = options;
  const s3Endpoint = options.s3Endpoint === undefined ? undefined : checkEndpoint(options.s3Endpoint);
  const kafka =
    bootstrapServers === undefined
      ? null
      : { bootstrapServers, kafkaSettings: readSettings(options, context) };
  const checks = [
    ...localChecks({ env: context.env, stateFolder: stateFolder(options, context), runner }),
    ...networkChecks({ kafka, flinkMaster, s3Endpoint, signal: context.signal }),
  ];
  const findings = await Promise.all(checks.map((check) => findingOf(check, purposesOf(runner))));
  context.signal.throwIfAborted();
  const isFit = findings.every(({ status }) => status !== "missing");
  context.stdout.write(
    json ? `${JSON.stringify({ fit: isFit, runner, findings })}\n` : textOf(findings, runner, isFit),
  );
  return isFit ? 0 : 1;
}

/** Requirements of a runner; anything named in an option is always required. */
function purposesOf(runner: Runner): ReadonlySet<Purpose> {
  return new Set<Purpose>(runner === "embedded" ? ["everything"] : ["everything", "cluster"]);
}

/** An absent item counts as missing only if it is needed. */
async function findingOf({ what, purpose, look }: Check, needed: ReadonlySet<Purpose>): Promise<Finding> {
  const { is, found, help } = await look().catch((error: unknown) => ({
    is: "absent" as const,
    found: error instanceof Error ? error.message : String(error),
    help: null,
  }));
  const status = is === "absent" && needed.has(purpose) ? "missing" : is;
  return { what, status, found, needed_for: neededFor[purpose], help: is === "ok" ? null : help };
}

const neededFor: Record<Purpose, string> = {
  everything: "everything",
  cluster: "--runner flink and spark on this machine, and their services",
  tests: "the tests of the page",
};

const marks = { ok: "ok", absent: "-", missing: "MISSING", doubtful: "note" };

function textOf(findings: readonly Finding[], runner: string, isFit: boolean): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.flatMap(({ what, status, found, needed_for: need, help }) => [
    `${marks[status].padEnd(8)}${what.padEnd(width + 2)}${found}`,
    ...(help === null ? [] : [`${" ".repeat(width + 10)}${help} (for ${need})`]),
  ]);
  const verdict = isFit ? `ready for --runner ${runner}` : `NOT ready for --runner ${runner}`;
  return `${lines.join("\n")}\n\n${verdict}\n`;
}
