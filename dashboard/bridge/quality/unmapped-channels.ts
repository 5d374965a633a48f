/**
 * Names the channels that belong to no chamber, from the samples of rejected rows: windows only contain the count of
 * their rows.
 */
import type { RowSample } from "../../../pipeline/model/index.js";

/** Maximum age of samples; older ones may be of another fault. */
const recentMs = 60_000;
const mostNamed = 3;

/** The unknown channels with the most samples, as named in reasons: "FPGA 1 channel 140". */
export function unmappedChannels(samples: readonly RowSample[], nowMs: number): string[] {
  const rows = new Map<string, number>();
  for (const { kind, reason, seen_ms: seenMs } of samples)
    if (kind === "unmapped" && nowMs - seenMs < recentMs) rows.set(reason, (rows.get(reason) ?? 0) + 1);
  return [...rows]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, mostNamed)
    .map(([reason]) => reason.replace(/^.* (\d+):(\d+)$/, "FPGA $1 channel $2"));
}
