/** Selects the detector of a command: a file, a preset, or the file in a folder that is valid for a run. */
import { basename } from "node:path";
import {
  defaultDetectorName,
  defaultSystemCBins,
  defaultWindowSeconds,
  maxRunWord,
  maxWindowSeconds,
  minWindowSeconds,
  UsageError,
  type DetectorConfig,
  type SystemCBins,
} from "../../pipeline/model/index.js";
import { detectorSchema, type DetectorFile } from "../../pipeline/model/schema/detector-file.js";
import { nearest } from "./config-check.js";
import type { JsonSchema } from "./config-schema.js";
import { withHash } from "./detector/hash.js";
import {
  detectorPath,
  detectorPresetNames,
  fileForRun,
  isFolder,
  nameOf,
  presetPath,
} from "./detector/presets.js";
import { readDetectorFile } from "./detector/read-file.js";
import { detectorOf } from "./detector/to-config.js";
import { defineOption, wholeNumber } from "./option.js";
import type { CliContext } from "./verb.js";
import { readYamlFile } from "./yaml-file.js";

/** The file of the default detector, which users can copy. */
export const defaultDetectorFile = presetPath(defaultDetectorName);

export const detectorOption = defineOption({
  flags: "--detector <file>",
  description: `detector file of another telescope (YAML or JSON), or a preset: ${detectorPresetNames().join(", ")}`,
  defaultText: "legnaro-1-2-1, as muonitor config detector prints it",
});

/** For commands that accept a folder of detector files. */
export const runOption = defineOption({
  flags: "--run <number>",
  description: "run number, which selects one of the files of a folder",
  parse: wholeNumber(0, maxRunWord),
});

export const windowOption = defineOption({
  flags: "--window <seconds>",
  description: `length of a window in s, ${minWindowSeconds} to ${maxWindowSeconds}`,
  parse: wholeNumber(minWindowSeconds, maxWindowSeconds),
  defaultText: `${defaultWindowSeconds}, or the value of the detector file`,
});

/** For verbs that write messages to a topic. */
export const systemCOption = defineOption({
  flags: "--system-c",
  description: "add the histograms of the earlier system C to each message, for muonitor results",
  default: false,
});

/** For verbs that reconstruct segments. */
export const noMuonsOption = defineOption({
  flags: "--no-muons",
  description: "omit segments, timing, read-out and trigger words from the messages: faster and smaller",
});

/** The options that determine windows and their content. */
export interface DetectorOptions {
  /** False with --no-muons. */
  muons?: string | boolean;
  detector?: string;
  /** Run number; only for bounded runs. */
  run?: number;
  /** Length of a window, s. */
  window?: number;
  /** Adds the histograms of system C to the messages. */
  systemC?: string | boolean;
}

export interface ChosenDetector {
  detector: DetectorConfig;
  windowMs: number;
  /** Whether messages have the keys of segments, timing, read-out and trigger words. */
  muons: boolean;
}

/**
 * @param work purpose of the command; only bounded runs accept a folder of detector files
 * @throws UsageError that names file, line and key
 */
export function chooseDetector(
  options: DetectorOptions,
  { folder }: CliContext,
  work: "streaming" | "bounded" = "streaming",
): ChosenDetector {
  const { path, file } = chosenFile(options, folder, work);
  const windowMs = (options.window ?? file["window-seconds"] ?? defaultWindowSeconds) * 1000;
  const name = file.name ?? (path === null ? "" : nameOf(path));
  const detector = withHash(detectorOf(file), windowMs, name);
  const isAsked = options.systemC !== undefined && options.systemC !== false;
  const muons = options.muons !== false;
  return { detector: isAsked ? { ...detector, systemC: systemCBinsOf(file) } : detector, windowMs, muons };
}

function chosenFile(
  { detector: given, run }: DetectorOptions,
  folder: string,
  work: "streaming" | "bounded",
): { path: string | null; file: DetectorFile } {
  if (given === undefined) return { path: null, file: {} };
  const path = detectorPath(given, folder);
  if (!isFolder(path)) return { path, file: readDetectorFile(path) };
  if (work === "streaming") {
    const reason = "a streaming job has only one configuration";
    throw new UsageError(`--detector ${given} is a folder, but ${reason}: name one of its files`);
  }
  if (run === undefined)
    throw new UsageError(`--detector ${given} is a folder: select one of its files with --run N`);
  return fileForRun(path, run);
}

/** Whether the run number must come from the inputs: --detector names a folder, and --run is missing. */
export function needsRun({ detector, run }: DetectorOptions, { folder }: CliContext): boolean {
  return detector !== undefined && run === undefined && isFolder(detectorPath(detector, folder));
}

/**
 * Returns a run that selects the detector file for all given runs.
 * @throws UsageError if no run is given, or the runs need different files
 */
export function commonRun(detector: string, runs: readonly number[], { folder }: CliContext): number {
  const [first] = runs;
  if (first === undefined)
    throw new UsageError(
      `--detector ${detector} is a folder, and the inputs have no run number: select one of its files with --run N`,
    );
  const paths = runs.map((run) => fileForRun(detectorPath(detector, folder), run).path);
  const other = paths.findIndex((path) => path !== paths[0]);
  if (other < 0) return first;
  const needed = `run ${first} needs ${basename(paths[0] as string)}, run ${runs[other]} needs ${basename(paths[other] as string)}`;
  throw new UsageError(`--detector ${detector}: ${needed}: process these runs separately`);
}

/**
 * Whether a file is intended as a detector file: one of its keys exists only in such files, or no key is known and
 * one resembles such a key.
 * @param others the JSON Schema of configuration files
 */
export function isDetectorFile(path: string, others: JsonSchema): boolean {
  const keysOf = ({ properties }: JsonSchema): string[] => Object.keys(properties ?? {});
  const known = keysOf(others);
  const own = keysOf(detectorSchema).filter((key) => !known.includes(key));
  const { value } = readYamlFile(path, "configuration file", {});
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  if (keys.some((key) => known.includes(key))) return keys.some((key) => own.includes(key));
  return keys.some((key) => own.includes(nearest(key, [...own, ...known]) ?? ""));
}

function systemCBinsOf({ "system-c": bins }: DetectorFile): SystemCBins {
  if (bins === undefined) return defaultSystemCBins;
  return { channels: bins.channels, orbits: bins.orbits, driftTimeNs: bins["drift-time-ns"] };
}
