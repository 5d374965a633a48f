/** A bounded sample of the latest rows that were rejected from a window's histograms. */
import type { MalformedReason } from "./ledger.js";

/** Own: rows of the read-out itself and of timing inputs without t0, which the detector names (see knownUnmapped). */
export const sampleKinds = ["malformed", "unmapped", "own", "late"] as const;
export type SampleKind = (typeof sampleKinds)[number];

/** Number of samples of each kind that are kept. */
export const samplesPerKind = 50;
/** Maximum length of the text of a sample, in characters. */
export const maxSampleText = 200;

/** Reason of an unmapped row; the channel is that of the row. */
export const unmappedWords = (fpga: number, channel: number): string =>
  `no chamber has FPGA:channel ${fpga}:${channel}`;

export interface RowSample {
  kind: SampleKind;
  /** For malformed rows one of the ledger's reasons, for other rows a text. */
  reason: MalformedReason | (string & {});
  /** The row as text, unprintable bytes as \xNN; truncated to {@link maxSampleText}. */
  text: string;
  /** Partition and offset of its record; null if unknown. */
  partition: number | null;
  offset: string | null;
  /** Record time, ms; null when not known. */
  record_ms: number | null;
  /** Server clock when the row was read, ms. */
  seen_ms: number;
}
