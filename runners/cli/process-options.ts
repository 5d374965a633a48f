/** The options of `process`, and their valid combinations. */
import { availableParallelism } from "node:os";
import { defaultRawTopic, maxRunWord, UsageError } from "../../pipeline/model/index.js";
import { fileFormats, standardInput } from "../input/inputs.js";
import { parsePartitionPositions, partitionPositionWords } from "../kafka/position-text.js";
import { detectorOption, noMuonsOption, windowOption } from "./detector-file.js";
import { brokersOption, flinkMasterOption, kafkaSettingsOption, workerPoolOption } from "./flink-options.js";
import { checkLayout, defaultLayout, layoutOptions, rawFormatOption } from "./layout-options.js";
import { judgingOptions } from "./judging-options.js";
import { s3Options } from "./s3-options.js";
import { stateFolderOption } from "./system-options.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";

/** Value of `--input` for a topic. */
export const topicInput = "kafka";

const referenceName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const inputOptions = defineOptions([
  {
    flags: "--input <path>",
    description: `file, directory (its files in order of name, without hidden ones), ${standardInput} for standard input, s3://bucket/prefix, or ${topicInput} for a topic; all but a topic can be given more than once`,
    required: true,
    repeatable: true,
  },
  {
    flags: "--format <format>",
    description:
      "input format; auto uses the file name: .dat, .json .jsonl .ndjson, anything else csv (.gz is removed first)",
    choices: fileFormats,
    default: "auto",
  },
  ...layoutOptions,
  {
    flags: "--run <number>",
    description: "run number for rows that carry none",
    parse: wholeNumber(0, maxRunWord),
  },
  {
    flags: "--time <clock>",
    description:
      "clock that assigns rows to windows: detector (the orbit counter) or arrival (the time of a topic's records)",
    choices: ["detector", "arrival"],
    default: "detector",
  },
  windowOption,
  detectorOption,
]);

const topicOptions = defineOptions([
  {
    flags: "--topic <name>",
    description: `with --input ${topicInput}: topic of the rows`,
    default: defaultRawTopic,
  },
  {
    flags: "--from <place>",
    description: `with --input ${topicInput}: first record: ${partitionPositionWords}`,
    parse: (text) => parsePartitionPositions(text, { kind: "earliest" }),
    default: parsePartitionPositions("earliest", { kind: "earliest" }),
    defaultText: "earliest",
  },
  {
    flags: "--to <place>",
    description: `with --input ${topicInput}: end of the range, in the form of --from; records after the start of the run are never read`,
    parse: (text) => parsePartitionPositions(text, { kind: "latest" }),
    default: parsePartitionPositions("latest", { kind: "latest" }),
    defaultText: "latest",
  },
  brokersOption,
  kafkaSettingsOption,
  { ...rawFormatOption, description: `with --input ${topicInput}: ${rawFormatOption.description}` },
]);

const outputOptions = defineOptions([
  {
    flags: "--output <path>",
    description: `file for the messages, or ${standardInput} for standard output`,
    default: "-",
  },
  {
    flags: "--system-c <path>",
    description: "file for the windows in the JSON form of the earlier system C, one per line",
  },
  {
    flags: "--muons <path>",
    description: "file for every segment: CSV when its name ends in .csv, else JSON Lines",
  },
  noMuonsOption,
  { flags: "--summary <path>", description: "file for the ledger of the whole run, as JSON" },
  {
    flags: "--judge <path>",
    description: "file for the judgement of the windows, as muonitor judge writes it",
  },
  { flags: "--judge-summary <path>", description: "with --judge: file for the verdict of the run, as JSON" },
  ...judgingOptions,
  {
    flags: "--save-reference <name>",
    description: "save the sum of all windows in the state folder as a reference",
    parse: (text) => {
      if (referenceName.test(text)) return text;
      throw new Error(`must be 1 to 64 letters, digits, dots, dashes and underscores, not "${text}"`);
    },
  },
]);

