/** A bounded run: selects inputs and runner. */
import type { Readable } from "node:stream";
import type { InputError } from "../../pipeline/model/index.js";
import type { PipelineConfig } from "../../pipeline/steps/index.js";
import type { WindowJson } from "../../pipeline/beam/index.js";
import type { Input } from "../input/inputs.js";
import type { KafkaAccess, PartitionPositions } from "../kafka/index.js";
import type { BoundedRunSummary, Progress } from "./direct/bounded-run.js";
import { runDirect } from "./in-process.js";
import type { MuonOutput } from "./muon-output.js";
import type { ObjectInputs } from "./objects.js";

export interface TopicRange {
  access: KafkaAccess;
  topic: string;
  from: PartitionPositions;
  to: PartitionPositions;
}

/** Settings for runs on a cluster only. */
export interface ClusterPlan {
  kind: "flink" | "spark";
  workers: number;
  /** Address of an existing cluster; null starts one. */
  master: string | null;
  workerPool: string | null;
  /** Folder that all machines can access; null uses one in the state folder. */
  sharedFolder: string | null;
  /** Number of keys (orbit shards) over which the orbits of a window are distributed. */
  orbitShards: number;
  /** The run is aborted after this time without progress, ms. */
  stallTimeoutMs: number;
}

export interface BatchPlan {
  /** The pipeline configuration. */
  config: PipelineConfig;
  /** Local files and standard input. */
  inputs: readonly Input[];
  objects: ObjectInputs | null;
  topic: TopicRange | null;
  /** Size of the part of a topic or file that one task reads, bytes. */
  pieceBytes: number;
  /** Number of threads of a run in this process. */
  threads: number;
  /** Null runs in this process. */
  cluster: ClusterPlan | null;
  stateFolder: string;
  stdin: Readable;
  signal: AbortSignal;
}

/** Callbacks of a run. */
export interface RunReport {
  /** Receives all segments; null if they were not requested. */
  muons: MuonOutput | null;
  output: (message: WindowJson) => Promise<void>;
  /** May take the messages of several windows at once instead, as JSON Lines. */
  outputLines?: ((lines: Uint8Array) => Promise<void>) | undefined;
  complain: (error: InputError) => void;
  /** @param totalBytes null if unknown */
  progress: (progress: Progress, totalBytes: number | null) => void;
  log: (line: string) => void;
  warn: (line: string) => void;
}

export async function runBatch(plan: BatchPlan, report: RunReport): Promise<BoundedRunSummary> {
  if (plan.cluster === null && plan.topic === null && plan.objects === null)
    return runDirect(plan, plan.inputs, null, report);
  // Loaded on demand: the clients for Kafka, S3 and clusters take longer to load than a small file to process.
  const { runStaged } = await import("./staged.js");
  return runStaged(plan, report);
}
