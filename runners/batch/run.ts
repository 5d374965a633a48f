/** A bounded run: its inputs and its runner. */
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
  /** Folder that all machines reach; null takes one in the state folder. */
  sharedFolder: string | null;
  /** Number of keys (orbit shards) over which the orbits of a window are distributed. */
  orbitShards: number;
  /** Timeout without progress, ms; then the run is aborted. */
  stallTimeoutMs: number;
}

export interface BatchPlan {
  /** The configuration without the cluster's settings. */
  config: PipelineConfig;
  /** Files of this machine, and standard input. */
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
  if (plan.cluster === null && plan.topic === null && plan.objects === null)
    return runDirect(plan, plan.inputs, null, report);
  // Loaded on demand: clients of Kafka, of S3 and of clusters take longer to load than a small file takes.
  const { runStaged } = await import("./staged.js");
  return runStaged(plan, report);
}