const runnerOptions = defineOptions([
  {
    flags: "--runner <runner>",
    description: "where the pipeline runs: in this process, or on a cluster",
    choices: ["direct", "flink", "spark"],
    default: "direct",
  },
  {
    flags: "--threads <count>",
    description: "in this process: threads for large inputs, 1 to 64; each needs about 100 MB more",
    parse: wholeNumber(1, 64),
    default: 1,
  },
  {
    flags: "--workers <count>",
    description: "on a cluster: number of parallel worker processes, 1 to 64",
    parse: wholeNumber(1, 64),
    default: Math.min(64, availableParallelism()),
    defaultText: "the number of processors of this machine",
  },
  {
    ...flinkMasterOption,
    description: "with --runner flink: REST interface of an existing cluster",
    defaultText: "a cluster is started and stopped",
  },
  {
    flags: "--spark-master <url>",
    description: "with --runner spark: an existing cluster, such as spark://host:7077",
    defaultText: "Spark runs on this machine",
  },
  {
    ...workerPoolOption,
    description:
      "on an existing cluster: address at which its machines reach the worker pool (muonitor worker)",
    defaultText: "a pool on this machine is started and stopped",
  },
  {
    flags: "--shared-dir <path>",
    description:
      "on a cluster: folder that all its machines can access under this path; they must also be able to access the inputs",
    defaultText: "in the state folder",
  },
  {
    flags: "--piece-size <MiB>",
    description: "on a cluster: amount that one task reads at a time, 1 to 32 MiB",
    parse: wholeNumber(1, 32),
    default: 8,
  },
  {
    flags: "--orbit-shards <count>",
    description: "on a cluster: number of keys over which the orbits of a window are spread, 1 to 64",
    parse: wholeNumber(1, 64),
    default: 4,
  },
  {
    flags: "--stall-timeout <seconds>",
    description: "on a cluster: abort the run after this time without progress, 10 to 86400 s",
    parse: wholeNumber(10, 86_400),
    default: 300,
  },
  {
    flags: "--patience <seconds>",
    description: "old name of --stall-timeout",
    parse: wholeNumber(10, 86_400),
    hidden: true,
  },
  stateFolderOption,
]);

export const processOptions = defineOptions([
  ...inputOptions,
  ...outputOptions,
  ...runnerOptions,
  ...topicOptions,
  ...s3Options,
]);

export type ProcessOptions = ValuesOf<typeof processOptions>;

/** @throws UsageError for options that cannot be combined */
export function checkOptions(options: ProcessOptions): void {
  const { input, time, runner, flinkMaster, sparkMaster, workerPool } = options;
  const isTopic = input.includes(topicInput);
  checkLayout(options, options.format);
  if (isTopic && options.layout !== defaultLayout)
    throw new UsageError(
      `--layout needs files; with --input ${topicInput}, use --raw-format for the format of the values`,
    );
  if (!isTopic && options.rawFormat !== "rows")
    throw new UsageError(`--raw-format needs --input ${topicInput}`);
  if (isTopic && input.length > 1)
    throw new UsageError(`--input ${topicInput} cannot be combined with other inputs`);
  if (time === "arrival" && !isTopic)
    throw new UsageError(`--time arrival needs --input ${topicInput}: rows of files have no arrival time`);
  if (flinkMaster !== undefined && runner !== "flink")
    throw new UsageError("--flink-master needs --runner flink");
  if (sparkMaster !== undefined && runner !== "spark")
    throw new UsageError("--spark-master needs --runner spark");
  if (options.judge === undefined) {
    const { judgeSummary, reference, rules, failOn } = options;
    const given = {
      "--judge-summary": judgeSummary,
      "--reference": reference,
      "--rules": rules,
      "--fail-on": failOn,
    };
    const [alone] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
    if (alone !== undefined) throw new UsageError(`${alone} needs --judge`);
  }
  if (workerPool !== undefined && flinkMaster === undefined && sparkMaster === undefined)
    throw new UsageError("--worker-pool needs --flink-master or --spark-master");
}
