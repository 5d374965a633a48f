/** Where the bridge gets its windows from; memory and Kafka swap here. */
import type { Faults, SystemStatus, WindowMessage } from "../../pipeline/model/index.js";

export interface WindowSink {
  window(message: WindowMessage): void;
  status(status: SystemStatus): void;
}

export interface WindowSource {
  /** Begins to deliver; called once. */
  start(sink: WindowSink): Promise<void>;
  close(): Promise<void>;
}

/** What viewers may switch; absent when the source is not the simulator. */
export interface PracticeControl {
  setFaults(change: Partial<Faults>): Promise<Faults>;
  /** Rows/s; absent when the rate cannot be set. */
  setRate?(rateHz: number): Promise<number>;
}
