/** One run of `process`: what is read, on which runner. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { InputError, wholeSpan, type RawRecord, type ResultSpan } from "../../pipeline/model/index.js";
import {
  defaultPipelineConfig,
  isGzipName,
  unpackRecords,
  type PipelineConfig,
} from "../../pipeline/steps/index.js";
import { wrapFsError } from "../process/index.js";
import { readPiece, SegmentReader, segmentsFolder, type WindowJson } from "../../pipeline/beam/index.js";
import { runOnCluster } from "../bounded/cluster-run.js";
import { copyTopic, type TopicCopy } from "../bounded/copy-topic.js";
import { startEngine } from "../bounded/engine.js";
import { planPieces } from "../bounded/plan.js";
import { RunFolder } from "../bounded/run-folder.js";
import type { PieceDraft } from "../bounded/staging.js";
import { findJava, javaForKafkaAndFlink, javaForSpark } from "../parts/index.js";
import { runBounded, type BoundedRunSummary, type Progress } from "../direct/bounded-run.js";
import type { Input } from "../direct/inputs.js";
import { readSettings } from "./flink-options.js";
import type { ChosenDetector } from "./detector-file.js";
import type { MuonOutput } from "./process-muons.js";
import { bringObjects, hasObjects } from "./process-objects.js";
import { topicInput, type ProcessOptions } from "./process-options.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

/** What a run tells and to whom. */
export interface RunReport {
  /** What makes the windows. */
  chosen: ChosenDetector;
  /** Takes all segments; null where nobody asked for them. */
  muons: MuonOutput | null;
  output: (message: WindowJson) => Promise<void>;
  complain: (error: InputError) => void;
  /** @param totalBytes null when not known */
  progress: (progress: Progress, totalBytes: number | null) => void;
  log: (line: string) => void;
  warn: (line: string) => void;
}

/** @param inputs those on this machine */
export async function runProcess(
  options: ProcessOptions,
  inputs: readonly Input[],
  report: RunReport,
  context: CliContext,
): Promise<BoundedRunSummary> {
  const isTopic = options.input.includes(topicInput);
  const isFar = isTopic || hasObjects(options);
  if (options.runner === "direct" && !isFar) return runDirect(options, inputs, null, report, context);
  if (options.runner !== "direct")
    await findJava(process.env, options.runner === "spark" ? javaForSpark : javaForKafkaAndFlink);
  const shared = options.sharedDir === undefined ? null : resolve(context.folder, options.sharedDir);
  const folder = new RunFolder(join(stateFolder(options, context), "runs"), shared);
  let failed = true;
  try {
    const summary = await inFolder(options, inputs, folder, report, context);
    failed = false;
    return summary;
  } finally {
    folder.remove(failed && !context.signal.aborted);
  }
}

async function inFolder(
  options: ProcessOptions,
  near: readonly Input[],
  folder: RunFolder,
  report: RunReport,
  context: CliContext,
): Promise<BoundedRunSummary> {
  const isTopic = options.input.includes(topicInput);
  const copy = isTopic ? await copyRange(options, folder, report, context) : null;
  const brought = (bytes: number): void => report.progress({ bytesRead: bytes, rows: 0, windows: 0 }, null);
  const unreadable: string[] = [];
  const complain = (error: InputError): void => {
    unreadable.push(error.input);
    report.complain(error);
  };
  const inputs = [...near, ...(await bringObjects(options, folder.staged, brought, complain, context))];
  if (options.runner === "direct") {
    const summary = await runDirect(options, inputs, copy, report, context);
    summary.unreadable.unshift(...unreadable);
    return summary;
  }
  const pieces = copy?.pieces ?? (await plan(options, inputs, folder, report, context, unreadable));
  const summary = await onCluster(options, pieces, copy, folder, report, context);
  summary.unreadable.unshift(...unreadable);
  return summary;
}

const pieceBytes = ({ pieceSize }: ProcessOptions): number => pieceSize << 20;

function copyRange(
  options: ProcessOptions,
  folder: RunFolder,
  { chosen, progress, log }: RunReport,
  context: CliContext,
): Promise<TopicCopy> {
  const { bootstrapServers, topic, from, to } = options;
  log(`reading topic ${topic} at ${bootstrapServers}`);
  return copyTopic({
    access: { bootstrapServers, kafkaSettings: readSettings(options, context), signal: context.signal },
    topic,
    from,
    to,
    folder: folder.staged,
    pieceBytes: pieceBytes(options),
    windowMs: chosen.windowMs,
    progress: (bytes) => progress({ bytesRead: bytes, rows: 0, windows: 0 }, null),
    signal: context.signal,
  });
}

