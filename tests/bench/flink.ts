/** `npm run bench -- flink`: the streaming job on its own Kafka and Flink, in one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { backlogFigure, flinkRates, sparkRates } from "./measure/backlog.js";
import { liveFigures, startCluster, stopCluster } from "./measure/flink.js";
import { knownRows } from "./measure/known-rows.js";
import { figureLine, type Figure } from "./measure/report.js";

const backlogs = [
  { rows: () => knownRows(2_000_000, 20_000), rowsPerMessage: 1, target: 100e3 },
  { rows: () => knownRows(5_000_000, 100_000), rowsPerMessage: 100, target: 1e6 },
  { rows: () => knownRows(20_000_000, 400_000), rowsPerMessage: 1000, target: 2e6 },
];

/** Both read the same rows, one per message, and find no segments. The TaskManager has run jobs before. */
async function compareWithSpark(): Promise<void> {
  try {
    const input = knownRows(4_000_000, 20_000);
    const [theirs, ours] = [await sparkRates(cluster, input), await flinkRates(cluster, input)];
    for (const part of ["warm", "fastest"] as const) {
      const rows = part === "warm" ? "after the first million rows" : "fastest million rows";
      console.log(
        `one row per message, ${rows}: Flink ${perSecond(ours[part])}, PySpark ${perSecond(theirs[part])}`,
      );
      const name = `rate of Flink with 2 workers over PySpark, ${rows}`;
      print({ name, value: ours[part] / theirs[part], unit: "", target: 1.5, better: "more" });
    }
  } catch (error) {
    console.log(`not compared with PySpark: ${String(error)}`);
  }
}

const perSecond = (rate: number): string => `${Math.round(rate)} rows/s`;
const print = (figure: Figure): void => console.log(figureLine(figure));

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  "every figure comes from a run whose answer was checked; broker, Flink and worker share the processors\n",
);
const stateFolder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
const cluster = await startCluster(stateFolder);
try {
  for (const workers of [1, 2]) {
    for (const { rows, ...backlog } of backlogs) {
      print(await backlogFigure(cluster, rows(), { ...backlog, workers }));
    }
  }
  await compareWithSpark();
  for (const figure of await liveFigures(cluster, 100)) print(figure);
} finally {
  await stopCluster(cluster);
  rmSync(stateFolder, { recursive: true, force: true });
}
process.exit(0);
