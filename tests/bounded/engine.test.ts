/** What a bounded job needs around it does not come up. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { startEngine } from "../../runners/bounded/engine.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();

// A rejection that nobody hears of fails the run by itself.
it.each(["127.0.0.1:1", null])("a Flink engine at %s that is given up is one error", async (master) => {
  const given = startEngine({
    kind: "flink",
    master,
    workerPool: "127.0.0.1:1",
    workers: 1,
    stateFolder: join(scratch.path, String(master)),
    jarsFolder: join(scratch.path, "jars"),
    log: () => undefined,
    signal: AbortSignal.abort(new Error("given up")),
  });
  await expect(given).rejects.toThrow("given up");
});
