/** Runs the benchmark of the steps with small inputs: it fails if a step is much slower than its target. Figures are printed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { tolerance } from "./measure/report.js";

// Other processes of the machine may slow down one run, but hardly three.
it("every step reaches a fifth of its target, when compiled", { retry: 2 }, async () => {
  const { code, output } = await runBench(["--small"]);
  console.info(output);
  const lines = stripVTControlCharacters(output).split("\n");
  const ratios = lines
    .map((line) => / target .*, ([\d.]+) x$/.exec(line)?.[1])
    .filter((ratio) => ratio !== undefined);
  expect(ratios).toHaveLength(11);
  expect(Math.min(...ratios.map(Number))).toBeGreaterThanOrEqual(1 / tolerance);
  expect(code).toBe(0);
});

/** In a separate process: Vitest would slow down each call into another module by up to five times. */
function runBench(args: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, "infra/bench.js"), ...args],
      (error, stdout, stderr) => {
        resolve({
          code: error === null ? child.exitCode : (error.code ?? error.signal),
          output: stdout + stderr,
        });
      },
    );
  });
}
