/** Options that are not on the command line come from the environment or the configuration file. */
import type { Command, Option } from "commander";
import { UsageError } from "../../pipeline/model/index.js";
import { configPath, entryError, readConfigFile, type ConfigEntry } from "./config-file.js";
import { configSchema, type JsonSchema } from "./config-schema.js";
import { logOptions } from "./log.js";
import type { CliContext, Verb, VerbGroup } from "./verb.js";

export function environmentName(option: Option): string {
  return `MUONITOR_${option.name().toUpperCase().replaceAll("-", "_")}`;
}

/** Whether an option takes no value and is on if present. */
export function isSwitch(option: Option): boolean {
  return !option.required && !option.optional;
}

/** Sets switches from the environment; commander itself would treat any value as on, even `false`. */
export function applySwitches(command: Command, env: NodeJS.ProcessEnv): void {
  for (const option of command.options.filter(isSwitch)) {
    const name = environmentName(option);
    const text = env[name];
    if (text === undefined || command.getOptionValueSource(option.attributeName()) === "cli") continue;
    try {
      setSwitch(command, option, text, "env");
    } catch (error) {
      throw new UsageError(`${name}: ${(error as Error).message}`);
    }
  }
}

/** A negated switch that is off leaves its option unchanged. */
function setSwitch(command: Command, option: Option, text: string, source: "env" | "config"): void {
  const isOn = ["true", "1"].includes(text);
  if (!isOn && !["false", "0"].includes(text)) throw new Error(`must be true or false, not "${text}"`);
  if (isOn || !option.negate)
    command.setOptionValueWithSource(option.attributeName(), isOn !== option.negate, source);
}

/** Sets options from the configuration file, unless the command line or the environment has set them. */
export async function applyConfigFile(
  command: Command,
  verb: Verb,
  allVerbs: () => Promise<readonly (Verb | VerbGroup)[]>,
  context: CliContext,
): Promise<void> {
  const file = command.opts()["config"] as string | undefined;
  if (file === undefined) return;
  const path = configPath(file, context.folder);
  const own = verb.name.split(" ")[0] as string;
  const sections = verb.section === undefined ? [own] : [verb.section, own];
  const verbs = await allVerbs();
  const names = new Set(verbs.map(({ name }) => name));
  for (const entry of readConfigFile(path, sections, (name) => names.has(name), schemaOf(verbs))) {
    const option = command.options.find((candidate) => candidate.name() === entry.name);
    if (option !== undefined) applyEntry(command, option, path, entry);
  }
}

const schemas = new WeakMap<readonly (Verb | VerbGroup)[], JsonSchema>();

/** The schema for these verbs, created once. */
function schemaOf(verbs: readonly (Verb | VerbGroup)[]): JsonSchema {
  let schema = schemas.get(verbs);
  if (schema === undefined) schemas.set(verbs, (schema = configSchema(verbs, logOptions)));
  return schema;
}

function applyEntry(command: Command, option: Option, path: string, entry: ConfigEntry): void {
  const name = option.attributeName();
  const source = command.getOptionValueSource(name);
  if (source === "cli" || source === "env") return;
  try {
    if (isSwitch(option)) return setSwitch(command, option, String(entry.text), "config");
    let value: unknown = undefined;
    for (const text of [entry.text].flat()) {
      value = option.parseArg === undefined ? text : option.parseArg(text, value as string);
    }
    command.setOptionValueWithSource(name, value, "config");
  } catch (error) {
    throw entryError(path, entry, error);
  }
}
