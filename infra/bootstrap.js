// Start of every command: installs and builds whatever is missing or out of date, then runs the command.
import { existsSync, realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildNode, buildPage } from "./bootstrap/build.js";
import { callerDir } from "./bootstrap/caller.js";
import { explain, notWritable } from "./bootstrap/failure.js";
import { installPackages, installTools } from "./bootstrap/install.js";
import { interruptible } from "./bootstrap/interruption.js";
import { withLock } from "./bootstrap/lock.js";
import { settled } from "./bootstrap/settled.js";
import { announced } from "./bootstrap/progress.js";

/** @typedef {{ page: boolean, tools?: boolean }} Need requirements of a command besides the packages and the Node part */
/** @typedef {import("./bootstrap/steps.js").Step} Step */

/** The repository's folder, resolved if this file is reached through a symbolic link. */
export const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));

/** Verbs that serve the page; the others work without it. */
const verbsWithPage = new Set(["up", "run", "bridge"]);

/**
 * Whether a command line needs the page, which depends on its verb, the first word.
 * @param {string[]} args
 */
export function needsPage(args) {
  return verbsWithPage.has(args[0] ?? "");
}

/**
 * Runs the command line with these arguments in this process.
 * @param {string[]} args
 */
export async function runMuonitor(args) {
  process.env["MUONITOR_CALLER_DIR"] = callerDir(process.env, process.cwd(), root);
  await bootstrapped({ page: needsPage(args) }, async () => {
    const cli = await interruptible(() => import(pathToFileURL(join(root, "build/runners/cli.js")).href));
    return cli.main(args);
  });
}

/**
 * Prepares, runs the work and sets the exit code: that of the work, or of a failed preparation.
 * @param {Need} need
 * @param {() => Promise<number>} work
 */
export async function bootstrapped(need, work) {
  ensureHome();
  process.exitCode = await settled(async () => {
    try {
      await interruptible((signal) => prepare(root, stepsFor(need), signal));
      return await work();
    } catch (error) {
      return explain(error);
    }
  });
}

/**
 * Node cannot determine the home folder of a user that is unknown to the system and has no HOME, as in containers.
 * Libraries request it when they are loaded, so the folder of temporary files is used.
 */
function ensureHome() {
  try {
    homedir();
  } catch {
    process.env["HOME"] = tmpdir();
  }
}

/**
 * A bundle of `npm run pack` contains the built code and its dependencies.
 * @param {string} folder
 */
function isRelease(folder) {
  return existsSync(join(folder, "release.json"));
}

/**
 * @param {Need} need
 * @returns {Step[]}
 */
function stepsFor(need) {
  if (isRelease(root)) return [];
  const packages = need.tools ? [installPackages, installTools] : [installPackages];
  return [...packages, buildNode, ...(need.page ? [buildPage] : [])];
}

/**
 * Runs the steps that are due, one process at a time. A second process waits for the first, then checks again.
 * @param {string} root
 * @param {Step[]} steps
 * @param {AbortSignal} signal
 */
export async function prepare(root, steps, signal) {
  const due = steps.filter((step) => !step.isDone(root));
  if (due.length === 0) return;
  try {
    await withLock(join(root, ".muonitor/bootstrap.lock"), signal, () => takeSteps(root, steps, signal));
  } catch (error) {
    throw notWritable(error, `these steps are due: ${due.map((step) => step.title).join(", ")}`);
  }
}

/**
 * @param {string} root
 * @param {Step[]} steps
 * @param {AbortSignal} signal
 */
async function takeSteps(root, steps, signal) {
  for (const step of steps) {
    if (step.isDone(root)) continue;
    await announced(step.title, () => step.run(root, signal));
  }
}