function plan(
  options: ProcessOptions,
  inputs: readonly Input[],
  folder: RunFolder,
  { complain, progress, warn }: RunReport,
  { stdin, signal }: CliContext,
  unreadable: string[],
): Promise<PieceDraft[]> {
  return planPieces({
    inputs,
    stdin,
    folder: folder.staged,
    pieceBytes: pieceBytes(options),
    complain: (error) => {
      unreadable.push(error.input);
      complain(error);
    },
    warn,
    progress: (bytes) => progress({ bytesRead: bytes, rows: 0, windows: 0 }, null),
    signal,
  });
}

async function onCluster(
  options: ProcessOptions,
  pieces: PieceDraft[],
  copy: TopicCopy | null,
  folder: RunFolder,
  { chosen, muons, output, complain, progress, log }: RunReport,
  { signal }: CliContext,
): Promise<BoundedRunSummary> {
  const segments = muons === null ? null : segmentsFolder(folder.shared);
  let reader: SegmentReader | null = null;
  const { runner, workers, orbitShards } = options;
  const master = (runner === "flink" ? options.flinkMaster : options.sparkMaster) ?? null;
  const totalBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const engine = await startEngine({
    kind: runner === "flink" ? "flink" : "spark",
    master,
    workerPool: options.workerPool ?? null,
    workers,
    pieces: pieces.length,
    stateFolder: folder.path,
    log,
    signal,
  });
  try {
    log(`running ${pieces.length} pieces on ${Math.min(workers, pieces.length)} workers`);
    return await runOnCluster({
      config: { ...configOf(options, chosen, segments), orbitShards },
      span: spanOf(options, copy),
      pieces,
      isTopic: copy !== null,
      engine,
      shared: folder.shared,
      output: async (message) => {
        await output(message);
        if (segments === null) return;
        reader ??= new SegmentReader(segments, true);
        await muons?.window(reader, message.windowStartMs);
      },
      complain,
      progress: (state) => progress(state, totalBytes),
      patienceMs: options.patience * 1000,
      log,
      signal,
    });
  } finally {
    await engine.stop();
  }
}

/** @param segments folder for the segments; null where nobody asked for them */
function configOf({ time }: ProcessOptions, chosen: ChosenDetector, segments: string | null): PipelineConfig {
  const config = { ...defaultPipelineConfig, ...chosen, time };
  return segments === null ? config : { ...config, segmentsFolder: segments };
}

/** Only windows of arrival time can be cut by the ends of a range. */
function spanOf({ time }: ProcessOptions, copy: TopicCopy | null): ResultSpan {
  return time === "arrival" ? (copy?.span ?? wholeSpan) : wholeSpan;
}

async function runDirect(
  options: ProcessOptions,
  inputs: readonly Input[],
  copy: TopicCopy | null,
  report: RunReport,
  context: CliContext,
): Promise<BoundedRunSummary> {
  const { muons } = report;
  if (muons === null) return runInProcess(options, inputs, copy, null, report, context);
  const folder = wrapFsError(tmpdir(), () => mkdtempSync(join(tmpdir(), "muonitor-segments-")));
  try {
    const reader = new SegmentReader(folder, false);
    const output = async (message: WindowJson): Promise<void> => {
      await report.output(message);
      await muons.window(reader, message.windowStartMs);
    };
    return await runInProcess(options, inputs, copy, folder, { ...report, output }, context);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runInProcess(
  options: ProcessOptions,
  inputs: readonly Input[],
  copy: TopicCopy | null,
  segments: string | null,
  { chosen, output, complain, progress, warn }: RunReport,
  { stdin, signal }: CliContext,
): Promise<BoundedRunSummary> {
  const totalBytes = inputs.reduce<number | null>(
    (sum, { size, path }) => (sum === null || size === null || isGzipName(path) ? null : sum + size),
    0,
  );
  return runBounded({
    config: configOf(options, chosen, segments),
    inputs,
    ...(copy === null ? {} : { records: recordsOf(copy), span: spanOf(options, copy) }),
    stdin,
    output,
    complain,
    warn,
    progress: (state) => progress(state, totalBytes),
    signal,
  });
}

function* recordsOf({ pieces }: TopicCopy): Generator<RawRecord[]> {
  for (const piece of pieces) yield [...unpackRecords(readPiece({ id: 0, ...piece }))];
}
