/** `completion`: scripts that let a shell complete verbs, options and choices. */
import { UsageError } from "../../pipeline/model/index.js";
import { presetNames } from "./config-file.js";
import { logOptions } from "./log.js";
import { bashScript, fishScript, zshScript, type CompletedVerb } from "./completion-scripts.js";
import { flagOf, type OptionSpec } from "./option.js";
import { defineVerb, isGroup, type Verb, type VerbGroup } from "./verb.js";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
type Shell = keyof typeof scripts;

/** @param verbs all verbs, this one among them */
export function completionVerb(verbs: () => readonly (Verb | VerbGroup)[]): Verb {
  return defineVerb({
    name: "completion",
    summary: "print a script that lets your shell complete commands and options",
    description: `Prints a script for bash, zsh or fish. The examples install it where the shell finds it.`,
    arguments: [{ name: "<shell>", description: "bash, zsh or fish", offers: Object.keys(scripts) }],
    options: [],
    examples: [
      'eval "$(muonitor completion bash)"       (in ~/.bashrc)',
      'eval "$(muonitor completion zsh)"        (in ~/.zshrc, after compinit)',
      "muonitor completion fish > ~/.config/fish/completions/muonitor.fish",
    ],
    run: ({ shell }, { stdout }) => {
      if (!isShell(shell)) throw new UsageError(`must be bash, zsh or fish, not "${shell}"`);
      stdout.write(scripts[shell](completedVerbs(verbs())));
      return Promise.resolve(0);
    },
  });
}

function isShell(name: string): name is Shell {
  return Object.hasOwn(scripts, name);
}

const common: readonly OptionSpec[] = [
  { flags: "--config <file>", description: "configuration file, or a preset" },
  ...logOptions,
  { flags: "--help", description: "print help" },
];

function completedVerbs(verbs: readonly (Verb | VerbGroup)[]): CompletedVerb[] {
  return verbs.map((verb) => ({
    name: verb.name,
    summary: verb.summary,
    words: isGroup(verb) ? [] : (verb.arguments ?? []).flatMap(({ offers = [] }) => [...offers]),
    options: isGroup(verb)
      ? []
      : [...verb.options, ...common].filter(({ hidden }) => hidden !== true).map(completedOption),
    verbs: isGroup(verb)
      ? completedVerbs(verb.verbs.map((inner) => ({ ...inner, name: lastWord(inner.name) })))
      : [],
  }));
}

const lastWord = (name: string): string => name.split(" ").at(-1) ?? name;

function completedOption(spec: OptionSpec): CompletedVerb["options"][number] {
  const { name, takesValue } = flagOf(spec);
  const isFile = /<(path|file)[>|]/.test(spec.flags);
  return {
    flag: `--${name}`,
    description: spec.description,
    takesValue,
    choices: name === "config" ? presetNames() : [...(spec.choices ?? [])],
    takesFile: isFile,
  };
}
