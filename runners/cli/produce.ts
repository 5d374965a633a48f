/** `produce`: sends rows from a source to a running system or to Kafka. */
import {
  defaultRateHz,
  partitionRules,
  startProduction,
  troubleText,
  type ProductionStats,
} from "../../producer/index.js";
import { defaultStream, InterruptedError, topicsOf, UnavailableError } from "../../pipeline/model/index.js";
import { chooseDetector, detectorOption } from "./detector-file.js";
import { brokersOption, kafkaSettingsOption, readSettings } from "./flink-options.js";
import { defaultLayout } from "./layout-options.js";
import { endsWithin } from "../process/index.js";
import { follow } from "./produce-progress.js";
import { type Continuation, type ResumeOptions, withContinuation } from "../produce/resume.js";
import { type Target, TargetTopic } from "../produce/target-topic.js";
import { chooseSource, rowOptions, sourceOption } from "./source-options.js";
import type { LiveSource } from "../live/production.js";
import { nameOfRun } from "../live/source-names.js";
import { foundStreamOption, stateFolder, stateFolderOption } from "./system-options.js";
import { defineOption, defineOptions, type ValuesOf, wholeNumber } from "./option.js";
import { openRowFile, rowFileAt, type RowFile } from "./row-file.js";
import { type CliContext, defineVerb } from "./verb.js";
import { KafkaSender, partitionsOf } from "../kafka/index.js";
import { findSystem, SystemSender } from "../system/client.js";
import { readStateFile } from "../system/note.js";
import { findServers, withServers } from "./find-servers.js";

const senderCloseMs = 2000;

/** @param defaultRate rows/s */
export function produceOptions(defaultRate: number) {
  return defineOptions([
    sourceOption,
    ...rowOptions(defaultRate),
    {
      ...detectorOption,
      description:
        "detector file of another telescope (YAML or JSON), for the simulator; rows of inputs are sent unchanged",
    },
    { ...brokersOption, defaultText: "the running system, or the Kafka of muonitor init" },
    foundStreamOption,
    { flags: "--topic <name>", description: "topic of Kafka", defaultText: "that of the stream" },
    kafkaSettingsOption,
    {
      flags: "--partition-by <rule>",
      description: "partition of a row: messages in turn, or all rows of an orbit in the same partition",
      choices: partitionRules,
      default: "round-robin",
    },
    {
      flags: "--limit <rows>",
      description: "stop after this many rows",
      parse: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    },
    {
      flags: "--no-resume",
      description: "start from the beginning even if an earlier run of the same command was interrupted",
    },
    stateFolderOption,
  ]);
}
type ProduceOptions = ValuesOf<ReturnType<typeof produceOptions>>;

/** Not --output: its environment variable, set for process, would redirect rows that belong into a topic. */
const toFileOption = defineOption({
  flags: "--to-file <path>",
  description:
    "write the rows into this file and not into a topic, or to standard output with -; the file appears when it is complete. With --rate 0, the simulator writes 1000 rows per second of detector time",
});

export const produceVerb = defineVerb({
  name: "produce",
  summary: "send rows to the running system, to Kafka or into a file",
  description: `Sends rows of files, a bucket or the simulator to the topic data_raw of the embedded system that muonitor up has
started, to a topic of Kafka, or into a file (--to-file). Every row is acknowledged or reported; the last line shows the counts.

Into Kafka, each row is sent once, even when a broker fails. For files and buckets, a file in the state folder
records the progress: the same command resumes after a crash or Ctrl-C, and does not repeat rows that the topic already contains.`,
  options: [...produceOptions(defaultRateHz), toFileOption],
  examples: [
    "muonitor produce --input run12.txt --rate 0",
    "muonitor produce --source simulator --limit 100000 --rate 20000",
    "muonitor produce --telescope legnaro-real --limit 300000 --rate 0 --to-file rows.txt",
    "muonitor produce --input 'run12/data_*.txt' --rows-per-message 1000 --bootstrap-servers kafka:9092",
    "muonitor produce --input s3://minidt/run12/ --s3-profile telescope --bootstrap-servers kafka:9092",
  ],
  run: produce,
});

async function produce(options: ProduceOptions & { toFile?: string }, context: CliContext): Promise<number> {
  const { detector } = chooseDetector({ detector: options.detector }, context);
  const { toFile, ...others } = options;
  const file = toFile === undefined ? null : await rowFileAt(toFile, options.input ?? [], context);
  const source = await chooseSource(options, context, detector);
  if (file !== null) return writeRows(others, source, await openRowFile(file, context), context);
  const target = await chooseTarget(options, context);
  let topic: TargetTopic | null = null;
  try {
    topic = await TargetTopic.open(target, context.log.warn);
    const send = (own: Continuation): Promise<void> => sendRows(options, target, source, own, context);
    const resumable = resumeOptions(options, target, source, topic.id, context);
    if (resumable === null) await send({ id: nameOfRun(source.id, process.pid) });
    else await withContinuation(resumable, context, send);
    await topic.requireSame(context.signal.aborted);
    return 0;
  } catch (error) {
    // An error about lost records takes precedence over the interruption.
    if (error instanceof InterruptedError) await topic?.requireSame(true);
    throw error;
  } finally {
    topic?.close();
    await endsWithin(senderCloseMs, "the connection to Kafka", () => target.sender.close());
  }
}

