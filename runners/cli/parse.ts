/** Parses arguments, environment and configuration file into the options of a verb, with commander. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../pipeline/model/index.js";
import { presetNames } from "./config-file.js";
import { logOptions, type LogFormat, type LogLevel } from "./log.js";
import { applyConfigFile, applySwitches, environmentName, isSwitch } from "./option-sources.js";
import { usageText } from "./usage-text.js";
import { flagOf, type OptionSpec, type OptionValues } from "./option.js";
import { isGroup, type CliContext, type Verb, type VerbGroup } from "./verb.js";

const configOption: OptionSpec = {
  flags: "--config <name|path>",
  description: `configuration file (YAML or JSON), or a preset: ${presetNames().join(", ")}`,
};

/** Loads all verbs, because a configuration file may contain sections of all of them. */
export type LoadVerbs = () => Promise<readonly (Verb | VerbGroup)[]>;

type Act = (verb: Verb, options: OptionValues) => Promise<void>;

/** Creates the command line of these verbs; `act` is called with the selected verb and its options. */
export function createProgram(
  verbs: readonly (Verb | VerbGroup)[],
  version: string,
  context: CliContext,
  act: Act,
  allVerbs: LoadVerbs = () => Promise.resolve(verbs),
): Command {
  const program = new Command("muonitor")
    .description("Online data-quality monitor of a drift-tube muon telescope.")
    .usage("COMMAND [options]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showHelpAfterError(`(muonitor --help lists the commands)`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(usageText(text)),
    })
    .configureHelp({ helpWidth: 100, showGlobalOptions: false });
  for (const verb of verbs) {
    if (isGroup(verb)) program.addCommand(createGroup(verb, allVerbs, program, context, act));
    else program.addCommand(createCommand(verb, allVerbs, program, context, act));
  }
  program.addHelpText(
    "after",
    "\nmuonitor COMMAND --help, or muonitor help COMMAND, lists the options of a command, with units, defaults and environment variables.",
  );
  return program;
}

/** Adds a group of verbs with a common first word. */
function createGroup(
  group: VerbGroup,
  allVerbs: LoadVerbs,
  program: Command,
  context: CliContext,
  act: Act,
): Command {
  const command = new Command(group.name)
    .summary(group.summary)
    .description(joined(group.description))
    .usage("COMMAND [options]")
    .copyInheritedSettings(program)
    .showHelpAfterError(`(muonitor ${group.name} --help lists the commands)`)
    .helpOption("-h, --help", "print this help")
    .helpCommand(false);
  for (const verb of group.verbs) command.addCommand(createCommand(verb, allVerbs, command, context, act));
  return command.addHelpText(
    "after",
    `\nmuonitor ${group.name} COMMAND --help lists the options of a command.`,
  );
}

function createCommand(
  verb: Verb,
  allVerbs: LoadVerbs,
  above: Command,
  context: CliContext,
  act: Act,
): Command {
  const command = new Command(verb.name.split(" ").at(-1))
    .summary(verb.summary)
    .description(joined(verb.description))
    .copyInheritedSettings(above)
    .showHelpAfterError(`(muonitor ${verb.name} --help lists the options)`)
    .helpOption("-h, --help", "print this help")
    .allowExcessArguments();
  for (const spec of verb.arguments ?? []) command.addArgument(new Argument(spec.name, spec.description));
  for (const spec of [...verb.options, configOption, ...logOptions]) command.addOption(createOption(spec));
  if (verb.examples.length > 0) {
    command.addHelpText("after", `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join("\n")}`);
  }
  return command.action(async () => {
    refuseExcess(command, verb);
    applySwitches(command, context.env);
    await applyConfigFile(command, verb, allVerbs, context);
    checkRequired(command, verb);
    const { logLevel, logFormat } = command.opts<{ logLevel: LogLevel; logFormat: LogFormat }>();
    context.log.configure(logLevel, logFormat);
    await act(verb, { ...command.opts(), ...argumentsOf(command) });
  });
}

/** Joins the lines of each paragraph of a description; empty lines separate paragraphs. */
function joined(description: string): string {
  return description.replaceAll(/(?<!\n)\n(?!\n)/g, " ");
}

/** The positional words after the verb, by argument name. */
function argumentsOf(command: Command): OptionValues {
  const values = command.processedArgs as unknown[];
  return Object.fromEntries(command.registeredArguments.map((argument, i) => [argument.name(), values[i]]));
}

function refuseExcess(command: Command, verb: Verb): void {
  const [excess] = command.args.slice(command.registeredArguments.length);
  if (excess === undefined) return;
  const hasInput = verb.options.some((spec) => flagOf(spec).name === "input");
  const hint = hasInput ? ` (did you mean --input ${excess}?)` : "";
  throw new UsageError(`${verb.name}: too many arguments: "${excess}"${hint}`);
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
  if (spec.refused !== undefined) refuseChoices(option, spec.refused);
  if (spec.hidden === true) option.hideHelp();
  return option;
}

/** Rejects plausible but unsupported values with the reason. */
function refuseChoices(option: Option, refused: Readonly<Record<string, string>>): void {
  const parse = option.parseArg;
  option.argParser((text, previous) => {
    const reason = Object.hasOwn(refused, text) ? refused[text] : undefined;
    if (reason !== undefined) throw new InvalidArgumentError(`cannot be ${text}: ${reason}`);
    return parse === undefined ? text : parse(text, previous as never);
  });
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

function checkRequired(command: Command, verb: Verb): void {
  for (const spec of verb.options) {
    if (spec.required === true && command.opts()[flagOf(spec).key] === undefined) {
      throw new UsageError(`${verb.name}: option ${spec.flags} is missing`);
    }
  }
}
