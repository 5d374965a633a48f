// `npm test`: installs and builds everything, runs vitest and prints a summary line.
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { bootstrapped, root } from "../bootstrap.js";
import { runVisibly } from "./child.js";
import { explain, Interrupted } from "./failure.js";
import { interruptible } from "./interruption.js";
import { forgetResults, lastResults } from "./results.js";

/** @typedef {import("./results.js").Results} Results */
/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

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
  const env = args.includes("--long") ? { ...process.env, MUONITOR_LONG: "1" } : process.env;
  const filters = args.filter((arg) => arg !== "--long");
  forgetResults();
  const code = await runVitest(filters, env, signal);
  const results = lastResults();
  const tally = tallyOf(results, code);
  for (const line of failureLines(results)) console.log(line);
  for (const line of unfinishedLines(results)) console.log(line);
  console.log(closingLine(tally));
  return tally.failed > 0 || tally.passed === 0 ? code || 1 : 0;
}

/** A run ends at MUONITOR_TESTS_LIMIT (seconds since 1970), whatever has not finished. */
class TimeLimit extends Interrupted {
  constructor() {
    super("SIGTERM");
  }
}

/**
 * Returns the exit code of vitest; 0 if the time limit ended it.
 * @param {string[]} filters
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 */
async function runVitest(filters, env, signal) {
  const limit = new AbortController();
  const endMs = Number(env["MUONITOR_TESTS_LIMIT"] ?? Infinity) * 1000;
  const timer = endMs < Infinity && setTimeout(() => limit.abort(new TimeLimit()), endMs - Date.now());
  const both = AbortSignal.any([signal, limit.signal]);
  try {
    return await runVisibly(process.execPath, [...vitest, ...filters], { cwd: root, env, signal: both });
  } catch (error) {
    if (error instanceof TimeLimit) return 0;
    throw error;
  } finally {
    if (timer) clearTimeout(timer);
  }
}

const vitest = [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--config=tests/vitest.config.ts",
  "--reporter=default",
  "--reporter=infra/bootstrap/results.js",
];

/**
 * A run that failed for a reason other than a test counts as one failure, and a file that has not finished as one skipped
 * test.
 * @param {Results | undefined} results
 * @param {number} code of vitest
 * @returns {Tally}
 */
export function tallyOf(results, code) {
  if (!results) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: code === 0 ? 1 : 0 };
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const result of Object.values(results)) {
    tally.passed += result?.passed ?? 0;
    tally.failed += result?.failed.length ?? 0;
    tally.skipped += result?.skipped ?? 1;
  }
  if (tally.failed === 0 && code !== 0) tally.failed = 1;
  return tally;
}

/**
 * Failures and their reasons, one line each, for the end of a long log; `.ci/run` collects them.
 * @param {Results | undefined} results
 */
export function failureLines(results) {
  return Object.entries(results ?? {}).flatMap(([path, result]) =>
    (result?.failed ?? []).map(({ name, reason }) =>
      failureLine([relative(root, path), name].filter(Boolean).join(": "), reason),
    ),
  );
}

/**
 * Files that had not finished when the run was ended.
 * @param {Results | undefined} results
 */
function unfinishedLines(results) {
  return Object.entries(results ?? {})
    .filter(([, result]) => result === null)
    .map(([path]) => `NOT FINISHED ${relative(root, path)}: the time limit has passed`);
}

const longestReason = 500;

/**
 * @param {string} what
 * @param {string} why
 */
function failureLine(what, why) {
  const lines = stripVTControlCharacters(why).split("\n");
  const stack = lines.findIndex((line) => /^\s*at\b/.test(line));
  const reason = (stack < 0 ? lines : lines.slice(0, stack))
    .map((line) => line.trim())
    .join(" ")
    .trim();
  return `FAILED ${what}: ${reason.slice(0, longestReason) || "no reason given"}`;
}

/** @param {Tally} tally */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
