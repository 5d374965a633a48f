/** Where the bridge gets its windows from; memory and Kafka swap here. */
import type { Faults, SystemStatus, WindowMessage } from "../../pipeline/model/index.js";

/** From where to read on in a partition. */
export interface WindowPosition {
  topic: string;
  partition: number;
  /** Only the source interprets it. */
  next: string;
}

export interface WindowSink {
  /** @param position from where to read on after this window, so that a restart misses nothing */
  window(message: WindowMessage, position?: WindowPosition): void;
  status(status: SystemStatus): void;
}

export interface WindowSource {
  /**
   * Begins to deliver; called once.
   * @param positionsOf where an earlier bridge has read a topic to; none when it is not known
   */
  start(sink: WindowSink, positionsOf: (topic: string) => WindowPosition[]): Promise<void>;
  close(): Promise<void>;
}

/** What viewers may switch; absent when the source is not the simulator. */
export interface PracticeControl {
  /** @param options `hidden`: the change must not be logged or shown */
  setFaults(change: Partial<Faults>, options?: { hidden: boolean }): Promise<Faults>;
  /** Rows/s; absent when the rate cannot be set. */
  setRate?(rateHz: number): Promise<number>;
}
