/** A renamed option still accepts its old name; help and completion omit the old name. */
import { describe, expect, it } from "vitest";
import type { BatchPlan } from "../../runners/batch/run.js";
import { verbs } from "../../runners/cli/verbs.js";
import { chooseDetector } from "../../runners/cli/detector-file.js";
import { createProgram } from "../../runners/cli/parse.js";
import type { ProcessOptions } from "../../runners/cli/process-options.js";
import { batchPlan } from "../../runners/cli/process-plan.js";
import { contextOf, runCli } from "./run-cli.js";

/** The plan of `process` for these options. */
async function planFor(...args: string[]): Promise<BatchPlan> {
  const context = contextOf();
  let plan: BatchPlan | undefined;
  const program = createProgram(verbs, "1", context, (_, options) => {
    const typed = options as ProcessOptions;
    plan = batchPlan(typed, chooseDetector(typed, context), [], null, context);
    return Promise.resolve();
  });
  const all = ["process", "--runner", "flink", "--input", "rows.txt", "--output", "-", ...args];
  await program.parseAsync(all, { from: "user" });
  return plan!;
}

describe("--patience, now --stall-timeout", () => {
  it.each([
    [[], 300_000],
    [["--stall-timeout", "20"], 20_000],
    [["--patience", "30"], 30_000],
  ])("%j gives %i ms", async (args, ms) => {
    expect((await planFor(...args)).cluster?.stallTimeoutMs).toBe(ms);
  });

  it("is omitted in help and completion", async () => {
    const texts = await Promise.all([runCli(["process", "--help"]), runCli(["completion", "bash"])]);
    for (const { stdout } of texts) {
      expect(stdout).toContain("--stall-timeout");
      expect(stdout).not.toContain("--patience");
    }
  });
});
