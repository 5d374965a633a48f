/** Bounded runs in this process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fullTimeRange, type ResultSpan } from "../../pipeline/model/index.js";
import { isGzipName, type PipelineConfig } from "../../pipeline/steps/index.js";
import type { WindowJson } from "../../pipeline/beam/index.js";
import { readPiece } from "../../pipeline/beam/read-piece.js";
import { SegmentReader } from "../../pipeline/beam/segment-files.js";
import type { Input } from "../input/inputs.js";
import { wrapFsError } from "../process/index.js";
import type { TopicCopy } from "./cluster/copy-topic.js";
import { runBounded, type BoundedRunSummary } from "./direct/bounded-run.js";
import type { BatchPlan, RunReport } from "./run.js";

/** @param segments folder for the segments; null if they were not requested */
export function configOf({ config }: BatchPlan, segments: string | null): PipelineConfig {
  return segments === null ? config : { ...config, segmentsFolder: segments };
}

/** The ends of a range can cut only arrival-time windows. */
export function spanOf({ config }: BatchPlan, copy: TopicCopy | null): ResultSpan {
  return config.time === "arrival" ? (copy?.span ?? fullTimeRange) : fullTimeRange;
}

export async function runDirect(
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
    return await runInProcess(plan, inputs, copy, folder, { ...report, output, outputLines: undefined });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runInProcess(
  plan: BatchPlan,
  inputs: readonly Input[],
  copy: TopicCopy | null,
  segments: string | null,
  { output, outputLines, complain, progress, warn }: RunReport,
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
    ownThread: true,
    stdin,
    output,
    ...(outputLines === undefined ? {} : { outputLines }),
    complain,
    warn,
    progress: (state) => progress(state, totalBytes),
    signal,
  });
}

function* packsOf({ pieces }: TopicCopy): Generator<Uint8Array> {
  for (const piece of pieces) yield readPiece({ id: 0, ...piece });
}
