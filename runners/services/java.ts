/** The Java that runs the parts, and how it runs them. */
import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { MuonitorError } from "../../pipeline/model/index.js";

const run = promisify(execFile);
const versionMs = 20_000;

/** Which versions of Java something runs on. */
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

/** No Java that fits. */
export class JavaError extends MuonitorError {
  constructor(
    { sentence }: JavaNeed,
    readonly found: string,
    readonly help: string,
  ) {
    super(`${sentence}; ${found}; ${help}`);
  }
}

/** A program in the folders of PATH; null when it is in none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where systems and tools keep several Javas, each in a folder of its own. */
const usualFolders = [
  "/usr/lib/jvm",
  "/usr/java",
  "/opt/java",
  "/Library/Java/JavaVirtualMachines",
  join(homedir(), ".sdkman", "candidates", "java"),
  join(homedir(), ".jdks"),
];

/**
 * Path of the Java of JAVA_HOME when it is set, else of the one on PATH.
 * @param folders where to look for another one that would fit, to name it
 * @throws JavaError when there is none, or one of a version that does not fit
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
  if (java === null) return "there is no java on PATH";
  return version === null ? `${java} does not run` : `found ${version} at ${java}`;
}

async function helpFor(need: JavaNeed, env: NodeJS.ProcessEnv, folders: readonly string[]): Promise<string> {
  for (const home of homesIn(folders)) {
    const version = await javaVersion(javaOf(home), env);
    if (fits(need, version)) return `set JAVA_HOME, for example to ${home}, which is Java ${version}`;
  }
  const packageName = need.newest === Infinity ? "default-jre-headless" : "openjdk-17-jre-headless";
  const formula = need.newest === Infinity ? "openjdk" : "openjdk@17";
  return `set JAVA_HOME, or get one with apt-get install ${packageName} (Debian) or brew install ${formula} (macOS)`;
}

/** Homes of the Javas in these folders; those of macOS have them further down. */
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

/** Major version; null when it cannot be run, as the placeholder that macOS puts on PATH. */
async function javaVersion(java: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  try {
    const { stderr } = await run(java, ["-version"], { env, timeout: versionMs });
    return majorVersion(stderr);
  } catch {
    return null;
  }
}

/** The major version in what `java -version` prints: 8 was written 1.8. */
export function majorVersion(printed: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(printed);
  return match ? Number(match[1]) : null;
}

/**
 * The environment of a JVM. It names files in the encoding of the locale: under C it finds none with a letter beyond
 * ASCII in its path.
 */
export function inUtf8(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, LC_ALL: "C.UTF-8" };
}

/** What Flink and Beam reach into by reflection, which modules forbid unless they are opened. */
export const openedPackages = [
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
  /** Folder with the jars of its class path. */
  jars: string;
  /** Folder of classes that come before those of the jars. */
  classes?: string;
  mainClass: string;
  args: readonly string[];
  heapMb: number;
  /** Collects garbage with one thread and compiles lightly: for parts that have little to do. */
  smallJvm?: boolean;
  flags?: readonly string[];
  temporaryFolder: string;
}

/** The command that runs a main class. */
export function jvmCommand(spec: JvmSpec): [string, ...string[]] {
  const { java, jars, mainClass, args, heapMb, smallJvm = false, flags = [] } = spec;
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
    [...(spec.classes === undefined ? [] : [spec.classes]), join(jars, "*")].join(delimiter),
    mainClass,
    ...args,
  ];
}

const logFlags = [
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  "-Dorg.slf4j.simpleLogger.showThreadName=false",
];
