// The exit code reports success only after the work has ended. Node ends a process with exit code 0 as soon as no
// event can wake it up, even if a promise is still pending, for example after a lost connection.
import { print } from "./progress.js";

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
  print("ended without a result: a pending operation can never complete");
}
