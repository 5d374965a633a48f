/** Provides the jars of the services: pinned by the poms in infra/jvm, fetched by Maven, and kept until a pom changes. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { MuonitorError } from "../../pipeline/model/index.js";
import { defaultJarsFolder, repositoryFolder } from "../paths.js";
import { makePrivateFolder, withLock, wrapFsError } from "../process/index.js";
import { findProgram, inUtf8 } from "./java.js";

/** Name of a folder in infra/jvm. */
export type JarSet = "kafka" | "kafka-4" | "beam-flink" | "beam-spark" | "s3-server" | "spark-kafka";

export interface JarOptions {
  jarsFolder?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Subfolder with the jars of a set. Beam's job server uploads its whole class path with every job, 170 MB in about 15
 * s, although the cluster has the same jars; it skips paths that look like the wrapper of a build tool.
 */
export const unstaged = join("gradle", "wrapper");

/** Whether the jars of a set exist, so that no download is needed. */
export function hasJars(set: JarSet, options: Pick<JarOptions, "jarsFolder" | "env"> = {}): boolean {
  return findJars(set, jarsFolders(options)) !== undefined;
}

/** Candidate folders: that of the installation, then, for a read-only installation, the user's cache. */
function jarsFolders({ jarsFolder, env = process.env }: JarOptions): string[] {
  if (jarsFolder !== undefined) return [jarsFolder];
  const cache = env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return [defaultJarsFolder, join(cache, "muonitor", "jars")];
}

function findJars(set: JarSet, parents: readonly string[]): string | undefined {
  const name = `${set}-${fingerprint(pomOf(set))}`;
  return parents.map((parent) => join(parent, name, unstaged)).find((jars) => existsSync(jars));
}

function pomOf(set: JarSet): string {
  return join(repositoryFolder, "infra", "jvm", set, "pom.xml");
}

/** Folder with the jars of a set; fetches them if missing. */
export async function provideJars(set: JarSet, options: JarOptions = {}): Promise<string> {
  const parents = jarsFolders(options);
  const found = findJars(set, parents);
  if (found !== undefined) return found;
  const pom = pomOf(set);
  const parent = firstWritable(parents);
  const folder = join(parent, `${set}-${fingerprint(pom)}`);
  // One Maven at a time: two can corrupt the local repository.
  const { signal, log } = options;
  const onWait = ({ pid }: { pid: number }): void => {
    // Two services of one system need the same jars.
    if (pid !== process.pid) log?.(`process ${pid} is fetching jars: waiting for it`);
  };
  await withLock(join(parent, "fetching.lock"), { signal, onWait }, async () => {
    if (!existsSync(folder)) await fetchJars(set, pom, folder, options);
  });
  return join(folder, unstaged);
}

/** @throws MuonitorError of the last one if none is writable */
function firstWritable(folders: readonly string[]): string {
  const [first, ...others] = folders as [string, ...string[]];
  try {
    makePrivateFolder(first);
    wrapFsError(first, () => accessSync(first, constants.W_OK));
    return first;
  } catch (error) {
    if (others.length === 0) throw error;
    return firstWritable(others);
  }
}

/** Name of the folder of the jars; a changed pom results in a new folder. */
function fingerprint(pom: string): string {
  return createHash("sha256").update(readFileSync(pom)).digest("hex").slice(0, 12);
}

/** The folder appears only when it is complete, so an interruption leaves no partial folder. */
async function fetchJars(set: JarSet, pom: string, folder: string, options: JarOptions): Promise<void> {
  const { env = process.env, log = () => undefined, signal } = options;
  const mvn = findProgram("mvn", env);
  if (mvn === null) throw new MuonitorError(noMaven);
  log(`fetching the jars of ${set} with Maven, once`);
  const began = performance.now();
  const aside = `${folder}.${process.pid}`;
  try {
    await runMaven(
      mvn,
      [...mavenOptions, "-f", pom, goal, `-DoutputDirectory=${join(aside, unstaged)}`],
      env,
      signal,
    );
    if (!existsSync(folder)) renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  log(`${readdirSync(join(folder, unstaged)).length} jars of ${set} are ready after ${seconds} s`);
}

const noMaven =
  "the jars of Kafka, Flink and Spark are fetched by Maven, but mvn is not on PATH: " +
  "install it with apt-get install maven (Debian) or brew install maven (macOS)";
const goal = "dependency:copy-dependencies";
// -U: retries artifacts that could not be fetched the last time.
const mavenOptions = ["-q", "-B", "-U", "-ntp", "-Dmaven.wagon.http.retryHandler.count=3"];

async function runMaven(
  mvn: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(mvn, args, {
    env: inUtf8(env),
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal && { signal }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-100_000)));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    // After an abort, Maven must still end, because its folder is about to be removed; its children may keep its pipes
    // open.
    child.once("error", (error) => (signal?.aborted ? child.once("exit", resolve) : reject(error)));
  });
  signal?.throwIfAborted();
  if (code !== 0) throw new MuonitorError(`Maven failed: ${mavenReason(output)}`);
}

/** The first error that Maven prints, without colours. */
export function mavenReason(output: string): string {
  // eslint-disable-next-line no-control-regex -- colours are control characters
  const lines = output.replace(/\u001b\[[\d;]*m/g, "").split("\n");
  const error = lines.find((line) => line.startsWith("[ERROR]")) ?? lines.find((line) => line.trim() !== "");
  return error?.replace("[ERROR]", "").trim() ?? "no reason given";
}
