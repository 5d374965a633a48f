/**
 * Power of tests that compare a batch of segments with a reference, at a fixed false-alarm rate: ours, boxes alone, and the
 * largest Kolmogorov distance. Segments are made by the drift formula (tests/helpers/formula-segments.ts).
 */
import { batchOf, type Batch } from "../../../dashboard/bridge/quality/goodness/batch.js";
import { ReferenceShape } from "../../../dashboard/bridge/quality/goodness/statistic.js";
import { toyRandom } from "../../../dashboard/bridge/quality/goodness/toys.js";
import { formulaSegments, type FormulaFault } from "../../helpers/formula-segments.js";

type Statistic = (batch: Batch) => number;

interface PowerRow {
  size: number;
  fault: string;
  test: string;
  found: number;
  batches: number;
}

export const powerFaults: readonly [string, FormulaFault][] = [
  ["none", {}],
  ["edge 3 %", { edge: 0.03 }],
  ["edge 8 %", { edge: 0.08 }],
  ["edge 20 %", { edge: 0.2 }],
  ["t0 -3 ns", { t0: -3 }],
  ["t0 -6 ns", { t0: -6 }],
  ["noise +2 %", { noise: 0.02 }],
  ["noise +6 %", { noise: 0.06 }],
];

const boxes = 4;
const boxesAndAngle = 5;
const referenceSegments = 50_000;

/** Fraction of good batches beyond the threshold. */
export const falseAlarms = 0.01;

export function powerTable(sizes: readonly number[], nullBatches: number, batches: number): PowerRow[] {
  const random = toyRandom(1);
  const reference = batchOf(formulaSegments(random, referenceSegments));
  return sizes.flatMap((size) => {
    const tests = testsFor(reference, size);
    const good = Array.from({ length: nullBatches }, () => batchOf(formulaSegments(random, size)));
    const thresholds = tests.map(([, statistic]) => thresholdOf(good.map(statistic)));
    return powerFaults.flatMap(([fault, strength]) => {
      const made = Array.from({ length: batches }, () => batchOf(formulaSegments(random, size, strength)));
      return tests.map(([test, statistic], i) => ({
        size,
        fault,
        test,
        found: made.filter((batch) => statistic(batch) > (thresholds[i] as number)).length,
        batches,
      }));
    });
  });
}

function testsFor(reference: Batch, size: number): [string, Statistic][] {
  const part = (batch: Batch, histograms: number): Batch => ({
    ...batch,
    histograms: batch.histograms.slice(0, histograms),
  });
  const ratio = (histograms: number): Statistic => {
    const shape = new ReferenceShape(part(reference, histograms), size);
    return (batch) => shape.compare(part(batch, histograms), false).z;
  };
  return [
    ["boxes, angle, mean timers", ratio(reference.histograms.length)],
    ["boxes and angle", ratio(boxesAndAngle)],
    ["boxes alone", ratio(boxes)],
    ["Kolmogorov, largest of five", (batch) => kolmogorov(part(batch, boxesAndAngle), reference)],
  ];
}

function kolmogorov({ histograms }: Batch, reference: Batch): number {
  return Math.max(
    ...histograms.map((own, i) => {
      const other = reference.histograms[i] as Float64Array;
      const [sumA, sumB] = [sumOf(own), sumOf(other)];
      let [a, b, distance] = [0, 0, 0];
      own.forEach((count, bin) => {
        a += count / sumA;
        b += (other[bin] as number) / sumB;
        distance = Math.max(distance, Math.abs(a - b));
      });
      return distance * Math.sqrt(sumA);
    }),
  );
}

const sumOf = (histogram: Float64Array): number => histogram.reduce((sum, count) => sum + count, 0);

function thresholdOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((1 - falseAlarms) * sorted.length) - 1] as number;
}

/** 95 % interval of a fraction (Wilson). */
export function interval(k: number, n: number): [number, number] {
  const z = 1.96;
  const middle = (k + z ** 2 / 2) / (n + z ** 2);
  const half = (z / (n + z ** 2)) * Math.sqrt((k * (n - k)) / n + z ** 2 / 4);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
