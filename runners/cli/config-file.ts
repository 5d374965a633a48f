/** Reads a configuration file or a preset: YAML (or JSON, a subset of YAML) whose keys are option names. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";
import type { JsonSchema } from "./config-schema.js";
import { readYamlFile } from "./yaml-file.js";

export interface ConfigEntry {
  /** Name of the option, as on the command line without its dashes. */
  name: string;
  text: string | string[];
  line: number;
}

/** Configuration files included in Muonitor. */
const presetsFolder = join(import.meta.dirname, "..", "presets");
const presetEnding = ".yaml";

export function presetNames(): string[] {
  return readdirSync(presetsFolder)
    .filter((name) => name.endsWith(presetEnding))
    .map((name) => name.slice(0, -presetEnding.length))
    .sort();
}

/** The path of a preset, or of a file relative to a folder. A plain word is a preset if one of that name exists. */
export function configPath(nameOrPath: string, folder: string): string {
  const preset = join(presetsFolder, `${nameOrPath}${presetEnding}`);
  const path = resolve(folder, nameOrPath);
  if (!/^[a-z][a-z0-9-]*$/.test(nameOrPath)) return path;
  if (existsSync(preset)) return preset;
  if (existsSync(path)) return path;
  throw new UsageError(`${nameOrPath}: no such configuration file; presets are ${presetNames().join(", ")}`);
}

/** The options of one verb or group, or those at the top level of the file. */
interface ConfigSection {
  /** Null at the top level. */
  name: string | null;
  entries: ConfigEntry[];
}

/**
 * All contents of a configuration file.
 * @param isSection distinguishes sections from options
 * @throws UsageError that names file, line and key
 */
export function readSections(
  path: string,
  isSection: (name: string) => boolean,
  schema: JsonSchema,
): ConfigSection[] {
  const { value, lineOf } = readYamlFile(path, "configuration file", schema);
  const top = Object.entries((value ?? {}) as Record<string, unknown>);
  const section = (name: string | null, values: readonly [string, unknown][]): ConfigSection => {
    const above = name === null ? [] : [name];
    const entries = values.map(([key, given]) => ({
      name: key,
      text: Array.isArray(given) ? given.map(String) : String(given),
      line: lineOf([...above, key]),
    }));
    return { name, entries };
  };
  const options = top.filter(([key]) => !isSection(key));
  const sections = top.filter(([key]) => isSection(key));
  return [
    section(null, options),
    ...sections.map(([key, inner]) => section(key, Object.entries(inner ?? {}))),
  ];
}

/**
 * The entries of a configuration file for one verb. Sections override the top level, and later sections in `sections`
 * override earlier ones. Sections of other verbs are checked and skipped.
 * @param isSection distinguishes sections from options
 * @throws UsageError that names file, line and key
 */
export function readConfigFile(
  path: string,
  sections: readonly string[],
  isSection: (name: string) => boolean,
  schema: JsonSchema,
): ConfigEntry[] {
  const all = readSections(path, isSection, schema);
  const entries = new Map<string, ConfigEntry>();
  for (const wanted of [null, ...sections]) {
    const section = all.find(({ name }) => name === wanted);
    for (const entry of section?.entries ?? []) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

/** Adds file, line and option name to the error of a value. */
export function entryError(path: string, { line, name }: ConfigEntry, error: unknown): UsageError {
  return new UsageError(`${path}:${line}: ${name}: ${(error as Error).message}`);
}
