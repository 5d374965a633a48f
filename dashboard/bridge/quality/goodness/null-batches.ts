/**
 * The stored null of a reference: how far good batches are from it. Its own batches, consecutive windows that have everything
 * good batches have in common (dependent layers, noise, clustering), are completed by toys: drawn from each histogram for
 * itself, they lack the dependence, so their spread is widened to that of the own batches. All this once, when it is made.
 */
import type { GoodnessNull, SegmentCounts, WindowMessage } from "../../../../pipeline/model/index.js";
import { addSegments, batchOf, emptyBatch, type Batch } from "./batch.js";
import { ReferenceShape } from "./statistic.js";
import { ToyMaker, toyRandom } from "./toys.js";

/** Four-hit segments of a batch, at least. */
const batchSegments = 250;
/** With fewer of its own in all chambers a reference has no null. */
const fewestBatches = 12;
const toysPerChamber = 300;
/** When a chamber has more batches, every second one goes. */
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

  /** Takes the next window of the reference. */
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
   * @param sum of all windows that were added, and of others
   * @returns undefined where the windows have no segments
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
 * A toy is drawn from the reference and no part of it: beside it the reference has no chance of its own, without it that of
 * the toy counts twice. The middle is right.
 */
function deviationOf(toy: Batch, shape: ReferenceShape): number {
  return (shape.compare(toy, true).z + shape.compare(toy, false).z) / 2;
}

/** Root mean square of the deviations, at least 1, and wider by the error of so few. */
function spreadOf(values: readonly number[]): number {
  const square = values.reduce((sum, z) => sum + z * z, 0) / values.length;
  return Math.max(1, Math.sqrt(square)) * (1 + 1 / Math.sqrt(2 * values.length));
}

/** The null of a reference that is the sum of these windows. */
export function nullOf(
  windows: readonly WindowMessage[],
  sum: Readonly<Record<string, SegmentCounts>> | undefined,
): GoodnessNull | undefined {
  const batches = new NullBatches();
  for (const message of windows) batches.add(message);
  return batches.finish(sum);
}
