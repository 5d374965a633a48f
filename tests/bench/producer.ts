/** `npm run bench -- producer`: speed from a local file into a Kafka that the benchmark starts, in one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { startKafka } from "../../runners/services/index.js";
import { knownRows } from "./measure/known-rows.js";
import { producerFigure } from "./measure/producer.js";
import { figureLine } from "./measure/report.js";

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  "every figure comes from a run whose topic was compared with the file; the broker shares the processors\n",
);
const folder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
const { bootstrapServers, part } = await startKafka({ stateFolder: folder });
const cases = [
  [20_000_000, 400_000, 1000, 1e6],
  [5_000_000, 100_000, 100, 1e6],
  [1_000_000, 20_000, 1, 100e3],
] as const;
try {
  for (const [rows, rateHz, rowsPerMessage, target] of cases) {
    const figure = await producerFigure(
      bootstrapServers,
      folder,
      knownRows(rows, rateHz),
      rowsPerMessage,
      target,
    );
    console.log(figureLine(figure));
  }
} finally {
  await part.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
