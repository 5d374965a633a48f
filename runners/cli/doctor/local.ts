/** What can be seen on this machine alone. */
import { accessSync, constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
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
import { absent, doubtful, there, type Check, type Look } from "./finding.js";

export type Runner = "embedded" | "flink" | "spark";

export interface Around {
  env: NodeJS.ProcessEnv;
  stateFolder: string;
  /** What the machine is to be fit for. */
  runner: Runner;
  /** Default that of the installation. */
  jarsFolder?: string;
  /** Where other Javas may be; default the usual folders. */
  javaFolders?: readonly string[];
}

const bytesPerGB = 1e9;
/** Jars, packages, logs and temporary files. */
const neededDiskGB = 2;
const neededMemoryGB = 3;

export function localChecks(around: Around): Check[] {
  return [
    { what: "Node", purpose: "everything", look: lookAtNode },
    { what: "state folder", purpose: "everything", look: () => lookAtFolder(around.stateFolder) },
    { what: "disk", purpose: "everything", look: () => lookAtDisk(around.stateFolder) },
    { what: "memory", purpose: "cluster", look: lookAtMemory },
    { what: `Java ${oldestJava}`, purpose: "cluster", look: () => lookAtJava(around) },
    { what: "Maven and jars", purpose: "cluster", look: () => lookAtJars(around) },
    { what: "Chromium", purpose: "tests", look: () => lookAtChromium(around.env) },
    { what: "ports", purpose: "everything", look: () => lookAtPorts(around.stateFolder) },
    { what: "environment", purpose: "everything", look: () => lookAtEnvironment(around.env) },
  ];
}

/** That it is new enough is checked before anything else of Muonitor runs. */
function lookAtNode(): Promise<Look> {
  return Promise.resolve(there(`${process.versions.node} on ${process.platform} ${process.arch}`));
}

function lookAtFolder(folder: string): Promise<Look> {
  const nearest = nearestFolder(folder);
  try {
    accessSync(nearest, constants.W_OK);
    return Promise.resolve(there(folder));
  } catch {
    const help = "make it writable, or name another with --state-dir";
    return Promise.resolve(absent(`${nearest} cannot be written to`, help));
  }
}

/** The folder, or its nearest existing parent. */
function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

async function lookAtDisk(folder: string): Promise<Look> {
  const { bavail, bsize } = await statfs(nearestFolder(folder));
  const free = (bavail * bsize) / bytesPerGB;
  const found = `${free.toFixed(1)} GB free`;
  return free >= neededDiskGB ? there(found) : absent(found, `${neededDiskGB} GB are needed: make room`);
}

function lookAtMemory(): Promise<Look> {
  const memory = totalmem() / bytesPerGB;
  const found = `${memory.toFixed(1)} GB, ${availableParallelism()} cores`;
  const help = `${neededMemoryGB} GB are needed for Kafka and Flink beside each other`;
  return Promise.resolve(memory >= neededMemoryGB ? there(found) : absent(found, help));
}

/** Embedded needs none, and a Java that Spark does not run on is a note. */
async function lookAtJava({ env, runner, javaFolders }: Around): Promise<Look> {
  const find = (need: JavaNeed): Promise<string> => findJava(env, need, javaFolders);
  try {
    const java = await find(runner === "spark" ? javaForSpark : javaForKafkaAndFlink);
    if (runner !== "embedded") return there(java);
    return await find(javaForSpark).then(there, (error: unknown) => {
      if (error instanceof JavaError) return doubtful(`${java}, on which Spark does not run`, error.message);
      throw error;
    });
  } catch (error) {
    if (error instanceof JavaError) return absent(error.found, error.help);
    throw error;
  }
}

const flinkJars = ["kafka", "beam-flink"] as const;
const sparkJars = ["beam-spark"] as const;
/** Of a cluster on this machine; embedded needs none, and sees all. */
const jarsOf: Record<Runner, readonly JarSet[]> = {
  embedded: [...flinkJars, ...sparkJars],
  flink: flinkJars,
  spark: sparkJars,
};

/** Maven fetches the jars once; afterwards it is not needed. */
function lookAtJars({ env, runner, jarsFolder }: Around): Promise<Look> {
  const mvn = findProgram("mvn", env);
  const sets = jarsOf[runner];
  const lacking = sets.filter((set) => !hasJars(set, { jarsFolder, env }));
  if (lacking.length === 0) return Promise.resolve(there(`the jars of ${sets.join(" and ")} are installed`));
  const what = `the jars of ${lacking.join(" and ")} are not installed yet`;
  if (mvn !== null) return Promise.resolve(there(`${what}, ${mvn} fetches them when they are needed`));
  const help = "get Maven with apt-get install maven (Debian) or brew install maven (macOS)";
  return Promise.resolve(absent(`${what}, and there is no mvn on PATH`, help));
}

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function lookAtChromium(env: NodeJS.ProcessEnv): Promise<Look> {
  const found = browsers.map((name) => findProgram(name, env)).find((path) => path !== null);
  const help = "get it with apt-get install chromium (Debian) or brew install chromium (macOS)";
  return Promise.resolve(found === undefined ? absent("not on PATH", help) : there(found));
}

/** Default ports of commands. */
const usualPorts = { page: 8080, Kafka: 9092, Flink: 8081, workers: 50_000 };

async function lookAtPorts(stateFolder: string): Promise<Look> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(usualPorts)) {
    if (await isListening(port)) taken.push(`${port} (${name})`);
  }
  if (taken.length === 0) return there(`${Object.values(usualPorts).join(", ")} are free`);
  const system = readStateFile(stateFolder);
  const parts = findServices(stateFolder);
  const ours = [
    ...(system === null ? [] : [`Muonitor runs at ${system.url}`]),
    ...(parts === null ? [] : [`parts of muonitor init run (process ${parts.pid})`]),
  ];
  const found = `in use: ${taken.join(", ")}${ours.length === 0 ? "" : `; ${ours.join(", ")}`}`;
  if (ours.length > 0) return there(found);
  return doubtful(
    found,
    "up takes the next free one; for init set --kafka-port, --flink-port, --worker-port",
  );
}

function lookAtEnvironment(env: NodeJS.ProcessEnv): Promise<Look> {
  const set = Object.keys(env)
    .filter((name) => name.startsWith("MUONITOR_") && name !== "MUONITOR_CALLER_DIR")
    .sort();
  return Promise.resolve(there(set.length === 0 ? "sets no option" : `sets ${set.join(", ")}`));
}
