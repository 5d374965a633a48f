/** From arguments, environment and configuration file to the options of a verb; built on commander. */
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../pipeline/model/index.js";
import { readConfigFile, type ConfigEntry } from "./config-file.js";
import type { CliContext, OptionSpec, OptionValues, Verb } from "./verb.js";

const configOption: OptionSpec = {
  flags: "--config <file>",
  description:
    "configuration file (YAML or JSON): options by name, at the top or in a section named after the verb",
};

/** The whole command line; `act` is called with the verb that was asked for and its options. */
export function createProgram(
  verbs: readonly Verb[],
  version: string,
  context: CliContext,
  act: (verb: Verb, options: OptionValues) => Promise<void>,
): Command {
  const program = new Command("muonitor")
    .description("Online data-quality monitor of a drift-tube muon telescope.")
    .usage("VERB [options]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showHelpAfterError(`(muonitor --help tells the verbs and options)`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text.replace(/^error: /, "muonitor: ")),
    })
    .configureHelp({ helpWidth: 100, showGlobalOptions: false });
  for (const verb of verbs) program.addCommand(createCommand(verb, verbs, program, context, act));
  program.addHelpText(
    "after",
    "\nmuonitor VERB --help tells the options of a verb, with units, defaults and environment variables.",
  );
  return program;
}

function createCommand(
  verb: Verb,
  verbs: readonly Verb[],
  program: Command,
  context: CliContext,
  act: (verb: Verb, options: OptionValues) => Promise<void>,
): Command {
  const command = new Command(verb.name)
    .summary(verb.summary)
    .description(verb.description.replaceAll(/(?<!\n)\n(?!\n)/g, " "))
    .copyInheritedSettings(program)
    .showHelpAfterError(`(muonitor ${verb.name} --help tells the options)`)
    .helpOption("-h, --help", "print this help")
    .allowExcessArguments(false);
  for (const spec of [...verb.options, configOption]) command.addOption(createOption(spec));
  if (verb.examples.length > 0) {
    command.addHelpText("after", `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join("\n")}`);
  }
  return command.action(async () => {
    applySwitches(command, context.env);
    applyConfigFile(command, verb, verbs, context);
    checkRequired(command, verb);
    await act(verb, command.opts());
  });
}

function environmentName(option: Option): string {
  return `MUONITOR_${option.name().toUpperCase().replaceAll("-", "_")}`;
}

function createOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  const notes =
    spec.default === undefined && spec.defaultText !== undefined ? [`default: ${spec.defaultText}`] : [];
  if (isSwitch(option)) notes.push(`env: ${environmentName(option)}`);
  else option.env(environmentName(option));
  if (notes.length > 0) option.description += ` (${notes.join(", ")})`;
  if (spec.default !== undefined) option.default(spec.default, spec.defaultText);
  if (spec.choices !== undefined) option.choices([...spec.choices]);
  if (spec.parse !== undefined || spec.repeatable === true) option.argParser(parserOf(spec));
  return option;
}

/** Whether an option takes no value: it is on when it is given. */
function isSwitch(option: Option): boolean {
  return !option.required && !option.optional;
}

function parserOf(spec: OptionSpec): (text: string, previous: unknown) => unknown {
  return (text, previous) => {
    try {
      const value = spec.parse === undefined ? text : spec.parse(text);
      return spec.repeatable === true
        ? [...(Array.isArray(previous) ? (previous as unknown[]) : []), value]
        : value;
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** Sets switches by the environment: commander would take any value for on, `false` too. */
function applySwitches(command: Command, env: NodeJS.ProcessEnv): void {
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
function applyConfigFile(command: Command, verb: Verb, verbs: readonly Verb[], context: CliContext): void {
  const file = command.opts()["config"] as string | undefined;
  if (file === undefined) return;
  const path = resolve(context.folder, file);
  const names = verbs.map(({ name }) => name);
  const known = new Set(verbs.flatMap(({ options }) => options.map(({ flags }) => new Option(flags).name())));
  for (const entry of readConfigFile(path, verb.name, names)) {
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

function checkRequired(command: Command, verb: Verb): void {
  for (const spec of verb.options) {
    const option = new Option(spec.flags);
    if (spec.required === true && command.opts()[option.attributeName()] === undefined) {
      throw new UsageError(`${verb.name}: option ${spec.flags} is missing`);
    }
  }
}
