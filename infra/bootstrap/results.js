// Results of a test run, written when each file ends, so that a run that is ended early leaves those of the finished files.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Result of a test file.
 * @typedef {object} FileResult
 * @property {number} passed
 * @property {number} skipped
 * @property {{ name: string, reason: string }[]} failed the tests; without a name if the file or one of its hooks failed
 */
/** @typedef {Record<string, FileResult | null>} Results by path of the file; null until it has ended */

const resultsFile = fileURLToPath(new URL("../../build/test-results.json", import.meta.url));

/** Reporter of vitest. */
export default class ResultsWriter {
  /** @type {Results} */
  #results = {};

  /** @param {readonly import("vitest/node").TestSpecification[]} files */
  onTestRunStart(files) {
    for (const { moduleId } of files) this.#results[moduleId] = null;
    this.#write();
  }

  /** @param {import("vitest/node").TestModule} file */
  onTestModuleEnd(file) {
    this.#results[file.moduleId] = resultOf(file);
    this.#write();
  }

  #write() {
    writeFileSync(resultsFile, JSON.stringify(this.#results));
  }
}

/**
 * @param {import("vitest/node").TestModule} file
 * @returns {FileResult}
 */
function resultOf(file) {
  const tests = [...file.children.allTests()].map((test) => ({ name: test.fullName, ...test.result() }));
  const failed = tests
    .filter(({ state }) => state === "failed")
    .map(({ name, errors }) => ({ name, reason: reasonOf(errors?.[0]) }));
  if (failed.length === 0 && file.state() === "failed") {
    const ofHooks = [...file.children.allSuites()].flatMap((suite) => suite.errors());
    failed.push({ name: "", reason: reasonOf(file.errors()[0] ?? ofHooks[0]) });
  }
  const count = (/** @type {string[]} */ ...states) =>
    tests.filter(({ state }) => states.includes(state)).length;
  return { passed: count("passed"), skipped: count("skipped", "pending"), failed };
}

/** @param {{ name?: string, message: string } | undefined} error */
function reasonOf(error) {
  if (error === undefined) return "";
  return error.name === undefined ? error.message : `${error.name}: ${error.message}`;
}

export function forgetResults() {
  rmSync(resultsFile, { force: true });
}

/**
 * Results of the last run, even if another process ran it.
 * @returns {Results | undefined} undefined if it did not start
 */
export function lastResults() {
  return existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : undefined;
}
