/** Messages between the main thread and the pipeline thread. */
import type { LateDropped, RowSample } from "../../../pipeline/model/index.js";
import type { PipelineConfig } from "../../../pipeline/steps/index.js";

/** Start parameters of the thread. */
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
  /** Requests a sign of life. */
  | { type: "ping" }
  /** No more records follow: emit the remaining windows and end. */
  | { type: "finish" };

export type FromPipeline =
  | { type: "ready" }
  /** Bytes of packs that the pipeline has processed. */
  | { type: "done"; bytes: number; rows: number; messages: number }
  | { type: "window"; json: string; latencyMs: number }
  | { type: "state"; openWindows: number; late: LateDropped }
  /** Rejected and late rows for display. */
  | { type: "samples"; samples: RowSample[] }
  /** Duration of the current step so far, ms; 0 between steps. */
  | { type: "alive"; stepMs: number }
  | { type: "finished" };
