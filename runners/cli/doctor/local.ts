/** Checks of the local machine. */
import { constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { mayAccess } from "../../process/index.js";
import { hasJars, type JarSet } from "../../services/maven.js";
import {
  findJava,
  findProgram,
  javaForKafkaAndFlink,
  JavaError,
  javaForSpark,
  type JavaNeed,
  oldestJava,
} from "../../services/java.js";
import { isListening } from "../../services/index.js";
import { readStateFile } from "../../system/note.js";
import { findServices } from "../../services/background.js";
import { repositoryFolder } from "../../paths.js";
import { absent, doubtful, ok, type Check, type Look } from "./finding.js";

export type Runner = "embedded" | "flink" | "spark";

export interface CheckContext {
  env: NodeJS.ProcessEnv;
  stateFolder: string;
  /** The runner that the machine must support. */
  runner: Runner;
  /** Default: the jars folder of the installation. */
  jarsFolder?: string;
  /** Folders with other Java installations; default the usual folders. */
  javaFolders?: readonly string[];
}

/** A release bundle has no tests. */
const hasTests = existsSync(join(repositoryFolder, "tests"));
const inWords = new Intl.ListFormat("en-GB");

const bytesPerGB = 1e9;
/** For jars, packages, logs and temporary files. */
const neededDiskGB = 2;
const neededMemoryGB = 3;

export function localChecks(context: CheckContext): Check[] {
  return [
    { what: "Node", purpose: "everything", look: lookAtNode },
    { what: "state folder", purpose: "everything", look: () => lookAtFolder(context.stateFolder) },
    { what: "disk", purpose: "everything", look: () => lookAtDisk(context.stateFolder) },
    { what: "memory", purpose: "cluster", look: lookAtMemory },
    { what: `Java ${oldestJava}`, purpose: "cluster", look: () => lookAtJava(context) },
    { what: "Maven and jars", purpose: "cluster", look: () => lookAtJars(context) },
    ...(hasTests
      ? [{ what: "Chromium", purpose: "tests", look: () => lookAtChromium(context.env) } as const]
      : []),
    { what: "ports", purpose: "everything", look: () => lookAtPorts(context.stateFolder) },
    { what: "environment", purpose: "everything", look: () => lookAtEnvironment(context.env) },
  ];
}

/** Reports only the version: its minimum is checked at the start of every command. */
function lookAtNode(): Promise<Look> {
  return Promise.resolve(ok(`${process.versions.node} on ${process.platform} ${process.arch}`));
}

function lookAtFolder(folder: string): Promise<Look> {
  const nearest = nearestFolder(folder);
  if (mayAccess(nearest, constants.W_OK)) return Promise.resolve(ok(folder));
  const help = "make it writable, or name another with --state-dir";
  return Promise.resolve(absent(`${nearest} is not writable`, help));
}

/** The folder, or its nearest existing parent. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

async function lookAtDisk(folder: string): Promise<Look> {
  const { bavail, bsize } = await statfs(nearestFolder(folder));
  const free = (bavail * bsize) / bytesPerGB;
  const found = `${free.toFixed(1)} GB free`;
  return free >= neededDiskGB ? ok(found) : absent(found, `${neededDiskGB} GB are needed: free some space`);
}

function lookAtMemory(): Promise<Look> {
  const memory = totalmem() / bytesPerGB;
  const found = `${memory.toFixed(1)} GB, ${availableParallelism()} cores`;
  const help = `${neededMemoryGB} GB are needed to run Kafka and Flink side by side`;
  return Promise.resolve(memory >= neededMemoryGB ? ok(found) : absent(found, help));
}

/** For the embedded runner, a Java version that Spark does not support is only a note. */
async function lookAtJava({ env, runner, javaFolders }: CheckContext): Promise<Look> {
  const find = (need: JavaNeed): Promise<string> => findJava(env, need, javaFolders);
  try {
    const java = await find(runner === "spark" ? javaForSpark : javaForKafkaAndFlink);
    if (runner !== "embedded") return ok(java);
    return await find(javaForSpark).then(ok, (error: unknown) => {
      if (error instanceof JavaError) return doubtful(`${java}, which Spark does not support`, error.message);
      throw error;
    });
  } catch (error) {
    if (error instanceof JavaError) return absent(error.found, error.help);
    throw error;
  }
}

const flinkJars = ["kafka", "beam-flink"] as const;
const sparkJars = ["beam-spark"] as const;
/** The jars checked per runner; embedded needs none and checks all. */
const jarsOf: Record<Runner, readonly JarSet[]> = {
  embedded: [...flinkJars, ...sparkJars],
  flink: flinkJars,
  spark: sparkJars,
};

/** Maven is needed only once, to fetch the jars. */
function lookAtJars({ env, runner, jarsFolder }: CheckContext): Promise<Look> {
  const mvn = findProgram("mvn", env);
  const sets = jarsOf[runner];
  const lacking = sets.filter((set) => !hasJars(set, { jarsFolder, env }));
  if (lacking.length === 0) return Promise.resolve(ok(`the jars of ${inWords.format(sets)} are installed`));
  const what = `the jars of ${inWords.format(lacking)} are not installed yet`;
  if (mvn !== null) return Promise.resolve(ok(`${what}; ${mvn} fetches them when they are needed`));
  const help = "install Maven: apt-get install maven (Debian) or brew install maven (macOS)";
  return Promise.resolve(absent(`${what}, and mvn is not on PATH`, help));
}

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function lookAtChromium(env: NodeJS.ProcessEnv): Promise<Look> {
  const found = browsers.map((name) => findProgram(name, env)).find((path) => path !== null);
  const help = "install it: apt-get install chromium (Debian) or brew install chromium (macOS)";
  return Promise.resolve(found === undefined ? absent("not on PATH", help) : ok(found));
}

/** Default ports of commands. */
const usualPorts = { page: 8080, Kafka: 9092, Flink: 8081, workers: 50_000 };

async function lookAtPorts(stateFolder: string): Promise<Look> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(usualPorts)) {
    if (await isListening(port)) taken.push(`${port} (${name})`);
  }
  if (taken.length === 0) return ok(`${Object.values(usualPorts).join(", ")} are free`);
  const system = readStateFile(stateFolder);
  const parts = findServices(stateFolder);
  const ours = [
    ...(system === null ? [] : [`Muonitor is running at ${system.url}`]),
    ...(parts === null ? [] : [`the services of muonitor init are running (process ${parts.pid})`]),
  ];
  const found = `in use: ${taken.join(", ")}${ours.length === 0 ? "" : `; ${ours.join(", ")}`}`;
  if (ours.length > 0) return ok(found);
  return doubtful(
    found,
    "up uses the next free port; for init set --kafka-port, --flink-port, --worker-port",
  );
}

function lookAtEnvironment(env: NodeJS.ProcessEnv): Promise<Look> {
  const set = Object.keys(env)
    .filter((name) => name.startsWith("MUONITOR_") && name !== "MUONITOR_CALLER_DIR")
    .sort();
  return Promise.resolve(ok(set.length === 0 ? "sets no option" : `sets ${set.join(", ")}`));
}
