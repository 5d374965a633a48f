/** `submit`: submits the streaming pipeline to a Flink cluster. */
import { topicsOf } from "../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import { submitStreamingJob, usualBundle } from "../flink/streaming-job.js";
import {
  brokersOption,
  flinkMasterOption,
  jobNameText,
  kafkaSettingsOption,
  readSettings,
  workerPoolOption,
} from "./flink-options.js";
import { findJob, FlinkRest } from "../flink/rest.js";
import { jobNameOf } from "../flink/job-name.js";
import {
  cleanTopicOption,
  foundStreamOption,
  rawTopicOption,
  stateFolder,
  stateFolderOption,
  latenessOption,
} from "./system-options.js";
import { withServers } from "./find-servers.js";
import {
  chooseDetector,
  detectorOption,
  noMuonsOption,
  systemCOption,
  windowOption,
} from "./detector-file.js";
import { asInWords, rawFormatOption } from "./layout-options.js";
import { defineOption, defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

function number<const Flags extends string>(
  flags: Flags,
  what: string,
  unit: string,
  range: readonly [number, number],
  value: number,
) {
  return defineOption({
    flags,
    description: `${what}, ${unit === "" ? "" : `in ${unit}, `}${range[0]} to ${range[1]}`,
    parse: wholeNumber(...range),
    default: value,
  });
}

const pipelineOptions = defineOptions([
  rawFormatOption,
  foundStreamOption,
  windowOption,
  detectorOption,
  systemCOption,
  noMuonsOption,
  latenessOption("how long after its end a window is still corrected"),
  number(
    "--orbit-shards <count>",
    "number of keys over which the orbits of a window are spread",
    "",
    [1, 64],
    8,
  ),
]);

const kafkaOptions = defineOptions([
  brokersOption,
  kafkaSettingsOption,
  rawTopicOption,
  cleanTopicOption,
  {
    flags: "--group <name>",
    description: "consumer group; it must have no offsets, because the job keeps its own",
    defaultText: jobNameText,
  },
  {
    flags: "--timestamps <clock>",
    description:
      "clock of the windows, as set for the topic: the producer's (CreateTime) or the broker's (LogAppendTime)",
    choices: ["CreateTime", "LogAppendTime"],
    default: "CreateTime",
  },
]);

const flinkOptions = defineOptions([
  flinkMasterOption,
  workerPoolOption,
  number("--workers <count>", "worker processes per TaskManager", "", [1, 64], 1),
  {
    flags: "--job-name <name>",
    description: "name of the job; jobs, savepoint and cancel find the job of a stream by its default name",
    defaultText: jobNameText,
  },
  number("--parallelism <count>", "number of parallel tasks; each needs a slot", "", [1, 128], 1),
  number("--checkpoint-interval <ms>", "time between checkpoints", "ms", [100, 60_000], 5000),
  number(
    "--bundle-size <count>",
    "maximum number of messages in a bundle",
    "",
    [1, 5000],
    usualBundle.maxBundleSize,
  ),
  number("--bundle-time <ms>", "maximum time of a bundle", "ms", [1, 5000], usualBundle.maxBundleTimeMs),
  {
    flags: "--from-savepoint <path>",
    description: "savepoint or checkpoint to resume from, as a path or URL that the cluster can access",
    defaultText: "start with the oldest row of the topic",
  },
  { flags: "--if-missing", description: "accept an existing job of this name", default: false },
]);

const submitOptions = defineOptions([
  ...kafkaOptions,
  ...flinkOptions,
  ...pipelineOptions,
  stateFolderOption,
]);
type SubmitOptions = ValuesOf<typeof submitOptions>;

export const submitVerb = defineVerb({
  name: "submit",
  summary: "start the streaming pipeline on a Flink cluster",
  description: `Submits the streaming job and waits until it runs and its first checkpoint is complete; prints its id.
Settings of job, topics or cluster that can lose rows are refused. The Java services needed to submit are started
temporarily; the job continues without them.`,
  options: submitOptions,
  examples: [
    "muonitor submit --bootstrap-servers kafka:9092 --flink-master flink:8081",
    "muonitor submit --stream lab2",
    "muonitor submit --from-savepoint $(muonitor savepoint --stop) --parallelism 2",
  ],
  run: submit,
});

async function submit(given: SubmitOptions, context: CliContext): Promise<number> {
  const options = withServers(given, ["bootstrapServers", "flinkMaster", "workerPool"], context);
  const { fromSavepoint } = options;
  const topics = topicsOf(options.stream);
  const jobName = options.jobName ?? jobNameOf(options.stream);
  const jobs = options.ifMissing ? await new FlinkRest(options.flinkMaster, context.signal).jobs() : [];
  const existing = findJob(jobs, jobName);
  if (existing !== undefined) {
    context.log.info(`the job ${jobName} already exists`);
    context.stdout.write(`${existing.jid}\n`);
    return 0;
  }
  const { jobId } = await submitStreamingJob({
    ...options,
    jobName,
    groupId: options.group ?? jobNameOf(options.stream),
    rawTopic: options.rawTopic ?? topics.rawTopic,
    cleanTopic: options.cleanTopic ?? topics.cleanTopic,
    kafkaSettings: readSettings(options, context),
    stateFolder: stateFolder(options, context),
    config: {
      ...defaultPipelineConfig,
      ...asInWords(chooseDetector(options, context), options),
      format: options.rawFormat,
      orbitShards: options.orbitShards,
    },
    allowedLatenessMs: options.lateness * 1000,
    checkpointIntervalMs: options.checkpointInterval,
    maxBundleSize: options.bundleSize,
    maxBundleTimeMs: options.bundleTime,
    ...(fromSavepoint === undefined ? {} : { savepointPath: fromSavepoint }),
    log: context.log.info,
    signal: context.signal,
  });
  context.stdout.write(`${jobId}\n`);
  return 0;
}
