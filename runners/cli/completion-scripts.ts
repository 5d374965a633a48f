/** Completion scripts for three shells, generated from one description of the verbs. */

export interface CompletedVerb {
  name: string;
  summary: string;
  /** Words that can follow the verb, without options. */
  words: string[];
  options: {
    flag: string;
    description: string;
    takesValue: boolean;
    /** Allowed values; empty if any value is allowed. */
    choices: string[];
    takesFile: boolean;
  }[];
  /** Verbs of a group; empty for a single verb. */
  verbs: CompletedVerb[];
}

interface Place {
  /** Words before the cursor, such as `topics peek`. */
  words: string;
  verb: CompletedVerb;
}

/** Every verb that has options, with its full name. */
function placesOf(verbs: readonly CompletedVerb[], before = ""): Place[] {
  return verbs.flatMap((verb) => {
    const words = before === "" ? verb.name : `${before} ${verb.name}`;
    return verb.verbs.length > 0 ? placesOf(verb.verbs, words) : [{ words, verb }];
  });
}

const names = (verbs: readonly CompletedVerb[]): string => verbs.map(({ name }) => name).join(" ");

/** The branches of a `case` for bash and zsh, which map verb and option to the possible next words. */
function valueCases(verbs: readonly CompletedVerb[]): string {
  return placesOf(verbs)
    .flatMap(({ words, verb }) =>
      verb.options
        .filter(({ choices }) => choices.length > 0)
        .map(({ flag, choices }) => `    "${words} ${flag}") choices="${choices.join(" ")}" ;;\n`),
    )
    .join("");
}

function valueFlags(verbs: readonly CompletedVerb[]): string {
  return [
    ...new Set(
      placesOf(verbs).flatMap(({ verb }) =>
        verb.options.filter(({ takesValue }) => takesValue).map(({ flag }) => flag),
      ),
    ),
  ].join("|");
}

function groupCases(verbs: readonly CompletedVerb[]): string {
  return verbs
    .filter((verb) => verb.verbs.length > 0)
    .map((verb) => `    "${verb.name}") choices="${names(verb.verbs)}" ;;\n`)
    .join("");
}

function optionCases(verbs: readonly CompletedVerb[]): string {
  return placesOf(verbs)
    .map(({ words, verb }) => {
      const choices = [...verb.words, ...verb.options.map(({ flag }) => flag)];
      return `    "${words}") choices="${choices.join(" ")}" ;;\n`;
    })
    .join("");
}

function groupNames(verbs: readonly CompletedVerb[]): string {
  return verbs
    .filter((verb) => verb.verbs.length > 0)
    .map(({ name }) => name)
    .join("|");
}

/** Shell functions that find the choices for a word from the words before it; valid in bash and zsh. */
function chooser(verbs: readonly CompletedVerb[]): string {
  return `_muonitor_choices() {
  # $1: the words before the cursor, without the program; $2: the word before the cursor
  local verb="" word
  choices=""
  for word in $1; do
    case "$word" in -*) break ;; esac
    verb="\${verb:+$verb }$word"
    case "$word" in ${groupNames(verbs)}) ;; *) break ;; esac
  done
  case "$verb $2" in
${valueCases(verbs)}  esac
  [ -n "$choices" ] && return
  case "$2" in ${valueFlags(verbs)}) choices="*"; return ;; esac
  case "$verb" in
    "") choices="${names(verbs)} --help --version" ;;
${groupCases(verbs)}${optionCases(verbs)}  esac
}
`;
}

export function bashScript(verbs: readonly CompletedVerb[]): string {
  return `# muonitor completion bash
${chooser(verbs)}
_muonitor() {
  local choices current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  _muonitor_choices "\${COMP_WORDS[*]:1:COMP_CWORD-1}" "$previous"
  if [ "$choices" = "*" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
  fi
}
complete -o default -F _muonitor muonitor
`;
}

export function zshScript(verbs: readonly CompletedVerb[]): string {
  return `#compdef muonitor
# muonitor completion zsh
${chooser(verbs)}
_muonitor() {
  emulate -L zsh -o sh_word_split
  local choices
  _muonitor_choices "\${(j: :)words[2,CURRENT-1]}" "\${words[CURRENT-1]}"
  if [ "$choices" = "*" ]; then
    _files
  else
    compadd -- $choices
  fi
}
compdef _muonitor muonitor
`;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

export function fishScript(verbs: readonly CompletedVerb[]): string {
  const all = names(verbs);
  const lines = [
    "# muonitor completion fish",
    ...verbs.map(
      ({ name, summary }) =>
        `complete -c muonitor -f -n 'not __fish_seen_subcommand_from ${all}' -a ${name} -d ${quoted(summary)}`,
    ),
    ...verbs.flatMap((verb) => fishGroup(verb)),
    ...placesOf(verbs).flatMap(({ words, verb }) => fishOptions(words, verb)),
  ];
  return `${lines.join("\n")}\n`;
}

function fishGroup({ name, verbs }: CompletedVerb): string[] {
  const condition = `'__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${names(verbs)}'`;
  return verbs.map(
    (verb) => `complete -c muonitor -f -n ${condition} -a ${verb.name} -d ${quoted(verb.summary)}`,
  );
}

function fishOptions(words: string, verb: CompletedVerb): string[] {
  const condition = words
    .split(" ")
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join("; and ");
  const start = `complete -c muonitor -n '${condition}'`;
  const options = verb.options.map(({ flag, description, takesValue, choices, takesFile }) => {
    const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesFile ? " -r -F" : " -x";
    return `${start} -l ${flag.slice(2)}${takesValue ? value : ""} -d ${quoted(description)}`;
  });
  return verb.words.length === 0 ? options : [`${start} -a ${quoted(verb.words.join(" "))}`, ...options];
}
