/** The configuration file: YAML (or JSON, which is YAML too) whose keys are the options' names; or a preset's name. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { JsonSchema } from "./config-schema.js";
import { readYamlFile } from "./yaml-file.js";

export interface ConfigEntry {
  /** Name of the option, as on the command line without its dashes. */
  name: string;
  text: string | string[];
  line: number;
}

/** Files that come with Muonitor. */
export const presetsFolder = join(import.meta.dirname, "..", "presets");
const presetEnding = ".yaml";

export function presetNames(): string[] {
  return readdirSync(presetsFolder)
    .filter((name) => name.endsWith(presetEnding))
    .map((name) => name.slice(0, -presetEnding.length))
    .sort();
}

/** The path of a preset, or of a file relative to a folder; a word alone is a preset where there is one. */
export function configPath(nameOrPath: string, folder: string): string {
  const preset = join(presetsFolder, `${nameOrPath}${presetEnding}`);
  return /^[a-z][a-z0-9-]*$/.test(nameOrPath) && existsSync(preset) ? preset : resolve(folder, nameOrPath);
}

/**
 * The entries of a configuration file for one verb: those at its top, overridden by those in the sections, the last
 * first. Sections of other verbs are checked and skipped.
 * @param isSection tells sections from options
 * @throws UsageError that names file, line and key
 */
export function readConfigFile(
  path: string,
  sections: readonly string[],
  isSection: (name: string) => boolean,
  schema: JsonSchema,
): ConfigEntry[] {
  const { value, lineOf } = readYamlFile(path, "configuration file", schema);
  const top = (value ?? {}) as Record<string, unknown>;
  const entries = new Map<string, ConfigEntry>();
  const take = (values: object, above: readonly string[]): void => {
    for (const [name, given] of Object.entries(values)) {
      if (above.length === 0 && isSection(name)) continue;
      const text = Array.isArray(given) ? given.map(String) : String(given);
      entries.set(name, { name, text, line: lineOf([...above, name]) });
    }
  };
  take(top, []);
  for (const section of sections) take(top[section] ?? {}, [section]);
  return [...entries.values()];
}
