/** `npm run bench -- flink`: the streaming job on its own Kafka and Flink, in one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import {
  backlogFigure,
  liveFigures,
  sparkRowsPerSecond,
  startCluster,
  stopCluster,
} from "./measure/flink.js";
import { knownRows } from "./measure/known-rows.js";
import { figureLine, type Figure } from "./measure/report.js";

const backlogs = [
  { rows: () => knownRows(2_000_000, 20_000), rowsPerMessage: 1, maxBundleSize: 1000, aim: 100e3 },
  { rows: () => knownRows(5_000_000, 100_000), rowsPerMessage: 100, maxBundleSize: 200, aim: 1e6 },
  { rows: () => knownRows(20_000_000, 400_000), rowsPerMessage: 1000, maxBundleSize: 20, aim: 2e6 },
];

/** @param ours rows/s with two workers and one row per message */
async function compareWithSpark(ours: number): Promise<void> {
  try {
    const theirs = await sparkRowsPerSecond(cluster, knownRows(3_000_000, 20_000));
    console.log(
      `PySpark Structured Streaming, one row per message, fastest batch: ${Math.round(theirs)} rows/s`,
    );
    const name = "rate of Flink with 2 workers over PySpark";
    print({ name, value: ours / theirs, unit: "", aim: 1.5, better: "more" });
  } catch (error) {
    console.log(`not compared with PySpark: ${String(error)}`);
  }
}

const print = (figure: Figure): void => console.log(figureLine(figure));

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  "every figure comes from a run whose answer was checked; broker, Flink and worker share the processors\n",
);
const stateFolder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
const cluster = await startCluster(stateFolder);
try {
  let singles = NaN;
  for (const workers of [1, 2]) {
    for (const { rows, ...backlog } of backlogs) {
      const figure = await backlogFigure(cluster, rows(), { ...backlog, workers });
      print(figure);
      if (backlog.rowsPerMessage === 1) singles = figure.value;
    }
  }
  await compareWithSpark(singles);
  for (const figure of await liveFigures(cluster, 100)) print(figure);
} finally {
  await stopCluster(cluster);
  rmSync(stateFolder, { recursive: true, force: true });
}
process.exit(0);
