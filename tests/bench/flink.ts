/** `npm run bench -- flink`: the streaming job on a Kafka and a Flink of its own, from one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { backlogFigure, liveFigures, startCluster, stopCluster } from "./measure/flink.js";
import { knownRows } from "./measure/known-rows.js";
import { figureLine, type Figure } from "./measure/report.js";

const print = (figure: Figure): void => console.log(figureLine(figure));

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  "every figure is of a run whose answer was checked; broker, Flink and worker share the processors\n",
);
const stateFolder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
const cluster = await startCluster(stateFolder);
try {
  print(await backlogFigure(cluster, knownRows(1_000_000, 20_000), 1, 1000, 100e3));
  print(await backlogFigure(cluster, knownRows(5_000_000, 100_000), 100, 200, 1e6));
  print(await backlogFigure(cluster, knownRows(20_000_000, 400_000), 1000, 20, 2e6));
  for (const figure of await liveFigures(cluster, 40)) print(figure);
} finally {
  await stopCluster(cluster);
  rmSync(stateFolder, { recursive: true, force: true });
}
process.exit(0);
