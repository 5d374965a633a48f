/**
 * `npm run bench -- study`: the scaling study. Measures, and writes measurements.json, plots and tables of
 * infra/benchmarks. To be run when nothing else runs; `-- study --conditions "while ..."` says so otherwise.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureCases, pieceCases, runnerCases } from "./measure/bounded.js";
import { backlogFigure, liveFigures, startCluster, stopCluster, type Cluster } from "./measure/flink.js";
import { knownRows } from "./measure/known-rows.js";
import { writeMeasurements, type Measurement } from "./measure/measurements.js";
import { writePage } from "./measure/page.js";
import { writeRows } from "./measure/process-run.js";
import type { Figure } from "./measure/report.js";

const folder = mkdtempSync(join(tmpdir(), "muonitor-study-"));
const given = process.argv.indexOf("--conditions");
const conditions = given < 0 ? "with nothing else running" : (process.argv[given + 1] ?? "");
const tell = (line: string): void => console.log(line);

function keep(study: string, label: string, figure: Figure): Measurement {
  const unit = figure.unit === "ms" ? "ms" : "rows/s";
  tell(`${study}: ${label}: ${Math.round(figure.value)} ${unit}`);
  return { study, label, value: Math.round(figure.value), unit };
}

async function bounded(): Promise<Measurement[]> {
  const many = writeRows(join(folder, "many.csv"), 10_000_000, 500_000);
  const runners = await measureCases("runners", many, folder, runnerCases, tell);
  const pieces = await measureCases("piece-size", many, folder, pieceCases, tell);
  const crowded = writeRows(join(folder, "crowded.csv"), 25_000_000, 25_000_000);
  const two = runnerCases.filter(({ label }) => !label.includes("1 worker"));
  const oneWindow = await measureCases("one-window", crowded, folder, two, tell);
  return [...runners, ...oneWindow, ...pieces];
}

const backlogRows = 3_000_000;

async function streaming(cluster: Cluster): Promise<Measurement[]> {
  const found: Measurement[] = [];
  const input = knownRows(backlogRows, 100_000);
  const few = knownRows(300_000, 10_000);
  for (const rows of [1, 10, 100, 1000]) {
    const figure = await backlogFigure(cluster, rows === 1 ? few : input, {
      rowsPerMessage: rows,
      maxBundleSize: 100,
      aim: 1,
    });
    found.push(keep("rows-per-message", String(rows), figure));
  }
  for (const partitions of [1, 2, 4, 10]) {
    found.push(
      keep(
        "partitions",
        String(partitions),
        await backlogFigure(cluster, input, { rowsPerMessage: 100, maxBundleSize: 200, aim: 1, partitions }),
      ),
    );
  }
  for (const size of [20, 500, 2000])
    found.push(
      keep(
        "bundle-size",
        String(size),
        await backlogFigure(cluster, input, { rowsPerMessage: 100, maxBundleSize: size, aim: 1 }),
      ),
    );
  for (const rateHz of [1000, 5000]) {
    const [half] = await liveFigures(cluster, 15, rateHz);
    found.push(keep("rate", `${rateHz} rows/s`, half as Figure));
  }
  return found;
}

try {
  const measurements = await bounded();
  const cluster = await startCluster(folder);
  try {
    measurements.push(...(await streaming(cluster)));
  } finally {
    await stopCluster(cluster);
  }
  writePage(writeMeasurements(measurements, conditions));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
