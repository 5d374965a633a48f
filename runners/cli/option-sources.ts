/** Where options come from when the command line does not give them: the environment, the configuration file. */
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import { UsageError } from "../../pipeline/model/index.js";
import { readConfigFile, type ConfigEntry } from "./config-file.js";
import { verbsIn, type CliContext, type Verb, type VerbGroup } from "./verb.js";

export function environmentName(option: Option): string {
  return `MUONITOR_${option.name().toUpperCase().replaceAll("-", "_")}`;
}

/** Whether an option takes no value: it is on when it is given. */
export function isSwitch(option: Option): boolean {
  return !option.required && !option.optional;
}

/** Sets switches by the environment: commander would take any value for on, `false` too. */
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

/** A switch that is off leaves the option that it negates as it is. */
function setSwitch(command: Command, option: Option, text: string, source: "env" | "config"): void {
  const isOn = ["true", "1"].includes(text);
  if (!isOn && !["false", "0"].includes(text)) throw new Error(`must be true or false, not "${text}"`);
  if (isOn || !option.negate)
    command.setOptionValueWithSource(option.attributeName(), isOn !== option.negate, source);
}

/** Gives options that neither the command line nor the environment set the values of the configuration file. */
export function applyConfigFile(
  command: Command,
  verb: Verb,
  verbs: readonly (Verb | VerbGroup)[],
  context: CliContext,
): void {
  const file = command.opts()["config"] as string | undefined;
  if (file === undefined) return;
  const path = resolve(context.folder, file);
  const names = verbs.map(({ name }) => name);
  const known = new Set(
    verbsIn(verbs).flatMap(({ options }) => options.map(({ flags }) => new Option(flags).name())),
  );
  for (const entry of readConfigFile(path, verb.name.split(" ")[0] as string, names)) {
    const option = command.options.find((candidate) => candidate.name() === entry.name);
    if (option !== undefined) applyEntry(command, option, path, entry);
    else if (!known.has(entry.name))
      throw new UsageError(`${path}:${entry.line}: ${entry.name}: no such option`);
  }
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
    throw new UsageError(`${path}:${entry.line}: ${entry.name}: ${(error as Error).message}`);
  }
}
