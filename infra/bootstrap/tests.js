// `npm test`: everything installed and built, then vitest, then one line that sums up.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bootstrapped, root } from "../bootstrap.js";
import { runVisibly } from "./child.js";
import { explain } from "./failure.js";
import { interruptible } from "./interruption.js";

/**
 * The parts we read of vitest's JSON report.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults
 */
/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

const resultsFile = "build/test-results.json";

/** @param {string[]} args */
export async function testCommand(args) {
  await bootstrapped({ page: true }, () => interruptible((signal) => runTests(args, signal)).catch(explain));
}

/**
 * @param {string[]} args
 * @param {AbortSignal} signal
 */
async function runTests(args, signal) {
  rmSync(join(root, resultsFile), { force: true });
  const env = args.includes("--long") ? { ...process.env, MUONITOR_LONG: "1" } : process.env;
  const filters = args.filter((arg) => arg !== "--long");
  const code = await runVisibly(process.execPath, [...vitest, ...filters], { cwd: root, env, signal });
  const tally = tallyOf(readReport(), code);
  console.log(closingLine(tally));
  return tally.failed > 0 || tally.passed === 0 ? code || 1 : 0;
}

const vitest = [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--config=tests/vitest.config.ts",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${resultsFile}`,
];

/** @returns {Report | undefined} undefined when vitest did not come so far as to write one */
function readReport() {
  try {
    return JSON.parse(readFileSync(join(root, resultsFile), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * A file that could not be loaded is one failure, and so is a run that failed for another reason than a test.
 * @param {Report | undefined} report
 * @param {number} code of vitest
 * @returns {Tally}
 */
export function tallyOf(report, code) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.testResults.filter(failedToLoad).length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {Report["testResults"][number]} file */
function failedToLoad(file) {
  return file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed");
}

/** @param {Tally} tally */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
