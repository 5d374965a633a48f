/** Messages between the main thread and the pipeline's thread. */
import type { LateDropped, RowSample } from "../../../pipeline/model/index.js";
import type { PipelineConfig } from "../../../pipeline/steps/index.js";

/** Given to the thread when it starts. */
export interface PipelineThreadOptions {
  config: PipelineConfig;
  allowedLatenessMs: number;
  watermarkDelayMs: number;
  startedMs: number;
  memoryBytes: number;
  temporaryFolder: string;
}

export type ToPipeline =
  /** A pack of records, see record-pack.ts. */
  | { type: "records"; pack: Uint8Array }
  /** Asks for a sign of life. */
  | { type: "ping" }
  /** No more records: emit what there is and end. */
  | { type: "finish" };

export type FromPipeline =
  | { type: "ready" }
  /** Bytes of packs that have gone through the pipeline. */
  | { type: "done"; bytes: number; rows: number; messages: number }
  | { type: "window"; json: string; latencyMs: number }
  | { type: "state"; openWindows: number; late: LateDropped }
  /** Rows that people may want to see. */
  | { type: "samples"; samples: RowSample[] }
  /** How long the step that runs now has been running, ms; 0 between two steps. */
  | { type: "alive"; stepMs: number }
  | { type: "finished" };
