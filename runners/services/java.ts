/** Finds a suitable Java and builds the commands of JVM processes. */
import { execFile } from "node:child_process";
import { constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { MuonitorError } from "../../pipeline/model/index.js";
import { mayAccess } from "../process/index.js";

const run = promisify(execFile);
const versionMs = 20_000;

/** The Java versions that a program supports. */
export interface JavaNeed {
  /** For example "Spark 3.5 needs Java 17 or 21". */
  sentence: string;
  oldest: number;
  newest: number;
}

export const oldestJava = 17;

export const javaForKafkaAndFlink: JavaNeed = {
  sentence: `Kafka and Flink need Java ${oldestJava} or newer`,
  oldest: oldestJava,
  newest: Infinity,
};

/** Spark's Hadoop calls `Subject.getSubject`, which throws from Java 23 on. */
export const javaForSpark: JavaNeed = {
  sentence: `Spark 3.5 needs Java ${oldestJava} or 21`,
  oldest: oldestJava,
  newest: 22,
};

/** No suitable Java. */
export class JavaError extends MuonitorError {
  constructor(
    { sentence }: JavaNeed,
    readonly found: string,
    readonly help: string,
  ) {
    super(`${sentence}; ${found}; ${help}`);
  }
}

/** A program in the folders of PATH; null if there is none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

const isExecutable = (path: string): boolean => mayAccess(path, constants.X_OK);

/** Folders in which systems and tools install several versions of Java. */
const usualFolders = [
  "/usr/lib/jvm",
  "/usr/java",
  "/opt/java",
  "/Library/Java/JavaVirtualMachines",
  join(homedir(), ".sdkman", "candidates", "java"),
  join(homedir(), ".jdks"),
];

/**
 * Path of the Java in JAVA_HOME if set, else of the one on PATH.
 * @param folders searched for another suitable Java, to name it in the error
 * @throws JavaError when there is none, or its version is unsuitable
 */
export async function findJava(
  env: NodeJS.ProcessEnv = process.env,
  need: JavaNeed = javaForKafkaAndFlink,
  folders: readonly string[] = usualFolders,
): Promise<string> {
  const home = env["JAVA_HOME"] ?? "";
  const java = home === "" ? findProgram("java", env) : javaOf(home);
  const version = java === null ? null : await javaVersion(java, env);
  if (java !== null && fits(need, version)) return java;
  throw new JavaError(need, foundText(java, version), await helpFor(need, env, folders));
}

function fits({ oldest, newest }: JavaNeed, version: number | null): boolean {
  return version !== null && version >= oldest && version <= newest;
}

const javaOf = (home: string): string => join(home, "bin", "java");

function foundText(java: string | null, version: number | null): string {
  if (java === null) return "java is not on PATH";
  return version === null ? `${java} does not run` : `found ${version} at ${java}`;
}

async function helpFor(need: JavaNeed, env: NodeJS.ProcessEnv, folders: readonly string[]): Promise<string> {
  for (const home of homesIn(folders)) {
    const version = await javaVersion(javaOf(home), env);
    if (fits(need, version)) return `set JAVA_HOME, for example to ${home}, which is Java ${version}`;
  }
  const packageName = need.newest === Infinity ? "default-jre-headless" : "openjdk-17-jre-headless";
  const formula = need.newest === Infinity ? "openjdk" : "openjdk@17";
  return `set JAVA_HOME, or install Java: apt-get install ${packageName} (Debian) or brew install ${formula} (macOS)`;
}

/** Java homes in these folders; on macOS they are nested deeper. */
function homesIn(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
    .flatMap((home) => [home, join(home, "Contents", "Home")])
    .filter((home) => isExecutable(javaOf(home)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Major version; null if it does not run, like the placeholder that macOS puts on PATH. */
async function javaVersion(java: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  try {
    const { stderr } = await run(java, ["-version"], { env, timeout: versionMs });
    return majorVersion(stderr);
  } catch {
    return null;
  }
}

/** The major version in the output of `java -version`: 8 is written 1.8. */
export function majorVersion(printed: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(printed);
  return match ? Number(match[1]) : null;
}

/**
 * The environment of a JVM, which decodes file names by the locale: under C it does not find paths with non-ASCII
 * letters.
 */
export function inUtf8(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, LC_ALL: "C.UTF-8" };
}

/** Packages that Flink and Beam access by reflection, which Java modules forbid unless opened. */
const openedPackages = [
  "java.lang",
  "java.util",
  "java.nio",
  "java.time",
  "java.util.concurrent",
  "java.lang.invoke",
  "java.net",
  "sun.nio.ch",
];

interface JvmSpec {
  java: string;
  classPath: readonly string[];
  mainClass: string;
  args: readonly string[];
  heapMb: number;
  /** Single-threaded garbage collection and only the C1 compiler: for services with little work. */
  smallJvm?: boolean;
  flags?: readonly string[];
  temporaryFolder: string;
}

/** The command that runs a main class. */
export function jvmCommand(spec: JvmSpec): [string, ...string[]] {
  const { java, mainClass, args, heapMb, smallJvm = false, flags = [] } = spec;
  return [
    java,
    `-Xmx${heapMb}m`,
    ...(smallJvm ? ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] : []),
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    `-Djava.io.tmpdir=${spec.temporaryFolder}`,
    ...logFlags,
    ...openedPackages.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    ...flags,
    "-cp",
    spec.classPath.join(delimiter),
    mainClass,
    ...args,
  ];
}

const logFlags = [
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  "-Dorg.slf4j.simpleLogger.showThreadName=false",
];
