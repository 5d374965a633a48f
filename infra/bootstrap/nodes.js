// Tests Muonitor on other versions of Node, which come as npm packages: the newest runs all of `npm test`, the others the two
// commands of the README, each verb once and tests of what depends on Node's own modules, most of them on the oldest.
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { bootstrapped, root } from "../bootstrap.js";
import { runQuietly, runVisibly } from "./child.js";
import { BootstrapFailure, explain } from "./failure.js";
import { interruptible } from "./interruption.js";
import { npmCommand } from "./install.js";
import { announced, print } from "./progress.js";
import { forgetResults, lastResults } from "./results.js";
import { smoke } from "./smoke.js";
import { closingLine, tallyOf } from "./tests.js";

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** The SDK and SQLite. */
const mostOfNode = [
  "tests/steps",
  "tests/beam/quiet",
  "tests/bridge/store-readers",
  "tests/bridge/store-formats",
];
/** Threads, processes, files, databases and sockets. */
const ofNode = [
  "beam",
  "bridge/store",
  "cli/process",
  "cli/system",
  "input",
  "live",
  "process",
  "services",
  "worker",
];

/** @type {{ version: string, tests: string[] | "all" }[]} */
const supported = [
  { version: "20.19", tests: ofNode.map((name) => `tests/${name}`) },
  { version: "22", tests: mostOfNode },
  { version: "24", tests: mostOfNode },
  { version: "26", tests: "all" },
];

/** @param {string[]} versions as npm names them; empty for all supported ones */
export async function nodesCommand(versions) {
  await bootstrapped({ page: true, tools: true }, () =>
    interruptible((signal) => tryAll(versions, signal)).catch(explain),
  );
}

/**
 * @param {string[]} versions
 * @param {AbortSignal} signal
 */
async function tryAll(versions, signal) {
  const asked = versions.length > 0 ? versions : supported.map(({ version }) => version);
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const version of asked) {
    const tally = await tryOne(version, signal);
    print(`Node ${version}: ${closingLine(tally)}`);
    for (const key of /** @type {const} */ (["passed", "failed", "skipped"])) total[key] += tally[key];
  }
  console.log(closingLine(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/**
 * @param {string} version
 * @param {AbortSignal} signal
 * @returns {Promise<Tally>}
 */
async function tryOne(version, signal) {
  const node = await installNode(version, signal);
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}` };
  const tests = supported.find((one) => one.version === version)?.tests ?? mostOfNode;
  return tests === "all"
    ? npmTest([node, "infra/test.js"], env, signal)
    : smoke({ node, env, signal }, tests);
}

/**
 * Returns the path of the binary; fetches it once.
 * @param {string} version
 * @param {AbortSignal} signal
 */
async function installNode(version, signal) {
  const folder = join(root, ".muonitor/nodes", version);
  const node = join(folder, "node_modules/node/bin/node");
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const [command, ...args] = npmCommand(process.env);
  // The package fetches the binary of this platform in its install script.
  const options = ["--prefix", folder, "--no-save", "--ignore-scripts=false", "--no-audit", "--no-fund"];
  await announced(`fetching Node ${version}`, async () => {
    const { code, output } = await runQuietly(command, [...args, "install", ...options, `node@${version}`], {
      cwd: folder,
      signal,
    });
    if (code !== 0 || !existsSync(node)) throw new BootstrapFailure(`npm has no Node ${version}`, output);
  });
  return node;
}

/**
 * @param {[string, ...string[]]} command
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<Tally>}
 */
async function npmTest([node, ...args], env, signal) {
  forgetResults();
  const code = await runVisibly(node, args, { cwd: root, env, signal });
  return tallyOf(lastResults(), code);
}
