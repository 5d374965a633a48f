/** What every part needs to be started. */
import { join } from "node:path";
import { MuonitorError } from "../../pipeline/model/index.js";
import { findJava } from "./java.js";
import { provideJars, type JarOptions, type JarSet } from "./maven.js";
import { freePort, isListening } from "./ports.js";

export interface PartOptions extends JarOptions {
  /** Folder for the parts' settings, data and logs. */
  stateFolder: string;
}

/** Java, jars and folders of one part. */
export interface Surroundings {
  java: string;
  jars: string;
  /** The part's own folder. */
  folder: string;
  temporaryFolder: string;
  logFile: (name: string) => string;
}

/** Finds or fetches what a part needs, and says in one line what is missing. */
export async function surroundings(
  options: PartOptions,
  set: JarSet,
  folderName: string,
): Promise<Surroundings> {
  const java = await findJava(options.env);
  const jars = await provideJars(set, options);
  const folder = join(options.stateFolder, folderName);
  return {
    java,
    jars,
    folder,
    temporaryFolder: join(folder, "tmp"),
    logFile: (name) => join(options.stateFolder, "logs", `${name}.log`),
  };
}

/** The port that was asked for, if nobody has it, or else a free one. */
export async function choosePort(name: string, wanted?: number): Promise<number> {
  if (wanted === undefined) return freePort();
  if (await isListening(wanted)) throw new MuonitorError(`port ${wanted}, wanted for ${name}, is in use`);
  return wanted;
}
