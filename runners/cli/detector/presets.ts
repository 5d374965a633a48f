/** Built-in detector files, and folders in which the run number selects a detector file. */
import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { UsageError } from "../../../pipeline/model/index.js";
import type { DetectorFile } from "../../../pipeline/model/schema/detector-file.js";
import { readDetectorFile } from "./read-file.js";

const presetsFolder = join(import.meta.dirname, "..", "..", "detectors");
const ending = /\.(yaml|yml|json)$/;

export function detectorPresetNames(): string[] {
  return readdirSync(presetsFolder)
    .filter((name) => ending.test(name))
    .map(nameOf)
    .sort();
}

/** The path of a preset, or of a file or folder relative to `folder`. A preset takes precedence over a file. */
export function detectorPath(nameOrPath: string, folder: string): string {
  return detectorPresetNames().includes(nameOrPath) ? presetPath(nameOrPath) : resolve(folder, nameOrPath);
}

export function presetPath(name: string): string {
  return join(presetsFolder, `${name}.yaml`);
}

/** Default name of a set-up, from the name of its file. */
export function nameOf(path: string): string {
  return basename(path).replace(ending, "");
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * The detector file in a folder that is valid for a run: the one that lists the run, else the one whose range includes
 * the run, else the one for all runs.
 * @throws UsageError if no file is valid, or several are
 */
export function fileForRun(folder: string, run: number): { path: string; file: DetectorFile } {
  const names = readdirSync(folder).filter((name) => ending.test(name) && !name.startsWith("."));
  const files = names.sort().map((name) => {
    const path = join(folder, name);
    return { path, file: readDetectorFile(path) };
  });
  const listed = files.filter(({ file }) => file.valid?.runs?.includes(run) === true);
  const ranged = files.filter(({ file }) => holds(file.valid, run));
  const others = files.filter(({ file }) => file.valid === undefined);
  const fitting = [listed, ranged, others].find(({ length }) => length > 0) ?? [];
  const [first, second] = fitting;
  if (first === undefined) throw new UsageError(`${folder}: no detector file is valid for run ${run}`);
  if (second !== undefined) {
    const both = `${basename(first.path)} and ${basename(second.path)}`;
    throw new UsageError(`${folder}: ${both} are both valid for run ${run}: narrow "valid" in one of them`);
  }
  return first;
}

/** Whether a run is in the range of a file. */
function holds(valid: DetectorFile["valid"], run: number): boolean {
  const { "from-run": from, "to-run": to } = valid ?? {};
  if (from === undefined && to === undefined) return false;
  return run >= (from ?? 0) && run <= (to ?? Infinity);
}
