/** The bridge's long history as points like those of single windows. */
import type { TrendColumns, TrendPoint } from "../../../pipeline/model/index.js";

/** One point per bucket: the mean window of the bucket, over the bucket's time as far as windows cover it. */
export function trendFromColumns(columns: TrendColumns, windowMs: number): TrendPoint[] {
  return columns.start_ms.map((start_ms, i) => {
    const windows = Math.max(1, columns.windows[i] ?? 1);
    const mean = (values: readonly number[]): number => (values[i] ?? 0) / windows;
    return {
      // Sums of windows have no number of their own.
      msg_ID: Math.floor(start_ms / windowMs),
      start_ms,
      end_ms: start_ms + columns.bucket_ms,
      window_ms: windowMs,
      hit_count: mean(columns.hits),
      hit_count_chamber: columns.hits_chamber.map(mean),
      ledger: {
        rows: mean(columns.rows),
        malformed: mean(columns.malformed),
        head_rejected: mean(columns.head_rejected),
        unmapped: mean(columns.unmapped),
        scintillator: mean(columns.scintillator),
        hits: mean(columns.hits),
      },
      partial: (columns.partial[i] ?? 0) > 0,
      revision: (columns.corrected[i] ?? 0) > 0 ? 1 : 0,
    };
  });
}
