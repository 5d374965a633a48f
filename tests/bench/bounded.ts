/**
 * `npm run bench -- bounded`: bounded runs over 10 million rows on every runner, and 25 million rows in one window.
 * `-- bounded --scale 0.02` is a trial with fewer rows.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { readBenchOptions } from "./measure/bench-options.js";
import { boundedMeasurements } from "./measure/bounded.js";
import { lineOf } from "./measure/measurements.js";

const options = readBenchOptions(["runners", "one-window"]);
const folder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log("every figure comes from a run whose answer was checked; all processes share the processors\n");
try {
  for (const study of options.only) {
    for await (const measurement of boundedMeasurements(study, folder, options))
      console.log(lineOf(measurement));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
