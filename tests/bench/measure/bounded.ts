/** Bounded runs on the direct runner, Flink and Spark: rows/s, memory, and the same messages from all. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { scaled, type BenchOptions } from "./bench-options.js";
import type { Measurement } from "./measurements.js";
import { measureProcess, writeRows, type ProcessFigures } from "./process-run.js";

interface BoundedCase {
  label: string;
  args: readonly string[];
}

const runnerCases: readonly BoundedCase[] = [
  { label: "direct", args: [] },
  { label: "Flink, 1 worker", args: ["--runner", "flink", "--workers", "1"] },
  { label: "Flink, 2 workers", args: ["--runner", "flink", "--workers", "2"] },
  { label: "Spark, 1 worker", args: ["--runner", "spark", "--workers", "1"] },
  { label: "Spark, 2 workers", args: ["--runner", "spark", "--workers", "2"] },
];

/** Size of a piece, MiB. */
const pieceCases: readonly BoundedCase[] = [1, 4, 32].map((size) => ({
  label: String(size),
  args: ["--runner", "flink", "--workers", "2", "--piece-size", String(size)],
}));

interface BoundedStudy {
  cases: readonly BoundedCase[];
  rows: number;
  /** Density of the orbits, rows/s: windows of 5 s hold five times this number of rows. */
  rateHz: number;
}

const manyRows = { rows: 10_000_000, rateHz: 500_000 };

/** By study name: the cases of the varied parameter, and the rows. */
export const boundedStudies: Readonly<Record<string, BoundedStudy>> = {
  runners: { cases: runnerCases, ...manyRows },
  "piece-size": { cases: pieceCases, ...manyRows },
  "one-window": {
    cases: runnerCases.filter(({ label }) => !label.includes("1 worker")),
    rows: 25_000_000,
    rateHz: 25_000_000,
  },
};

/**
 * Measures the cases of a study one after another.
 * @param folder for the file of rows, which is deleted at the end
 * @throws Error when a run fails, its ledger is wrong, or two cases have different messages
 */
export async function* boundedMeasurements(
  study: string,
  folder: string,
  options: BenchOptions,
): AsyncGenerator<Measurement> {
  const { cases, rows, rateHz } = boundedStudies[study] as BoundedStudy;
  const path = join(folder, `${study}.csv`);
  try {
    const input = writeRows(path, scaled(rows, options), scaled(rateHz, options));
    let known: ProcessFigures | null = null;
    for (const { label, args } of cases) {
      const figures = await measureProcess(input, folder, args);
      known ??= figures;
      if (figures.digest !== known.digest) throw new Error(`wrong answer: messages of ${label} differ`);
      yield measurementOf(study, label, figures);
    }
  } finally {
    rmSync(path, { force: true });
  }
}

function measurementOf(study: string, label: string, figures: ProcessFigures): Measurement {
  const { rowsPerSecond, wallSeconds, memoryMb, processes } = figures;
  return {
    study,
    label,
    value: Math.round(rowsPerSecond),
    unit: "rows/s",
    memoryMb,
    processes,
    wallSeconds: Number(wallSeconds.toFixed(1)),
  };
}
