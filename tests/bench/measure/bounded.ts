/** Bounded runs on the direct runner, Flink and Spark: rows/s, memory, and the same messages from all. */
import type { Measurement } from "./measurements.js";
import { measureProcess, type ProcessFigures, type RowsFile } from "./process-run.js";

export interface BoundedCase {
  label: string;
  args: readonly string[];
}

export const runnerCases: readonly BoundedCase[] = [
  { label: "direct", args: [] },
  { label: "Flink, 1 worker", args: ["--runner", "flink", "--workers", "1"] },
  { label: "Flink, 2 workers", args: ["--runner", "flink", "--workers", "2"] },
  { label: "Spark, 1 worker", args: ["--runner", "spark", "--workers", "1"] },
  { label: "Spark, 2 workers", args: ["--runner", "spark", "--workers", "2"] },
];

/** Size of a piece, MiB. */
export const pieceCases: readonly BoundedCase[] = [1, 4, 32].map((size) => ({
  label: String(size),
  args: ["--runner", "flink", "--workers", "2", "--piece-size", String(size)],
}));

/**
 * Measures cases one after the other.
 * @throws Error when two of them have not the same messages
 */
export async function measureCases(
  study: string,
  input: RowsFile,
  folder: string,
  cases: readonly BoundedCase[],
  tell: (line: string) => void,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  let known: ProcessFigures | null = null;
  for (const { label, args } of cases) {
    const figures = await measureProcess(input, folder, args);
    known ??= figures;
    if (figures.digest !== known.digest) throw new Error(`wrong answer: ${label} has other messages`);
    const { rowsPerSecond, memoryMb, wallSeconds } = figures;
    measurements.push({
      study,
      label,
      value: Math.round(rowsPerSecond),
      unit: "rows/s",
      memoryMb: Math.round(memoryMb),
      wallSeconds: Number(wallSeconds.toFixed(1)),
    });
    tell(
      `${study}: ${label}: ${(rowsPerSecond / 1e6).toFixed(2)} million rows/s, ${wallSeconds.toFixed(1)} s with start and stop, ${Math.round(memoryMb)} MB, ${figures.windows} windows`,
    );
  }
  return measurements;
}
