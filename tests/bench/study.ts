/**
 * `npm run bench -- study`: the scaling study. After each study it writes measurements.json and the plots and tables of
 * infra/benchmarks. Run it on an otherwise idle machine, or describe the load with
 * `--conditions "while ..."`. `--only runners,partitions` selects studies; `--scale 0.02` is a trial, into its own
 * folder.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBenchOptions } from "./measure/bench-options.js";
import { boundedMeasurements, boundedStudies } from "./measure/bounded.js";
import { startCluster, stopCluster, type Cluster } from "./measure/flink.js";
import { benchmarksFolder, lineOf, MeasurementLog, type Measurement } from "./measure/measurements.js";
import { writePage } from "./measure/page.js";
import { streamingMeasurements, streamingStudies, warmUp } from "./measure/streaming-study.js";

const studies = [...Object.keys(boundedStudies), ...streamingStudies];
const options = readBenchOptions(studies);
const folder = mkdtempSync(join(tmpdir(), "muonitor-study-"));
const target = options.scale === 1 ? benchmarksFolder : mkdtempSync(join(tmpdir(), "muonitor-study-page-"));
const log = new MeasurementLog(target, options.conditions);
const failures: string[] = [];

/** A failed study is reported at the end and does not stop the following ones. */
async function keep(study: string, measurements: AsyncIterable<Measurement>): Promise<void> {
  try {
    for await (const measurement of measurements) {
      console.log(lineOf(measurement));
      log.add(measurement);
    }
  } catch (error) {
    console.error(`${study} failed: ${String(error)}`);
    failures.push(study);
  }
  writePage(log.all, target);
}

async function streaming(wanted: readonly string[], cluster: Cluster): Promise<void> {
  try {
    await warmUp(cluster, options);
    for (const study of wanted) await keep(study, streamingMeasurements(study, cluster, options));
  } finally {
    await stopCluster(cluster);
  }
}

const began = performance.now();
try {
  for (const study of options.only.filter((name) => name in boundedStudies))
    await keep(study, boundedMeasurements(study, folder, options));
  const ofStream = options.only.filter((name) => streamingStudies.includes(name));
  if (ofStream.length > 0) await streaming(ofStream, await startCluster(folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${((performance.now() - began) / 60_000).toFixed(1)} minutes; the page is ${join(target, "README.md")}`,
);
if (failures.length > 0) console.error(`failed: ${failures.join(", ")}`);
process.exit(failures.length === 0 ? 0 : 1);
