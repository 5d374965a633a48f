// Vitest's JSON report lacks the errors of the hooks of a `describe` block, whose tests are then all skipped.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Errors by path of the test file. */
export const hookErrorsFile = fileURLToPath(new URL("../../build/hook-errors.json", import.meta.url));

/** Reporter that writes the first of them for each file. */
export default class HookErrors {
  /** @type {Record<string, string>} */
  #errors = {};

  /** @param {import("vitest/node").TestSuite} suite */
  onTestSuiteResult(suite) {
    const [error] = suite.errors();
    if (error) this.#errors[suite.module.moduleId] ??= `${suite.fullName}: ${error.message}`;
  }

  onTestRunEnd() {
    writeFileSync(hookErrorsFile, JSON.stringify(this.#errors));
  }
}
