/**
 * The null distribution of a reference: how far good batches deviate from it. It is computed once, from the
 * reference's own batches of consecutive windows, which contain dependent layers, noise and clustering. Toys (random
 * batches) increase the statistics. They are drawn from each histogram independently, so their spread is scaled up to
 * that of the own batches.
 */
import type { GoodnessNull, SegmentCounts, WindowMessage } from "../../../../pipeline/model/index.js";
import { addSegments, batchOf, emptyBatch, type Batch } from "./batch.js";
import { ReferenceShape } from "./statistic.js";
import { ToyMaker, toyRandom } from "./toys.js";

/** Minimum number of four-hit segments of a batch. */
const batchSegments = 250;
/** With fewer own batches in all chambers, a reference has no null distribution. */
const fewestBatches = 12;
const toysPerChamber = 300;
/** When a chamber has more batches, every second one is dropped. */
const mostBatches = 1000;

interface ChamberBatches {
  batches: Batch[];
  /** One in `stride` batches is kept. */
  stride: number;
  made: number;
  current: Batch;
}

export class NullBatches {
  private readonly chambers = new Map<string, ChamberBatches>();

  /** Adds the next window of the reference. */
  add({ segment_chamber: segments, partial, hit_count }: WindowMessage): void {
    if (segments === undefined || partial || hit_count === 0) return;
    for (const [chamber, counts] of Object.entries(segments)) this.addChamber(chamber, counts);
  }

  private addChamber(chamber: string, counts: SegmentCounts): void {
    const own = this.chambers.get(chamber) ?? { batches: [], stride: 1, made: 0, current: emptyBatch() };
    this.chambers.set(chamber, own);
    addSegments(own.current, counts);
    if (own.current.segments < batchSegments) return;
    if (own.made % own.stride === 0) own.batches.push(own.current);
    own.made += 1;
    own.current = emptyBatch();
    if (own.batches.length <= mostBatches) return;
    own.batches = own.batches.filter((_, i) => i % 2 === 0);
    own.stride *= 2;
  }

  /**
   * @param sum of all added windows, possibly with others
   * @returns undefined if the windows have no segments
   */
  finish(sum: Readonly<Record<string, SegmentCounts>> | undefined): GoodnessNull | undefined {
    if (sum === undefined) return undefined;
    const shapes = [...this.chambers].flatMap(([chamber, { batches }]) => {
      const segments = sum[chamber];
      if (segments === undefined || segments.four_hit < 2 * batchSegments) return [];
      const reference = batchOf(segments);
      const shape = new ReferenceShape(reference, batchSegments);
      return [{ chamber, reference, shape, own: batches.map((batch) => shape.compare(batch, true).z) }];
    });
    const all = shapes.flatMap(({ own }) => own);
    if (all.length < fewestBatches) return undefined;
    const spread = spreadOf(all);
    const chambers = shapes.map(({ chamber, reference, shape, own }) => {
      const toys = new ToyMaker(reference, batchSegments, toyRandom(Number(chamber)));
      const drawn = Array.from(
        { length: Math.max(0, toysPerChamber - own.length) },
        () => spread * deviationOf(toys.next(), shape),
      );
      const values = [...own, ...drawn].map((z) => Number(z.toFixed(3))).sort((a, b) => a - b);
      return [chamber, values] as const;
    });
    return { segments: batchSegments, chambers: Object.fromEntries(chambers) };
  }
}

/**
 * A toy is drawn from the reference but is not part of it. Comparing it with the whole reference neglects the
 * fluctuation of the reference; comparing it with the rest counts the toy's fluctuation twice. The mean of both is
 * right.
 */
function deviationOf(toy: Batch, shape: ReferenceShape): number {
  return (shape.compare(toy, true).z + shape.compare(toy, false).z) / 2;
}

/** Root mean square of the deviations, at least 1, increased by its own statistical error. */
function spreadOf(values: readonly number[]): number {
  const square = values.reduce((sum, z) => sum + z * z, 0) / values.length;
  return Math.max(1, Math.sqrt(square)) * (1 + 1 / Math.sqrt(2 * values.length));
}

/** The null distribution of a reference that is the sum of these windows. */
export function nullOf(
  windows: readonly WindowMessage[],
  sum: Readonly<Record<string, SegmentCounts>> | undefined,
): GoodnessNull | undefined {
  const batches = new NullBatches();
  for (const message of windows) batches.add(message);
  return batches.finish(sum);
}
