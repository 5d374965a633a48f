/** A bounded run: its inputs and its runner. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fullTimeRange, type InputError, type ResultSpan } from "../../pipeline/model/index.js";
import { isGzipName, type PipelineConfig } from "../../pipeline/steps/index.js";
import { readPiece, SegmentReader, segmentsFolder, type WindowJson } from "../../pipeline/beam/index.js";
import type { Input } from "../input/inputs.js";
import type { KafkaAccess, PartitionPositions } from "../kafka/index.js";
import { wrapFsError } from "../process/index.js";
import { findJava, javaForKafkaAndFlink, javaForSpark } from "../services/index.js";
import { runOnCluster } from "./cluster/cluster-run.js";
import { copyTopic, type TopicCopy } from "./cluster/copy-topic.js";
import { startEngine } from "./cluster/engine.js";
import { planPieces } from "./cluster/plan.js";
import { RunFolder } from "./cluster/run-folder.js";
import type { PieceDraft } from "./cluster/staging.js";
import { runBounded, type BoundedRunSummary, type Progress } from "./direct/bounded-run.js";
import type { MuonOutput } from "./muon-output.js";
import { bringObjects, type ObjectInputs, type ObjectReport } from "./objects.js";

export interface TopicRange {
  access: KafkaAccess;
  topic: string;
  from: PartitionPositions;
  to: PartitionPositions;
}

/** What matters on a cluster alone. */
export interface ClusterPlan {
  kind: "flink" | "spark";
  workers: number;
  /** Address of an existing cluster; null starts one. */
  master: string | null;
  workerPool: string | null;
  /** Folder that all machines reach; null takes one in the state folder. */
  sharedFolder: string | null;
  /** Keys over which the orbits of a window are spread. */
  orbitShards: number;
  /** Timeout without progress, ms; then the run is aborted. */
  stallTimeoutMs: number;
}

export interface BatchPlan {
  /** Without the cluster's part. */
  config: PipelineConfig;
  /** Files of this machine, with standard input. */
  inputs: readonly Input[];
  objects: ObjectInputs | null;
  topic: TopicRange | null;
  /** How much of a topic or a file one task reads at a time. */
  pieceBytes: number;
  /** Threads of a run in this process. */
  threads: number;
  /** Null runs in this process. */
  cluster: ClusterPlan | null;
  stateFolder: string;
  stdin: Readable;
  signal: AbortSignal;
}

/** Callbacks of a run. */
export interface RunReport {
  /** Takes all segments; null if they were not requested. */
  muons: MuonOutput | null;
  output: (message: WindowJson) => Promise<void>;
  complain: (error: InputError) => void;
  /** @param totalBytes null when not known */
  progress: (progress: Progress, totalBytes: number | null) => void;
  log: (line: string) => void;
  warn: (line: string) => void;
}

export async function runBatch(plan: BatchPlan, report: RunReport): Promise<BoundedRunSummary> {
  const { cluster } = plan;
  if (cluster === null && plan.topic === null && plan.objects === null)
    return runDirect(plan, plan.inputs, null, report);
  if (cluster !== null)
    await findJava(process.env, cluster.kind === "spark" ? javaForSpark : javaForKafkaAndFlink);
  const folder = new RunFolder(join(plan.stateFolder, "runs"), cluster?.sharedFolder ?? null);
  let failed = true;
  try {
    const summary = await inFolder(plan, folder, report);
    failed = false;
    return summary;
  } finally {
    folder.remove(failed && !plan.signal.aborted);
  }
}

async function inFolder(plan: BatchPlan, folder: RunFolder, report: RunReport): Promise<BoundedRunSummary> {
  const copy = plan.topic === null ? null : await copyRange(plan, plan.topic, folder, report);
  const unreadable: string[] = [];
  const told = {
    ...report,
    complain: (error: InputError): void => {
      unreadable.push(error.input);
      report.complain(error);
    },
  };
  const inputs = [...plan.inputs, ...(await brought(plan, folder, told))];
  const summary =
    plan.cluster === null
      ? await runDirect(plan, inputs, copy, report)
      : await runCluster(plan, plan.cluster, inputs, copy, folder, report, told);
  summary.unreadable.unshift(...unreadable);
  return summary;
}

/** Bytes that are at hand, before any row is counted. */
function bytesTo({ progress }: RunReport): (bytes: number) => void {
  return (bytes) => progress({ bytesRead: bytes, rows: 0, windows: 0 }, null);
}

async function brought({ objects, signal }: BatchPlan, folder: RunFolder, told: RunReport): Promise<Input[]> {
  if (objects === null) return [];
  const report: ObjectReport = { progress: bytesTo(told), complain: told.complain, log: told.log };
  return bringObjects(objects, folder.staged, report, signal);
}

