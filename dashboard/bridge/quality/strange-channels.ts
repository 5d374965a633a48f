/** Channels that belong to no chamber, from the sample of rejected rows: windows hold only their number. */
import { unmappedWords, type DetectorConfig, type RowSample } from "../../../pipeline/model/index.js";

/** Older samples are of another fault. */
const recentMs = 60_000;
const mostNamed = 3;

/** The channels with the most rows in the sample, as reasons name them: "FPGA 1 channel 140"; those of the read-out itself are none. */
export function strangeChannels(
  samples: readonly RowSample[],
  { readout, timing, internalChannels }: DetectorConfig,
  nowMs: number,
): string[] {
  const own = new Set(
    [...internalChannels, ...timing].map(({ fpga, channel }) =>
      unmappedWords(fpga, channel + readout.channelBase),
    ),
  );
  const rows = new Map<string, number>();
  for (const { kind, reason, seen_ms: seenMs } of samples)
    if (kind === "unmapped" && nowMs - seenMs < recentMs && !own.has(reason))
      rows.set(reason, (rows.get(reason) ?? 0) + 1);
  return [...rows]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, mostNamed)
    .map(([reason]) => reason.replace(/^.* (\d+):(\d+)$/, "FPGA $1 channel $2"));
}
