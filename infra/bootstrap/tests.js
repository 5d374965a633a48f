// `npm test`: installs and builds everything, runs vitest and prints a summary line.
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { bootstrapped, root } from "../bootstrap.js";
import { runVisibly } from "./child.js";
import { explain } from "./failure.js";
import { hookErrorsFile } from "./hook-errors.js";
import { interruptible } from "./interruption.js";

/**
 * The fields that we use of vitest's JSON report.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {FileReport[]} testResults
 * @property {Record<string, string>} [hookErrors] by path
 */
/**
 * @typedef {object} FileReport
 * @property {string} name its path
 * @property {string} status
 * @property {string} message reason why the file could not be loaded
 * @property {{ status: string, fullName: string, failureMessages: string[] }[]} assertionResults
 */
/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

const resultsFile = "build/test-results.json";

/** @param {string[]} args */
export async function testCommand(args) {
  await bootstrapped({ page: true, tools: true }, () =>
    interruptible((signal) => runTests(args, signal)).catch(explain),
  );
}

/**
 * @param {string[]} args
 * @param {AbortSignal} signal
 */
async function runTests(args, signal) {
  forgetReport();
  const env = args.includes("--long") ? { ...process.env, MUONITOR_LONG: "1" } : process.env;
  const filters = args.filter((arg) => arg !== "--long");
  const code = await runVisibly(process.execPath, [...vitest, ...filters], { cwd: root, env, signal });
  const report = readReport();
  const tally = tallyOf(report, code);
  for (const line of failureLines(report)) console.log(line);
  console.log(closingLine(tally));
  return tally.failed > 0 || tally.passed === 0 ? code || 1 : 0;
}

const vitest = [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--config=tests/vitest.config.ts",
  "--reporter=default",
  "--reporter=json",
  "--reporter=infra/bootstrap/hook-errors.js",
  `--outputFile.json=${resultsFile}`,
];

export function forgetReport() {
  for (const file of [join(root, resultsFile), hookErrorsFile]) rmSync(file, { force: true });
}

/**
 * Result of the last run of `npm test`, even if another process ran it.
 * @param {number} code of that run
 */
export function lastTally(code) {
  return tallyOf(readReport(), code);
}

/** @returns {Report | undefined} undefined when vitest did not write one */
function readReport() {
  const report = readJson(join(root, resultsFile));
  return report && { ...report, hookErrors: readJson(hookErrorsFile) };
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * A file that could not be loaded counts as one failure, and so does a run that failed for a reason other than a
 * test.
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

/**
 * Failures and their reasons, one line each, for the end of a long log; `.ci/run` collects them.
 * @param {Report | undefined} report
 */
export function failureLines(report) {
  return (report?.testResults ?? []).flatMap((file) => {
    const path = relative(root, file.name);
    if (failedToLoad(file)) return [failureLine(path, file.message || report?.hookErrors?.[file.name])];
    const tests = file.assertionResults.filter(({ status }) => status === "failed");
    return tests.map((test) => failureLine(`${path}: ${test.fullName}`, test.failureMessages[0]));
  });
}

const longestReason = 500;

/**
 * @param {string} what
 * @param {string | undefined} why
 */
function failureLine(what, why) {
  const lines = stripVTControlCharacters(why ?? "").split("\n");
  const stack = lines.findIndex((line) => /^\s*at\b/.test(line));
  const reason = (stack < 0 ? lines : lines.slice(0, stack))
    .map((line) => line.trim())
    .join(" ")
    .trim();
  return `FAILED ${what}: ${reason.slice(0, longestReason) || "no reason given"}`;
}

/** @param {FileReport} file */
function failedToLoad(file) {
  return file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed");
}

/** @param {Tally} tally */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
