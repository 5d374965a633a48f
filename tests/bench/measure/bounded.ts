/** Bounded runs on the direct runner, Flink and Spark: rows/s, memory, and the same messages from the same rows. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DetectorConfig } from "../../../pipeline/model/index.js";
import { chooseDetector } from "../../../runners/cli/detector-file.js";
import type { CliContext } from "../../../runners/cli/verb.js";
import { scaled, type BenchOptions } from "./bench-options.js";
import type { Measurement } from "./measurements.js";
import { measureProcess, writeRows, type ProcessFigures } from "./process-run.js";

interface Rows {
  rows: number;
  /** Density of the orbits, rows/s: windows of 5 s hold five times this number of rows. */
  rateHz: number;
  /** Default: the four chambers of the default set-up. */
  chambers?: number;
}

interface BoundedCase extends Rows {
  label: string;
  args: readonly string[];
}

const manyRows: Rows = { rows: 10_000_000, rateHz: 500_000 };
const oneWindow: Rows = { rows: 25_000_000, rateHz: 25_000_000 };
const windowSeconds = 5;

const runnerArgs = {
  direct: [],
  "Flink, 1 worker": ["--runner", "flink", "--workers", "1"],
  "Flink, 2 workers": ["--runner", "flink", "--workers", "2"],
  "Spark, 1 worker": ["--runner", "spark", "--workers", "1"],
  "Spark, 2 workers": ["--runner", "spark", "--workers", "2"],
} as const;
type Runner = keyof typeof runnerArgs;
const runners = Object.keys(runnerArgs) as Runner[];

const pieceArgs = (size: number): string[] => [
  ...runnerArgs["Flink, 2 workers"],
  "--piece-size",
  String(size),
];

/** By study name: one case for each value of the varied parameter. */
export const boundedStudies: Readonly<Record<string, readonly BoundedCase[]>> = {
  runners: runners.map((label) => ({ label, args: runnerArgs[label], ...manyRows })),
  "one-window": (["direct", "Flink, 2 workers", "Spark, 2 workers"] as const).map((label) => ({
    label,
    args: runnerArgs[label],
    ...oneWindow,
  })),
  "piece-size": [1, 4, 32].map((size) => ({ label: String(size), args: pieceArgs(size), ...manyRows })),
  windows: [4, 40, 400, 4000].map((windows) => ({
    label: String(windows),
    args: [],
    rows: manyRows.rows,
    rateHz: manyRows.rows / (windowSeconds * windows),
  })),
  rows: [100_000, 1_000_000, 10_000_000, 40_000_000].map((rows) => ({
    label: rows.toLocaleString("en"),
    args: [],
    ...manyRows,
    rows,
  })),
  threads: [1, 2, 4].map((threads) => ({
    label: String(threads),
    args: ["--threads", String(threads)],
    ...manyRows,
  })),
  chambers: [1, 2, 4, 8].map((chambers) => ({ label: String(chambers), args: [], ...manyRows, chambers })),
};

/**
 * Measures the cases of a study one after another. Successive cases with the same rows share their file.
 * @param folder for the file of rows, which is deleted at the end
 * @throws Error when a run fails, its ledger is wrong, or two cases have different messages of the same rows
 */
export async function* boundedMeasurements(
  study: string,
  folder: string,
  options: BenchOptions,
): AsyncGenerator<Measurement> {
  const path = join(folder, `${study}.csv`);
  let written = "";
  let input = null;
  let known: ProcessFigures | null = null;
  try {
    for (const { label, args, rows, rateHz, chambers } of boundedStudies[study] ?? []) {
      const detector = chambers === undefined ? null : detectorOf(chambers, folder);
      const content = JSON.stringify([rows, rateHz, chambers]);
      if (input === null || content !== written) {
        input = writeRows(path, scaled(rows, options), scaled(rateHz, options), detector?.config);
        [written, known] = [content, null];
      }
      const figures = await measureProcess(input, folder, [...args, ...(detector?.args ?? [])]);
      known ??= figures;
      if (figures.digest !== known.digest) throw new Error(`wrong answer: messages of ${label} differ`);
      yield measurementOf(study, label, figures);
    }
  } finally {
    rmSync(path, { force: true });
  }
}

/** A set-up of chambers like those of the default one, two on each FPGA. */
function detectorOf(count: number, folder: string): { config: DetectorConfig; args: string[] } {
  const path = join(folder, `${count}-chambers.json`);
  const chambers = Array.from({ length: count }, (_, i) => ({
    ...{ fpga: i >> 1, "first-channel": 64 * (i & 1), "height-mm": 250 * i, rotated: i % 4 === 1 },
    "drift-offset-ns": 95,
  }));
  const timing = { sources: [{ name: "scintillator", fpga: 0, channel: 128, "gives-t0": true }] };
  const file = { name: `${count}-chambers`, chambers, timing, macrocells: [], readout: { heads: {} } };
  writeFileSync(path, JSON.stringify(file));
  const { detector } = chooseDetector({ detector: path }, { folder } as CliContext, "bounded");
  return { config: detector, args: ["--detector", path] };
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
