/** An engine whose start is aborted. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { startEngine } from "../../../runners/batch/cluster/engine.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();

// An unhandled rejection would fail the test run.
it.each([
  ["flink", "127.0.0.1:1"],
  ["flink", null],
  ["spark", "local[*]"],
] as const)("a %s engine at %s whose start is aborted gives one error", async (kind, master) => {
  const given = startEngine({
    kind,
    master,
    workerPool: "127.0.0.1:1",
    workers: 1,
    pieces: 1,
    stateFolder: join(scratch.path, kind),
    jarsFolder: join(scratch.path, "jars"),
    log: () => undefined,
    signal: AbortSignal.abort(new Error("given up")),
  });
  await expect(given).rejects.toThrow("given up");
});
