/** Paths of this installation; valid for both built files and sources. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Finds the folder of the clone or of the release bundle; both contain this file. */
export const repositoryFolder = findUpwards(dirname(fileURLToPath(import.meta.url)), "infra/node-version.js");

function findUpwards(folder: string, name: string): string {
  if (existsSync(join(folder, name))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`${name} is in no folder above this module`);
  return findUpwards(above, name);
}

/** Path of a built file. */
export function builtFile(path: string): string {
  return join(repositoryFolder, "build", path);
}

/** Folder for the notes that a running system leaves for other commands. */
export const defaultStateFolder = join(repositoryFolder, ".muonitor");

/** Folder of the jars of the Java services, shared by all systems of this installation. */
export const defaultJarsFolder = join(repositoryFolder, ".muonitor", "jars");
