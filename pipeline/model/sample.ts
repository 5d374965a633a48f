/** Rows that did not make it into a window's histograms, a bounded sample of the last ones. */
import type { MalformedReason } from "./ledger.js";

export const sampleKinds = ["malformed", "unmapped", "late"] as const;
type SampleKind = (typeof sampleKinds)[number];

/** Number of samples of each kind that are kept. */
export const samplesPerKind = 50;
/** Longest text of a sample, in characters. */
export const maxSampleText = 200;

/** Reason of an unmapped row; the channel as the row has it. */
export const unmappedWords = (fpga: number, channel: number): string =>
  `no chamber has FPGA:channel ${fpga}:${channel}`;

export interface RowSample {
  kind: SampleKind;
  /** Why, for malformed rows one of the ledger's reasons; for others words. */
  reason: MalformedReason | (string & {});
  /** The row as text, unprintable bytes as \xNN; cut after {@link maxSampleText}. */
  text: string;
  /** Of the record that held it; null where it is not known. */
  partition: number | null;
  offset: string | null;
  /** Record time, ms; null when not known. */
  record_ms: number | null;
  /** Server clock when it was seen, ms. */
  seen_ms: number;
}
