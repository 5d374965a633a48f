/** Destination of produced records: the embedded system's topic or Kafka. */
import type { RawRecord } from "../pipeline/model/index.js";

export interface RecordSender {
  /** Resolves when every record is accepted; the caller waits before it sends more (back-pressure). */
  send(records: readonly RawRecord[]): Promise<void>;
  close(): Promise<void>;
}
