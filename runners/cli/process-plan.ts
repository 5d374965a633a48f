/** Converts the options of `process` to the plan of a run. */
import { resolve } from "node:path";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import type { LayoutInputs } from "../../producer/layouts/index.js";
import { isS3Address } from "../../producer/s3/address.js";
import type { BatchPlan, ClusterPlan, TopicRange } from "../batch/run.js";
import type { ObjectInputs } from "../batch/objects.js";
import type { Input } from "../input/inputs.js";
import type { ChosenDetector } from "./detector-file.js";
import { withServers } from "./find-servers.js";
import { readSettings } from "./flink-options.js";
import { topicInput, type ProcessOptions } from "./process-options.js";
import { s3Access } from "./s3-options.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

/** @param inputs local inputs */
export function batchPlan(
  options: ProcessOptions,
  chosen: ChosenDetector,
  inputs: readonly Input[],
  layout: LayoutInputs | null,
  context: CliContext,
): BatchPlan {
  return {
    config: {
      ...defaultPipelineConfig,
      ...chosen,
      time: options.time,
      format: options.rawFormat,
      ...(options.run === undefined ? {} : { run: options.run }),
    },
    inputs,
    objects: objectsOf(options, layout, context),
    topic: topicOf(options, context),
    pieceBytes: options.pieceSize << 20,
    threads: options.threads,
    cluster: options.runner === "direct" ? null : clusterOf(options, options.runner, context),
    stateFolder: stateFolder(options, context),
    stdin: context.stdin,
    signal: context.signal,
  };
}

function objectsOf(
  options: ProcessOptions,
  layout: LayoutInputs | null,
  context: CliContext,
): ObjectInputs | null {
  const addresses = options.input.filter(isS3Address);
  if (addresses.length === 0) return null;
  return { addresses, access: s3Access(options, context), format: options.format, layout };
}

function topicOf(options: ProcessOptions, context: CliContext): TopicRange | null {
  const { topic, from, to } = options;
  if (!options.input.includes(topicInput)) return null;
  const { bootstrapServers } = withServers(options, ["bootstrapServers"], context);
  return { access: { bootstrapServers, kafkaSettings: readSettings(options, context) }, topic, from, to };
}

function clusterOf(options: ProcessOptions, kind: ClusterPlan["kind"], context: CliContext): ClusterPlan {
  const { workers, orbitShards, sharedDir, workerPool } = options;
  return {
    kind,
    workers,
    orbitShards,
    master: (kind === "flink" ? options.flinkMaster : options.sparkMaster) ?? null,
    workerPool: workerPool ?? null,
    sharedFolder: sharedDir === undefined ? null : resolve(context.folder, sharedDir),
    stallTimeoutMs: (options.patience ?? options.stallTimeout) * 1000,
  };
}
