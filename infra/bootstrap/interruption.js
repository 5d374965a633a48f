// Handles Ctrl-C and other stop signals during the bootstrap; afterwards they are left to the command line.
import { setImmediate as nextTurn } from "node:timers/promises";
import { Interrupted } from "./failure.js";

/** @type {NodeJS.Signals[]} */
const stopping = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs the work with a signal that aborts, with `Interrupted` as its reason, when the process gets a stop signal.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} work
 */
export async function interruptible(work) {
  const controller = new AbortController();
  /** @param {NodeJS.Signals} name */
  const stop = (name) => controller.abort(new Interrupted(name));
  for (const name of stopping) process.on(name, stop);
  try {
    const result = await work(controller.signal);
    // A signal that arrived during synchronous work, such as loading a module, is delivered in the next turn of the event
    // loop. The first await may end in the present one.
    await nextTurn();
    await nextTurn();
    controller.signal.throwIfAborted();
    return result;
  } finally {
    for (const name of stopping) process.off(name, stop);
  }
}
