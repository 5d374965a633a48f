// Brings node_modules in line with package-lock.json: the runtime packages, or everything, with the tools for tests and
// lint.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runQuietly } from "./child.js";
import { BootstrapFailure } from "./failure.js";
import { readStamp, writeStamp } from "./steps.js";

/** @typedef {{ version?: string, optional?: boolean, dev?: boolean, devOptional?: boolean, peer?: boolean, os?: string[] }} LockEntry */
/** @typedef {{ packages: Record<string, LockEntry> }} Lock */
/** @typedef {"runtime" | "everything"} Extent */

/** @type {import("./steps.js").Step} */
export const installPackages = {
  title: "installing packages (npm ci)",
  isDone: (root) => isInstalled(root, environment(), "runtime"),
  run: (root, signal) => install(root, signal, "runtime"),
};

/** Follows {@link installPackages} and keeps its packages. @type {import("./steps.js").Step} */
export const installTools = {
  title: "installing tools for tests (npm install)",
  isDone: (root) => isInstalled(root, environment(), "everything"),
  run: (root, signal) => install(root, signal, "everything"),
};

/**
 * The condition, besides the lock file, on which node_modules depends. Native parts use Node-API, so any Node can load them.
 */
function environment() {
  return `${process.platform}-${process.arch}`;
}

/** @param {string} root */
function stampPath(root) {
  return join(root, "node_modules/.muonitor-stamp");
}

/**
 * @param {string} root
 * @param {string} environment
 * @param {Extent} extent
 */
function installStamp(root, environment, extent) {
  const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  return `${environment}\n${lock.digest("hex")}\n${extent}\n`;
}

/**
 * Determined from our stamp; if npm was run directly, from npm's own record of the installed packages.
 * @param {string} root
 * @param {string} environment
 * @param {Extent} extent
 */
function isInstalled(root, environment, extent) {
  const stamp = readStamp(stampPath(root));
  if (stamp === installStamp(root, environment, "everything")) return true;
  if (stamp === installStamp(root, environment, "runtime") && extent === "runtime") return true;
  const otherEnvironment = stamp !== "" && !stamp.startsWith(`${environment}\n`);
  return !otherEnvironment && npmRecordFits(root, extent);
}

/**
 * @param {string} root
 * @param {Extent} extent
 */
function npmRecordFits(root, extent) {
  const record = join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  return fits(readLock(join(root, "package-lock.json")), readLock(record), process.platform, extent);
}

/**
 * @param {string} path
 * @returns {Lock}
 */
function readLock(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/**
 * Whether this extent of the lock file is installed in the right versions, and nothing of another platform.
 * @param {Lock} wanted
 * @param {Lock} present
 * @param {string} platform
 * @param {Extent} extent
 */
export function fits(wanted, present, platform, extent) {
  const foreign = Object.values(present.packages).some(({ os }) => os && !os.includes(platform));
  return !foreign && Object.entries(wanted.packages).every(([path, entry]) => isPresent(path, entry));

  /**
   * @param {string} path
   * @param {LockEntry} entry
   */
  function isPresent(path, entry) {
    if (!path.includes("node_modules/")) return true;
    const found = present.packages[path];
    if (found) return found.version === entry.version;
    return (
      Boolean(entry.optional ?? entry.devOptional ?? entry.peer) ||
      (extent === "runtime" && entry.dev === true)
    );
  }
}

/** `npm install` keeps the packages that `npm ci` installed; both follow the lock file. @type {Record<Extent, string[]>} */
const npmCommands = {
  runtime: ["ci", "--omit=dev"],
  everything: ["install", "--include=dev", "--no-save"],
};

const npmOptions = [
  ...["--loglevel=error", "--no-audit", "--no-fund", "--no-progress"],
  // Retries for a weak network, but fewer than npm's default: without a network it fails after about 20 s.
  ...["--fetch-retries=3", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=10000"],
];

/**
 * @param {string} root
 * @param {AbortSignal} signal
 * @param {Extent} extent
 */
async function install(root, signal, extent) {
  rmSync(stampPath(root), { force: true });
  const stamp = installStamp(root, environment(), extent);
  const [command, ...args] = npmCommand(process.env);
  const [verb = "", ...options] = npmCommands[extent];
  const { code, output } = await runQuietly(command, [...args, verb, ...options, ...npmOptions], {
    cwd: root,
    signal,
  }).catch((error) => {
    throw error.code === "ENOENT" ? new BootstrapFailure(`npm was not found; it comes with Node.js`) : error;
  });
  if (code !== 0) throw new BootstrapFailure(`npm ${verb} failed: ${npmReason(output)}`, output);
  writeStamp(stampPath(root), stamp);
}

/**
 * The npm that runs us, else the one installed with this Node, else the one on the path.
 * @param {NodeJS.ProcessEnv} env
 * @returns {[string, ...string[]]}
 */
export function npmCommand(env) {
  const running = env["npm_execpath"];
  if (running?.endsWith("npm-cli.js") && existsSync(running)) return [process.execPath, running];
  const beside = join(dirname(process.execPath), "npm");
  return [existsSync(beside) ? beside : "npm"];
}

/**
 * npm's error code and the first line of its explanation.
 * @param {string} output
 */
export function npmReason(output) {
  const errors = [...output.matchAll(/^npm (?:error|ERR!) (.+)$/gm)].map((match) => String(match[1]));
  const code = errors.find((line) => line.startsWith("code "))?.slice("code ".length);
  const reason = errors.find((line) => !/^(code|errno|syscall|path|A complete log)\b/.test(line));
  return [code, reason].filter(Boolean).join(", ") || "no reason given";
}
