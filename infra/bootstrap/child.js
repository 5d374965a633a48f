// Runs other programs so that none outlives this process: each leads its own process group, which ends with us.
import { spawn } from "node:child_process";

/** Time for a stopped program to clean up before it is killed: a test run must stop the processes that it started. */
const graceMs = 10_000;
/** An installation or build has nothing to clean up: without its stamp it is repeated. */
const quietGraceMs = 1_000;
const keptOutput = 200_000;

/**
 * Runs a program and collects its output; none of it reaches the terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runQuietly(command, args, { cwd, env, signal }) {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  /** @param {Buffer} chunk */
  const keep = (chunk) => (output = (output + chunk).slice(-keptOutput));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return ended(child, signal, quietGraceMs).then((code) => ({ code, output }));
}

/**
 * Runs a program that shares our stdout and stderr.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
export function runVisibly(command, args, { cwd, env, signal }) {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "inherit", "inherit"] });
  return ended(child, signal, graceMs);
}

/**
 * Resolves with the exit code of the child; when the signal aborts first, forwards it to the child's group and
 * rejects once the child has ended.
 * @param {import("node:child_process").ChildProcess} child
 * @param {AbortSignal} signal
 * @param {number} graceMs in ms, after which the group is killed
 * @returns {Promise<number>}
 */
function ended(child, signal, graceMs) {
  return new Promise((resolve, reject) => {
    /** @type {NodeJS.Timeout | undefined} */
    let killing;
    const stop = () => {
      signalGroup(child, signal.reason.signalName);
      killing = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
    };
    const finish = () => {
      clearTimeout(killing);
      signal.removeEventListener("abort", stop);
    };
    signal.addEventListener("abort", stop);
    child.once("exit", () => signal.aborted && signalGroup(child, "SIGKILL"));
    child.once("error", (error) => (finish(), reject(error)));
    child.once("close", (code) => (finish(), signal.aborted ? reject(signal.reason) : resolve(code ?? 1)));
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} name
 */
export function signalGroup(child, name) {
  if (!child.pid) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has already ended.
  }
}
