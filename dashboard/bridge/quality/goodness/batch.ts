/**
 * A batch of segments of one chamber: the histograms for the goodness of fit, summed over windows. A histogram is
 * stored as underflow, bins, overflow.
 */
import {
  layersPerChamber,
  muonAxes,
  type BinnedCounts,
  type SegmentCounts,
} from "../../../../pipeline/model/index.js";

interface BatchHistogram {
  /** Name in reasons. */
  name: string;
  unit: string;
  /** Width of a bin, in the unit. */
  width: number;
  of: (segments: SegmentCounts) => BinnedCounts | undefined;
}

const widthOf = ({ lower, upper, bins }: { lower: number; upper: number; bins: number }): number =>
  (upper - lower) / bins;

export const batchHistograms: readonly BatchHistogram[] = [
  ...Array.from({ length: layersPerChamber }, (_, layer) => ({
    name: `drift times of layer ${layer + 1}`,
    unit: "ns",
    width: widthOf(muonAxes.driftTimeNs),
    of: ({ drift_time }: SegmentCounts) => drift_time[layer],
  })),
  { name: "angles", unit: "degrees", width: widthOf(muonAxes.angleDegrees), of: ({ angle }) => angle },
  ...[0, 1].map((first) => ({
    name: `mean-timer sums of layers ${first + 1} to ${first + 3}`,
    unit: "ns",
    width: widthOf(muonAxes.meanTimerNs),
    of: ({ mean_timer }: SegmentCounts) => mean_timer[first],
  })),
];

export interface Batch {
  /** Four-hit segments. */
  segments: number;
  windows: number;
  /** In the order of {@link batchHistograms}. */
  histograms: Float64Array[];
}

export function emptyBatch(): Batch {
  return { segments: 0, windows: 0, histograms: [] };
}

/** Adds the chamber's counts of one window to the batch in place. */
export function addSegments(batch: Batch, segments: SegmentCounts): void {
  batch.segments += segments.four_hit;
  batch.windows += 1;
  batchHistograms.forEach(({ of }, i) => {
    const histogram = of(segments);
    if (histogram === undefined) return;
    const { hist_counts: counts, underflow, overflow } = histogram;
    const sum = (batch.histograms[i] ??= new Float64Array(counts.length + 2));
    sum[0] = (sum[0] as number) + underflow;
    counts.forEach((count, bin) => (sum[bin + 1] = (sum[bin + 1] as number) + count));
    sum[counts.length + 1] = (sum[counts.length + 1] as number) + overflow;
  });
}

/** Segments of a sum of windows, as one batch. */
export function batchOf(segments: SegmentCounts): Batch {
  const batch = emptyBatch();
  addSegments(batch, segments);
  return batch;
}
