// Compiles the Node part and the page into build/.
import { cpSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { runQuietly } from "./child.js";
import { BootstrapFailure } from "./failure.js";
import { filesIn, fingerprint, readStamp, writeStamp } from "./steps.js";

const threadConfig = "infra/bootstrap/thread.config.js";
const threads = ["runners/batch/direct/compute-thread", "runners/live/embedded/pipeline-thread"];
const nodeFolders = ["pipeline", "producer", "dashboard/bridge", "runners"];
const compiler = "infra/bootstrap/compile.js";

/** @param {string} root */
const nodeFingerprint = (root) =>
  fingerprint(root, [...nodeFolders, threadConfig, compiler, "package-lock.json"]);

/** @param {string} root */
const pageFingerprint = (root) =>
  fingerprint(root, ["dashboard", "pipeline/model", "package-lock.json"], ["dashboard/bridge"]);

/** @type {import("./steps.js").Step} */
export const buildNode = stampedBuild(
  "building the Node part",
  "build/.stamp-node",
  nodeFingerprint,
  compile,
);

/** @type {import("./steps.js").Step} */
export const buildPage = stampedBuild("building the page", "build/.stamp-page", pageFingerprint, bundle);

/**
 * The fingerprint is taken before the work: files changed meanwhile are built next time.
 * @param {string} title
 * @param {string} stamp
 * @param {(root: string) => string} fingerprintOf
 * @param {(root: string, signal: AbortSignal) => Promise<void>} work
 * @returns {import("./steps.js").Step}
 */
function stampedBuild(title, stamp, fingerprintOf, work) {
  return {
    title,
    isDone: (root) => readStamp(join(root, stamp)) === fingerprintOf(root),
    run: async (root, signal) => {
      const before = fingerprintOf(root);
      await work(root, signal);
      writeStamp(join(root, stamp), before);
    },
  };
}

/**
 * @param {string} root
 * @param {AbortSignal} signal
 */
async function compile(root, signal) {
  await runTool(root, [compiler, ...nodeFolders], signal);
  for (const asset of assets(root)) cpSync(join(root, asset), join(root, "build", asset));
  rmSync(join(root, "build/thread"), { recursive: true, force: true });
  await Promise.all(threads.map((thread) => bundleThread(root, thread, signal)));
}

/**
 * @param {string} root
 * @param {string} thread
 * @param {AbortSignal} signal
 */
async function bundleThread(root, thread, signal) {
  const options = ["--config", threadConfig, "--mode", thread];
  await runTool(root, ["node_modules/vite/bin/vite.js", "build", ...options], signal);
}

/**
 * Files that the compiler ignores and the built code reads from its own folder: JSON Schema, presets and the like.
 * @param {string} root
 */
export function assets(root) {
  const ignored = /\.(ts|md)$|^tsconfig.*\.json$|^package\.json$/;
  return nodeFolders
    .flatMap((folder) => filesIn(root, folder))
    .filter((path) => !ignored.test(basename(path)));
}

/**
 * @param {string} root
 * @param {AbortSignal} signal
 */
async function bundle(root, signal) {
  const page = join(root, "build/page");
  await runTool(
    root,
    ["node_modules/vite/bin/vite.js", "build", "dashboard", "--outDir", page, "--emptyOutDir"],
    signal,
  );
}

/**
 * @param {string} root
 * @param {string[]} args of Node
 * @param {AbortSignal} signal
 */
export async function runTool(root, args, signal) {
  const { code, output } = await runQuietly(process.execPath, args, { cwd: root, signal });
  if (code !== 0)
    throw new BootstrapFailure(`the build failed, see above (${basename(String(args[0]))})`, output);
}
