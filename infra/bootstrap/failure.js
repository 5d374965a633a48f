// Failures before the command line takes over, and how they are reported to the user.
import { constants } from "node:os";
import { print } from "./progress.js";

/** A failure with one clear line for the user, and the output of the program that failed. */
export class BootstrapFailure extends Error {
  /**
   * @param {string} message
   * @param {string} [output]
   */
  constructor(message, output = "") {
    super(message);
    this.output = output;
  }
}

/** The user or the system requested a stop. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signalName */
  constructor(signalName) {
    super("interrupted");
    this.signalName = signalName;
    this.exitCode = 128 + constants.signals[signalName];
  }
}

/**
 * Reports an error and returns the exit code; an unexpected error is a bug and is shown with its stack.
 * @param {unknown} error
 */
export function explain(error) {
  if (error instanceof Interrupted) {
    print(error.message);
    return error.exitCode;
  }
  if (!(error instanceof BootstrapFailure)) throw error;
  if (error.output) process.stderr.write(`${error.output.trimEnd()}\n`);
  print(error.message);
  return 1;
}

const refusals = ["EROFS", "EACCES", "EPERM"];

/**
 * Converts a rejected write to an error with one clear line; returns any other error unchanged.
 * @param {unknown} error
 * @param {string} task
 */
export function notWritable(error, task) {
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!code || !path || !refusals.includes(code)) return error;
  return new BootstrapFailure(`cannot write ${path} (${code}), but ${task}`);
}
