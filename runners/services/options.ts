/** Common options of all services. */
import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { MuonitorError } from "../../pipeline/model/index.js";
import { mayAccess } from "../process/index.js";
import { findJava, javaForKafkaAndFlink, javaForSpark } from "./java.js";
import { writeLoopbackJar } from "./loopback-class.js";
import { provideJars, unstaged, type JarOptions, type JarSet } from "./maven.js";
import { freePort, isListening } from "./ports.js";

export interface ServiceOptions extends JarOptions {
  /** Folder for the settings, data and logs of the services. */
  stateFolder: string;
  /** Start timeout of a service, ms; the default suits services that do not wait for another machine. */
  readyWithinMs?: number;
}

/** Java, jars and folders of one service. */
export interface Environment {
  java: string;
  /** Folder with the jars. */
  jars: string;
  classPath: readonly string[];
  /** Folder of the class archives; null if the installation is read-only. */
  archives: string | null;
  /** The service's own folder. */
  folder: string;
  temporaryFolder: string;
  logFile: (name: string) => string;
  readyWithinMs: number;
}

/** Java takes 10 s on an idle laptop, and over a minute on a machine that is several times slower or busy. */
const usualStartMs = 180_000;

/** Finds or fetches the dependencies of a service; the error names a missing one in one line. */
export async function environmentOf(
  options: ServiceOptions,
  set: JarSet,
  folderName: string,
): Promise<Environment> {
  const java = await findJava(options.env, set === "beam-spark" ? javaForSpark : javaForKafkaAndFlink);
  const jars = await provideJars(set, options);
  const folder = join(options.stateFolder, folderName);
  refuseSeparators(jars, folder);
  const shared = dirname(dirname(jars));
  const isShared = mayAccess(shared, constants.W_OK);
  const loopback = writeLoopbackJar(jars, join(isShared ? shared : folder, "loopback", unstaged));
  return {
    java,
    jars,
    classPath: [...(loopback === null ? [] : [loopback]), join(jars, "*")],
    archives: isShared ? join(shared, "archives") : null,
    folder,
    temporaryFolder: join(folder, "tmp"),
    logFile: (name) => join(options.stateFolder, "logs", `${name}.log`),
    readyWithinMs: options.readyWithinMs ?? usualStartMs,
  };
}

/** Java separates the folders of a class path by colons, Flink and Beam those of some settings by commas. */
function refuseSeparators(...folders: string[]): void {
  const folder = folders.find((path) => /[:,]/.test(path));
  if (folder !== undefined)
    throw new MuonitorError(`${folder}: the Java services cannot use a folder with ":" or "," in its path`);
}

/** The requested port if it is free; otherwise an error, or any free port when none is requested. */
export async function choosePort(name: string, wanted?: number): Promise<number> {
  if (wanted === undefined) return freePort();
  if (await isListening(wanted)) throw new MuonitorError(`port ${wanted}, needed for ${name}, is in use`);
  return wanted;
}
