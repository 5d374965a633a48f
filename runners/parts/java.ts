/** The Java that runs the parts, and how it runs them. */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { MuonitorError } from "../../pipeline/model/index.js";

const run = promisify(execFile);

export const oldestJava = 17;
const howToGetJava =
  "get it with apt-get install default-jre-headless (Debian) or brew install openjdk (macOS), or set JAVA_HOME";

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

/** Path of a Java that is new enough: that of JAVA_HOME when it is set, else the one on PATH. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = env["JAVA_HOME"] ?? "";
  const java = home === "" ? findProgram("java", env) : join(home, "bin", "java");
  const needed = `Kafka and Flink need Java ${oldestJava} or newer`;
  if (java === null) throw new MuonitorError(`${needed}, but there is no java on PATH: ${howToGetJava}`);
  const version = await javaVersion(java, env);
  if (version === null) throw new MuonitorError(`${needed}, but ${java} does not run: ${howToGetJava}`);
  if (version < oldestJava)
    throw new MuonitorError(`${needed}, but ${java} is Java ${version}: ${howToGetJava}`);
  return java;
}

/** Major version; null when it cannot be run, as the placeholder that macOS puts on PATH. */
async function javaVersion(java: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  try {
    const { stderr } = await run(java, ["-version"], { env });
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

export interface JvmSpec {
  java: string;
  /** Folder with the jars of its class path. */
  jars: string;
  mainClass: string;
  args: readonly string[];
  heapMb: number;
  /** Collects garbage with one thread and compiles lightly: for parts that have little to do. */
  frugal?: boolean;
  flags?: readonly string[];
  temporaryFolder: string;
}

/** The command that runs a main class. */
export function jvmCommand(spec: JvmSpec): [string, ...string[]] {
  const { java, jars, mainClass, args, heapMb, frugal = false, flags = [] } = spec;
  return [
    java,
    `-Xmx${heapMb}m`,
    ...(frugal ? ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] : []),
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    `-Djava.io.tmpdir=${spec.temporaryFolder}`,
    ...logFlags,
    ...openedPackages.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    ...flags,
    "-cp",
    join(jars, "*"),
    mainClass,
    ...args,
  ];
}

const logFlags = [
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  "-Dorg.slf4j.simpleLogger.showThreadName=false",
];
