/** `npm run bench -- bounded`: bounded runs over 10 million rows on every runner, and 25 million rows in one window. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { measureCases, runnerCases } from "./measure/bounded.js";
import { writeRows } from "./measure/process-run.js";

const folder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log("every figure is of a run whose answer was checked; all processes share the processors\n");
try {
  const many = writeRows(join(folder, "many.csv"), 10_000_000, 500_000);
  await measureCases("runners", many, folder, runnerCases, console.log);
  const crowded = writeRows(join(folder, "crowded.csv"), 25_000_000, 25_000_000);
  const two = runnerCases.filter(({ label }) => !label.includes("1 worker"));
  await measureCases("one-window", crowded, folder, two, console.log);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
