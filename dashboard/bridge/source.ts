/** Source of the bridge's windows: memory or Kafka. */
import type { Faults, SystemStatus, WindowMessage } from "../../pipeline/model/index.js";

/** Offset at which to continue reading a partition. */
export interface WindowPosition {
  topic: string;
  partition: number;
  /** Only interpreted by the source. */
  next: string;
}

export interface WindowSink {
  /** @param position position after this window, at which to continue after a restart */
  window(message: WindowMessage, position?: WindowPosition): void;
  status(status: SystemStatus): void;
}

export interface WindowSource {
  /**
   * Starts the delivery; called once.
   * @param positionsOf positions up to which an earlier bridge has read a topic; none if unknown
   */
  start(sink: WindowSink, positionsOf: (topic: string) => WindowPosition[]): Promise<void>;
  close(): Promise<void>;
}

/** Controls of the simulator for viewers; absent if the source is not the simulator. */
export interface PracticeControl {
  /** @param options `hidden`: the change must not be logged or shown */
  setFaults(change: Partial<Faults>, options?: { hidden: boolean }): Promise<Faults>;
  /** Rows/s; absent when the rate cannot be set. */
  setRate?(rateHz: number): Promise<number>;
}
