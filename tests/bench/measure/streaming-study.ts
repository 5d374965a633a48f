/**
 * Parameters that affect the speed of the streaming job: draining a backlog on Kafka with one of them varied, and live
 * delays.
 */
import { scaled, type BenchOptions } from "./bench-options.js";
import { backlogFigure, type Backlog } from "./backlog.js";
import { liveFigures, type Cluster } from "./flink.js";
import { knownRows, type KnownRows } from "./known-rows.js";
import type { Measurement } from "./measurements.js";
import type { Figure } from "./report.js";

/** Large enough that the first seconds of a job do not matter. */
const backlogRows = 10_000_000;
/** Messages of one row are by far the most expensive. */
const singleRows = 2_000_000;
const densityHz = 200_000;
const liveSeconds = 15;

interface Case {
  label: string;
  backlog: Backlog;
}

const usual = { rowsPerMessage: 100 };

/** By study name: the backlogs to drain, labelled by the varied parameter. */
const backlogStudies: Readonly<Record<string, readonly Case[]>> = {
  "rows-per-message": [1, 10, 100, 1000].map((rowsPerMessage) => ({
    label: String(rowsPerMessage),
    backlog: { rowsPerMessage },
  })),
  partitions: [1, 2, 4, 10].map((partitions) => ({
    label: String(partitions),
    backlog: { ...usual, partitions },
  })),
  "bundle-size": [20, 500, 4000].map((maxBundleSize) => ({
    label: String(maxBundleSize),
    backlog: { ...usual, maxBundleSize },
  })),
  "stream-workers": [1, 2].map((workers) => ({
    label: String(workers),
    backlog: { rowsPerMessage: 1000, workers },
  })),
};
const ratesHz = [1000, 5000, 20_000];

export const streamingStudies: readonly string[] = [...Object.keys(backlogStudies), "rate"];

/** Backlog that is not measured: the first on a new cluster takes about twice as long. */
export async function warmUp(cluster: Cluster, options: BenchOptions): Promise<void> {
  await backlogFigure(cluster, backlogOf(usual.rowsPerMessage, options), { ...usual, target: 1 });
}

/** @throws Error when an answer is wrong */
export async function* streamingMeasurements(
  study: string,
  cluster: Cluster,
  options: BenchOptions,
): AsyncGenerator<Measurement> {
  if (study === "rate") return yield* liveMeasurements(cluster);
  for (const { label, backlog } of backlogStudies[study] ?? []) {
    const rows = backlogOf(backlog.rowsPerMessage, options);
    yield measurementOf(study, label, await backlogFigure(cluster, rows, { ...backlog, target: 1 }));
  }
}

function backlogOf(rowsPerMessage: number, options: BenchOptions): KnownRows {
  const rows = rowsPerMessage === 1 ? singleRows : backlogRows;
  return knownRows(scaled(rows, options), scaled((densityHz * rows) / backlogRows, options));
}

async function* liveMeasurements(cluster: Cluster): AsyncGenerator<Measurement> {
  for (const rateHz of ratesHz) {
    const [median] = await liveFigures(cluster, liveSeconds, rateHz);
    yield measurementOf("rate", `${rateHz} rows/s`, median as Figure);
  }
}

function measurementOf(study: string, label: string, { value, unit }: Figure): Measurement {
  return { study, label, value: Math.round(value), unit: unit === "ms" ? "ms" : "rows/s" };
}