/** Ctrl-C ends an endless source: then the rows written so far are the file. */
async function writeRows(
  options: ProduceOptions,
  source: LiveSource,
  file: RowFile,
  context: CliContext,
): Promise<number> {
  const { sender } = file;
  const target = { sender, partitions: 1, access: null, topic: "" };
  const report = ({ rows }: ProductionStats): string | null =>
    file.isClosed ? null : `${rows} rows written to ${file.name}`;
  try {
    const own = { id: nameOfRun(source.id, process.pid) };
    await sendRows(options, target, source, own, context, report);
  } catch (error) {
    await file.discard();
    if (file.isClosed) return 0;
    throw error;
  }
  await file.close();
  return 0;
}

/** @throws InterruptedError if Ctrl-C stops a finite source before its last row */
async function sendRows(
  { partitionBy, limit, loop }: ProduceOptions,
  { sender, partitions }: Target,
  { rows, rateHz, rowsPerMessage, inputs }: LiveSource,
  own: Continuation,
  context: CliContext,
  report?: (stats: ProductionStats) => string | null,
): Promise<void> {
  const production = startProduction({
    source: rows,
    ...{ sender, partitions, partitionBy, rateHz, rowsPerMessage },
    ...(limit === undefined ? {} : { limit }),
    onTrouble: (reason) => context.log.warn(troubleText(reason)),
    ...own,
  });
  await follow({ production, progress: () => rows.progress?.() ?? null, limit, report }, context);
  if (!context.signal.aborted || production.isComplete) return;
  const hint = own.journal === undefined ? "" : "run the same command to resume";
  const isEndless = limit === undefined && (inputs === undefined || loop);
  if (!isEndless) throw new InterruptedError(undefined, hint);
  if (hint !== "") context.log.info(hint);
}

/** The data with which this run can resume an earlier one and be resumed later; null if neither is possible. */
function resumeOptions(
  options: ProduceOptions,
  target: Target,
  source: LiveSource,
  topicId: string | null,
  context: CliContext,
): ResumeOptions | null {
  const { input = [], partitionBy, rowsPerMessage, limit = null, loop } = options;
  const { access, sender, partitions, topic } = target;
  const { inputs } = source;
  if (access === null || inputs === undefined) return null;
  if (options.skipBlocks > 0) {
    context.log.warn("with --skip-blocks this run cannot be resumed if it is interrupted");
    return null;
  }
  const passing = inputs.find(({ version }) => version === undefined);
  if (passing !== undefined) {
    context.log.warn(`${passing.name} cannot be read again: this run cannot be resumed if it is interrupted`);
    return null;
  }
  const named = [context.folder, ...input];
  const { bootstrapServers } = access;
  const job = {
    bootstrapServers,
    topic,
    partitionBy,
    rowsPerMessage,
    limit,
    loop,
    named,
    ...layoutOfJob(options),
  };
  const common = {
    access,
    sender,
    partitions,
    topicId,
    inputs,
    id: nameOfRun(source.id, process.pid),
    fromScratch: !options.resume,
  };
  return { job, stateFolder: stateFolder(options, context), ...common };
}

/** The default layout is omitted, because notes of earlier versions have no layout. */
function layoutOfJob({ layout }: ProduceOptions): { layout?: string } {
  return layout === defaultLayout ? {} : { layout };
}

interface TargetOptions {
  bootstrapServers?: string;
  kafkaSettings?: string;
  stream?: string;
  topic?: string;
  stateDir: string;
}

/** Chooses Kafka if brokers are named, else the running system, else the Kafka of `init`. */
async function chooseTarget(options: TargetOptions, context: CliContext): Promise<Target> {
  const { bootstrapServers, topic = topicsOf(options.stream ?? defaultStream).rawTopic } = options;
  if (bootstrapServers !== undefined) return kafkaTarget(options, context);
  const folder = stateFolder(options, context);
  const running = await findSystem(folder);
  if (running?.status.runner === "embedded")
    return {
      sender: new SystemSender(running.system, {
        newest: () => readStateFile(folder),
        onRestart: ({ url }) =>
          context.log.warn(
            `the system was restarted and is at ${url} now; if it was killed, rows of its unfinished windows are lost`,
          ),
      }),
      ...{ partitions: 1, access: null, topic },
    };
  if (findServers(folder) !== null) return kafkaTarget(options, context);
  if (running !== null)
    throw new UnavailableError(
      `the system at ${running.system.url} shows a topic that another system writes: name its Kafka with --bootstrap-servers HOST:PORT`,
    );
  throw new UnavailableError("no system is running: start one with muonitor up --no-source");
}

async function kafkaTarget(options: TargetOptions, context: CliContext): Promise<Target> {
  const found = withServers(options, ["bootstrapServers"], context);
  const { bootstrapServers, topic = topicsOf(found.stream).rawTopic } = found;
  const access = { bootstrapServers, kafkaSettings: readSettings(found, context) };
  const partitions = await partitionsOf({ ...access, signal: context.signal }, topic);
  return { sender: new KafkaSender({ ...access, topic }), partitions, access, topic };
}