function copyRange(
  { pieceBytes, config, signal }: BatchPlan,
  { access, topic, from, to }: TopicRange,
  folder: RunFolder,
  report: RunReport,
): Promise<TopicCopy> {
  report.log(`reading topic ${topic} at ${access.bootstrapServers}`);
  return copyTopic({
    access: { ...access, signal },
    topic,
    from,
    to,
    folder: folder.staged,
    pieceBytes,
    windowMs: config.windowMs,
    progress: bytesTo(report),
    signal,
  });
}

async function runCluster(
  plan: BatchPlan,
  cluster: ClusterPlan,
  inputs: readonly Input[],
  copy: TopicCopy | null,
  folder: RunFolder,
  report: RunReport,
  told: RunReport,
): Promise<BoundedRunSummary> {
  const { stdin, signal, pieceBytes } = plan;
  const staging = { inputs, stdin, folder: folder.staged, pieceBytes, signal };
  const pieces =
    copy?.pieces ??
    (await planPieces({ ...staging, complain: told.complain, warn: told.warn, progress: bytesTo(told) }));
  return onCluster(plan, cluster, pieces, copy, folder, report);
}

async function onCluster(
  plan: BatchPlan,
  { kind, master, workerPool, workers, orbitShards, stallTimeoutMs }: ClusterPlan,
  pieces: PieceDraft[],
  copy: TopicCopy | null,
  folder: RunFolder,
  { muons, output, complain, progress, log }: RunReport,
): Promise<BoundedRunSummary> {
  const { signal } = plan;
  const segments = muons === null ? null : segmentsFolder(folder.shared);
  let reader: SegmentReader | null = null;
  const totalBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const asked = { kind, master, workerPool, workers, pieces: pieces.length };
  const engine = await startEngine({ ...asked, stateFolder: folder.path, log, signal });
  try {
    log(`running ${pieces.length} pieces on ${Math.min(workers, pieces.length)} workers`);
    return await runOnCluster({
      config: { ...configOf(plan, segments), orbitShards },
      span: spanOf(plan, copy),
      pieces,
      isTopic: copy !== null,
      engine,
      shared: folder.shared,
      output: async (message) => {
        await output(message);
        if (segments === null) return;
        reader ??= new SegmentReader(segments, true);
        await muons?.window(reader, message);
      },
      complain,
      progress: (state) => progress(state, totalBytes),
      stallTimeoutMs,
      log,
      signal,
    });
  } finally {
    await engine.stop();
  }
}

/** @param segments folder for the segments; null if they were not requested */
function configOf({ config }: BatchPlan, segments: string | null): PipelineConfig {
  return segments === null ? config : { ...config, segmentsFolder: segments };
}

/** Only windows of arrival time can be cut by the ends of a range. */
function spanOf({ config }: BatchPlan, copy: TopicCopy | null): ResultSpan {
  return config.time === "arrival" ? (copy?.span ?? fullTimeRange) : fullTimeRange;
}

async function runDirect(
  plan: BatchPlan,
  inputs: readonly Input[],
  copy: TopicCopy | null,
  report: RunReport,
): Promise<BoundedRunSummary> {
  const { muons } = report;
  if (muons === null) return runInProcess(plan, inputs, copy, null, report);
  const folder = wrapFsError(tmpdir(), () => mkdtempSync(join(tmpdir(), "muonitor-segments-")));
  try {
    const reader = new SegmentReader(folder, false);
    const output = async (message: WindowJson): Promise<void> => {
      await report.output(message);
      await muons.window(reader, message);
    };
    return await runInProcess(plan, inputs, copy, folder, { ...report, output });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runInProcess(
  plan: BatchPlan,
  inputs: readonly Input[],
  copy: TopicCopy | null,
  segments: string | null,
  { output, complain, progress, warn }: RunReport,
): Promise<BoundedRunSummary> {
  const { stdin, signal } = plan;
  const totalBytes = inputs.reduce<number | null>(
    (sum, { size, path }) => (sum === null || size === null || isGzipName(path) ? null : sum + size),
    0,
  );
  return runBounded({
    config: configOf(plan, segments),
    inputs,
    ...(copy === null ? {} : { packs: packsOf(copy), span: spanOf(plan, copy) }),
    threads: plan.threads,
    stdin,
    output,
    complain,
    warn,
    progress: (state) => progress(state, totalBytes),
    signal,
  });
}

function* packsOf({ pieces }: TopicCopy): Generator<Uint8Array> {
  for (const piece of pieces) yield readPiece({ id: 0, ...piece });
}
