/** `config`: prints presets and the JSON Schema, and checks files. */
import { readFileSync } from "node:fs";
import { defaultDetectorName, UsageError } from "../../pipeline/model/index.js";
import { detectorSchema } from "../../pipeline/model/schema/detector-file.js";
import { type ConfigEntry, configPath, entryError, presetNames, readSections } from "./config-file.js";
import { configSchema, type JsonSchema } from "./config-schema.js";
import { detectorPath, detectorPresetNames, presetPath } from "./detector/presets.js";
import { readDetectorFile } from "./detector/read-file.js";
import { isDetectorFile } from "./detector-file.js";
import { logOptions } from "./log.js";
import { type CliContext, defineVerb, type Verb, type VerbGroup, verbsIn } from "./verb.js";
import { flagOf, type OptionSpec } from "./option.js";

const nameArgument = {
  name: "<name|path>",
  description: `a file, or a preset: ${presetNames().join(", ")}`,
  offers: presetNames(),
} as const;

/** @param verbs all verbs, this group among them */
export function configGroup(verbs: () => readonly (Verb | VerbGroup)[]): VerbGroup {
  const schema = (): Record<string, unknown> => configSchema(verbs(), logOptions);
  const show = defineVerb({
    name: "config show",
    summary: "print a preset, as a starting point",
    description: "Prints a preset or another configuration file unchanged.",
    arguments: [nameArgument],
    options: [],
    examples: ["muonitor config show cloud > cloud.yaml"],
    run: ({ "name|path": name }, context) => Promise.resolve(showFile(name, context)),
  });
  const check = defineVerb({
    name: "config check",
    summary: "check a configuration or detector file",
    description: "Checks names, types and ranges; errors show file, line and key.",
    arguments: [nameArgument],
    options: [],
    examples: ["muonitor config check cloud.yaml", "muonitor config check mine.yaml"],
    run: ({ "name|path": name }, context) => {
      const isPreset = detectorPresetNames().includes(name);
      const path = isPreset ? detectorPath(name, context.folder) : configPath(name, context.folder);
      if (isPreset || isDetectorFile(path, schema())) readDetectorFile(path);
      else checkConfigFile(path, verbs(), schema());
      context.stdout.write(`${path} is valid\n`);
      return Promise.resolve(0);
    },
  });
  const printSchema = defineVerb({
    name: "config schema",
    summary: "print the JSON Schema of configuration files",
    description: `Prints the JSON Schema of configuration files. Editors with YAML support use it for completion and validation, provided
that the first line of a file is # yaml-language-server: $schema=PATH.`,
    options: [],
    examples: ["muonitor config schema > muonitor.schema.json"],
    run: (_, { stdout }) => {
      stdout.write(`${JSON.stringify(schema(), null, 2)}\n`);
      return Promise.resolve(0);
    },
  });
  const detector = defineVerb({
    name: "config detector",
    summary: "print a built-in detector file, as a starting point for another telescope",
    description: `Prints the detector file of a set-up of MiniDT chambers (default legnaro-1-2-1), or with --schema the
JSON Schema of such files. Set-ups: ${detectorPresetNames().join(", ")}.`,
    arguments: [{ name: "[preset]", description: "name of the set-up", offers: detectorPresetNames() }],
    options: [{ flags: "--schema", description: "print the JSON Schema instead", default: false }],
    examples: ["muonitor config detector > mine.yaml", "muonitor config detector bologna-2022"],
    run: ({ preset = defaultDetectorName, schema: isSchema }, { stdout }) => {
      if (!detectorPresetNames().includes(preset))
        throw new UsageError(`${preset}: unknown set-up; known set-ups: ${detectorPresetNames().join(", ")}`);
      stdout.write(
        isSchema ? `${JSON.stringify(detectorSchema, null, 2)}\n` : readFileSync(presetPath(preset)),
      );
      return Promise.resolve(0);
    },
  });
  return {
    name: "config",
    summary: "print presets, check configuration files",
    description: `Every option of every command can be set in a configuration file, selected with --config. Built-in presets:
${presetNames().join(", ")}.`,
    verbs: [show, check, printSchema, detector],
  };
}

function showFile(name: string, { folder, stdout }: CliContext): number {
  try {
    stdout.write(readFileSync(configPath(name, folder)));
    return 0;
  } catch {
    throw new UsageError(`${name}: no such configuration file; presets are ${presetNames().join(", ")}`);
  }
}

/**
 * Checks the values: at the top level at least one verb with this option must accept a value, in a section a verb of
 * that section.
 * @throws UsageError that names file, line and key
 */
function checkConfigFile(path: string, verbs: readonly (Verb | VerbGroup)[], schema: JsonSchema): void {
  const sections = new Set(verbs.map(({ name }) => name));
  for (const { name, entries } of readSections(path, (key) => sections.has(key), schema)) {
    const readers = verbsIn(verbs).filter((verb) => name === null || verb.name.split(" ")[0] === name);
    const options = readers.flatMap((verb) => [...verb.options]);
    for (const entry of entries) checkEntry(path, entry, options);
  }
}

function checkEntry(path: string, entry: ConfigEntry, options: readonly OptionSpec[]): void {
  const specs = options.filter((spec) => flagOf(spec).name === entry.name);
  const errors = specs.map((spec) => errorOf(spec, entry));
  const [first] = errors;
  if (first !== undefined && !errors.includes(null)) throw entryError(path, entry, first);
}

/** The error of an option for a value; null if the option accepts the value. */
function errorOf({ parse }: OptionSpec, { text }: ConfigEntry): unknown {
  try {
    for (const one of [text].flat()) parse?.(one);
    return null;
  } catch (error) {
    return error;
  }
}
