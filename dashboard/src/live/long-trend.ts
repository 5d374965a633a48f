/** The bridge's long history as trend points, like those of single windows. */
import { byLedgerKey, type TrendColumns, type TrendPoint } from "../../../pipeline/model/index.js";
import type { RangeChoice } from "../view/view.js";

/** Start of a range of the rate plot, ms; null: the beginning. Between runs, "run" means "all". */
export function rangeStartMs(range: RangeChoice, toMs: number, runStartMs: number | null): number | null {
  if (range === "run") return runStartMs;
  return range === "all" ? null : toMs - Number(range) * 60_000;
}

/** The long history before the page's own windows. */
export function joined(before: readonly TrendPoint[], own: readonly TrendPoint[]): readonly TrendPoint[] {
  const firstMs = own[0]?.start_ms ?? Infinity;
  const older = before.filter(({ start_ms }) => start_ms < firstMs);
  const last = older.at(-1);
  if (last === undefined) return own;
  // The last bucket may extend into the page's own windows.
  return [...older.slice(0, -1), { ...last, end_ms: Math.min(last.end_ms, firstMs) }, ...own];
}

/** Points with those of a part of their time replaced by more detailed ones. */
export function withDetail(
  points: readonly TrendPoint[],
  detail: readonly TrendPoint[],
): readonly TrendPoint[] {
  const [first, last] = [detail[0], detail.at(-1)];
  if (first === undefined || last === undefined) return points;
  const earlier = points.filter(({ start_ms }) => start_ms < first.start_ms);
  const later = points.filter(({ start_ms }) => start_ms >= last.end_ms);
  const end = earlier.at(-1);
  const cut = end === undefined ? [] : [{ ...end, end_ms: Math.min(end.end_ms, first.start_ms) }];
  return [...earlier.slice(0, -1), ...cut, ...detail, ...later];
}

/** One point per bucket: its mean window, over the part of its time covered by windows. */
export function trendFromColumns(columns: TrendColumns, windowMs: number): TrendPoint[] {
  return columns.start_ms.map((start_ms, i) => {
    const windows = Math.max(1, columns.windows[i] ?? 1);
    const mean = (values: readonly number[]): number => (values[i] ?? 0) / windows;
    return {
      // Sums of windows have no msg_ID.
      msg_ID: Math.floor(start_ms / windowMs),
      start_ms,
      end_ms: start_ms + columns.bucket_ms,
      window_ms: windowMs,
      hit_count: mean(columns.hits),
      hit_count_chamber: columns.hits_chamber.map(mean),
      ledger: byLedgerKey((key) => mean(columns[key])),
      partial: (columns.partial[i] ?? 0) > 0,
      revision: (columns.corrected[i] ?? 0) > 0 ? 1 : 0,
    };
  });
}
