// The exit code says success only when the work has ended with it. Node ends a process, with exit code 0, as soon as
// nothing is left that could wake it up, also when a promise is still pending: a lost connection may leave such a one.
import { say } from "./progress.js";

/**
 * Waits for the work; until it has ended the exit code is that of a failure.
 * @param {() => Promise<number>} work
 */
export async function settled(work) {
  process.exitCode = 1;
  process.once("beforeExit", reportNoResult);
  try {
    return await work();
  } finally {
    process.off("beforeExit", reportNoResult);
  }
}

function reportNoResult() {
  say("ended without a result: nothing was left to wait for, an answer never came");
}
