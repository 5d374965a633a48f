// `npm run bench -- NAME`: compiles tests/bench and runs one of its programs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bootstrapped, root } from "../bootstrap.js";
import { runTool } from "./build.js";
import { runVisibly } from "./child.js";
import { BootstrapFailure, explain } from "./failure.js";
import { interruptible } from "./interruption.js";

/** @param {string[]} args */
export async function benchCommand(args) {
  await bootstrapped({ page: false }, () => interruptible((signal) => runBench(args, signal)).catch(explain));
}

/**
 * @param {string[]} args
 * @param {AbortSignal} signal
 */
async function runBench(args, signal) {
  const [name, rest] = benchName(args);
  if (!existsSync(join(root, `tests/bench/${name}.ts`))) {
    throw new BootstrapFailure(`unknown benchmark "${name}": tests/bench/${name}.ts does not exist`);
  }
  const folders = ["tests/bench", "tests/bridge", "tests/helpers", "tests/reference"];
  await runTool(root, ["infra/bootstrap/compile.js", ...folders], signal);
  return runVisibly(process.execPath, [`build/tests/bench/${name}.js`, ...rest], { cwd: root, signal });
}

/**
 * The first argument unless it is an option, and the arguments after it.
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
export function benchName(args) {
  const [first, ...rest] = args;
  return first && !first.startsWith("-") ? [first, rest] : ["main", args];
}
