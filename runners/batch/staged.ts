/** Bounded runs that first stage their rows in a folder: runs over topics and buckets, and runs on a cluster. */
import { join } from "node:path";
import type { InputError } from "../../pipeline/model/index.js";
import { SegmentReader, segmentsFolder } from "../../pipeline/beam/index.js";
import type { Input } from "../input/inputs.js";
import { findJava, javaForKafkaAndFlink, javaForSpark } from "../services/index.js";
import { runOnCluster } from "./cluster/cluster-run.js";
import { copyTopic, type TopicCopy } from "./cluster/copy-topic.js";
import { startEngine } from "./cluster/engine.js";
import { planPieces } from "./cluster/plan.js";
import { RunFolder } from "./cluster/run-folder.js";
import type { PieceDraft } from "./cluster/staging.js";
import type { BoundedRunSummary } from "./direct/bounded-run.js";
import { configOf, runDirect, spanOf } from "./in-process.js";
import { bringObjects, type ObjectReport } from "./objects.js";
import type { BatchPlan, ClusterPlan, RunReport, TopicRange } from "./run.js";

export async function runStaged(plan: BatchPlan, report: RunReport): Promise<BoundedRunSummary> {
  const { cluster } = plan;
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
  const collecting = {
    ...report,
    complain: (error: InputError): void => {
      unreadable.push(error.input);
      report.complain(error);
    },
  };
  const inputs = [...plan.inputs, ...(await brought(plan, folder, collecting))];
  const summary =
    plan.cluster === null
      ? await runDirect(plan, inputs, copy, report)
      : await runCluster(plan, plan.cluster, inputs, copy, folder, report, collecting);
  summary.unreadable.unshift(...unreadable);
  return summary;
}

/** Reports staged bytes before any row is counted. */
function bytesTo({ progress }: RunReport): (bytes: number) => void {
  return (bytes) => progress({ bytesRead: bytes, rows: 0, windows: 0 }, null);
}

async function brought(
  { objects, signal }: BatchPlan,
  folder: RunFolder,
  collecting: RunReport,
): Promise<Input[]> {
  if (objects === null) return [];
  const report: ObjectReport = {
    progress: bytesTo(collecting),
    complain: collecting.complain,
    log: collecting.log,
  };
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
  collecting: RunReport,
): Promise<BoundedRunSummary> {
  const { stdin, signal, pieceBytes } = plan;
  const staging = { inputs, stdin, folder: folder.staged, pieceBytes, signal };
  const pieces =
    copy?.pieces ??
    (await planPieces({
      ...staging,
      complain: collecting.complain,
      warn: collecting.warn,
      progress: bytesTo(collecting),
    }));
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
