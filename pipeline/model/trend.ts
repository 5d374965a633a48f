/** Long history in compact columns. */
import type { LedgerKey } from "./ledger.js";

/** Maximum number of points in one answer. */
export const maxTrendPoints = 2000;

export type { CellTrendRequest, TrendRequest } from "./schema/requests.js";

/** One element per bucket that has a window, ascending. A missing bucket is a gap. */
export interface TrendColumns extends Record<LedgerKey, number[]> {
  /** Length of a bucket, ms; a multiple of the window length. */
  bucket_ms: number;
  start_ms: number[];
  windows: number[];
  /**
   * Unmapped rows of the ledger whose channels are known: those of the read-out itself. Null in buckets with windows of
   * older versions; absent from an older bridge.
   */
  known_unmapped?: (number | null)[];
  /** Shape (4, buckets). */
  hits_chamber: number[][];
  /** Number of windows in the bucket that were corrected, and that are partial. */
  corrected: number[];
  partial: number[];
}

/** Hits of one cell over time. */
export interface CellTrend {
  bucket_ms: number;
  start_ms: number[];
  windows: number[];
  hits: number[];
}
