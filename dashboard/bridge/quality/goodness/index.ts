/**
 * Goodness of fit: compares batches of segments of each chamber with the reference, to find deviations that no other
 * rule covers. It judges a chamber only while no other fault is active there.
 */
import type { Reference, SegmentCounts, WindowMessage } from "../../../../pipeline/model/index.js";
import type { RuleSettings } from "../default-rules.js";
import type { RawFinding } from "../view.js";
import { fixed, percent, rough } from "../words.js";
import { addSegments, batchHistograms, batchOf, emptyBatch, type Batch } from "./batch.js";
import { ReferenceShape } from "./statistic.js";

/** Of the last batches, this many must be beyond the limit to keep a finding active. */
const keptBeyond = 2;

interface Judged {
  p: number;
  isBeyond: boolean;
  windows: number;
}

interface ChamberState {
  shape: ReferenceShape;
  /** Deviations z of good batches, sorted. */
  null: readonly number[];
  batch: Batch;
  last: Judged[];
  /** Finding of the newest batch beyond the limit. */
  reported: RawFinding | null;
  isActive: boolean;
}

export class Goodness {
  private readonly chambers = new Map<number, ChamberState>();
  private readonly segments: number;

  /** @param by name of the reference in reasons */
  constructor(
    private readonly settings: RuleSettings["goodness-of-fit"],
    { goodness, segment_chamber: sums = {} }: Reference,
    private readonly by: string,
  ) {
    this.segments = goodness?.segments ?? 0;
    if (goodness === undefined) return;
    for (const [chamber, segments] of Object.entries(sums)) {
      const own = goodness.chambers[chamber] ?? [];
      if ((own.length + 1) * settings.probability < 1) continue;
      this.chambers.set(Number(chamber), {
        shape: new ReferenceShape(batchOf(segments), this.segments),
        null: own,
        batch: emptyBatch(),
        last: [],
        reported: null,
        isActive: false,
      });
    }
  }

  /**
   * Adds the next window.
   * @param isTroubled whether a chamber has another fault: then its batches are discarded
   */
  put(
    { segment_chamber: segments, partial, hit_count }: WindowMessage,
    isTroubled: (chamber: number) => boolean,
  ): void {
    for (const [chamber, state] of this.chambers) {
      if (isTroubled(chamber)) this.restart(state);
      else if (!partial && hit_count > 0) this.add(chamber, state, segments?.[String(chamber)]);
    }
  }

  private restart(state: ChamberState): void {
    state.batch = emptyBatch();
    state.last = [];
    state.isActive = false;
  }

  private add(chamber: number, state: ChamberState, segments: SegmentCounts | undefined): void {
    if (segments === undefined) return;
    addSegments(state.batch, segments);
    if (state.batch.segments < this.segments) return;
    const { batch } = state;
    state.batch = emptyBatch();
    this.judgeBatch(chamber, state, batch);
  }

  private judgeBatch(chamber: number, state: ChamberState, batch: Batch): void {
    const { batches, beyond, probability, deviation_fraction: least } = this.settings;
    const { z, size, worst } = state.shape.compare(batch, false);
    const p = probabilityOf(z, state.null);
    const isBeyond = p <= probability && size >= least;
    state.last = [...state.last, { p, isBeyond, windows: batch.windows }].slice(-batches);
    const count = state.last.filter((one) => one.isBeyond).length;
    if (count >= beyond) state.isActive = true;
    else if (count < keptBeyond) state.isActive = false;
    if (isBeyond) state.reported = this.finding(chamber, state, { batch, size, worst, p, count });
  }

  private finding(
    chamber: number,
    { shape, last }: ChamberState,
    { batch, size, worst, p, count }: { batch: Batch; size: number; worst: number; p: number; count: number },
  ): RawFinding {
    const { name, unit, width } = batchHistograms[worst] as (typeof batchHistograms)[number];
    const { bins, sigma } = shape.shift(batch, worst);
    const [shift, error] = [bins * width, sigma * width];
    const windows = last.reduce((sum, one) => sum + one.windows, 0);
    const moved = `their mean is shifted by ${shift < 0 ? "" : "+"}${fixed(shift, 1)} ± ${error.toFixed(1)} ${unit}`;
    return {
      rule: "goodness-of-fit",
      scope: { kind: "chamber", chamber },
      state: "warning",
      reason: `segments differ from ${this.by}: ${count} of the last ${last.length} batches have p below ${percent(this.settings.probability)} (last p = ${rough(p)}), largest deviation in the ${name}: ${moved}`,
      numbers: { deviation: size, probability: p, batches_beyond: count, shift, shift_sigma: error, windows },
    };
  }

  /** The active findings. */
  reported(): RawFinding[] {
    return [...this.chambers.values()].flatMap(({ isActive, reported }) =>
      isActive && reported !== null ? [reported] : [],
    );
  }
}

/** Fraction of the good batches that deviate at least as much; never 0. */
function probabilityOf(z: number, sorted: readonly number[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < z) low = middle + 1;
    else high = middle;
  }
  return (1 + sorted.length - low) / (1 + sorted.length);
}
