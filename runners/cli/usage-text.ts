/** Error texts of the command line parser, in our words. */

/** Words that people try for verbs of another name; commander finds misspelt ones itself. */
const otherWords: Readonly<Record<string, string>> = {
  start: "up",
  serve: "bridge",
  stop: "down",
  kill: "down",
  ps: "status",
  info: "status",
  check: "doctor",
  download: "fetch",
  send: "produce",
  replay: "produce",
  analyse: "process",
  analyze: "process",
  peek: "topics peek",
  ls: "topics list",
  list: "topics list",
};

/** @param text what commander would write */
export function usageText(text: string): string {
  return withOtherWord(
    text
      .replace(/^error: /, "muonitor: ")
      .replace(/ argument missing$/m, " needs a value")
      .replace(/^(.*missing) required argument '(.*)'$/m, "$1 argument <$2>")
      .replace(/ argument '(.*)' is invalid\. Allowed choices are (.*)\.$/m, mustBeOneOf)
      .replace(/ value '(.*)' from env '(.*)' is invalid\. Allowed choices are (.*)\.$/m, mustBeOneOfInEnv)
      // Our own reasons name the value already: the parser's need not, too.
      .replace(
        / (?:argument|value) '.*' from env '(.*)' is invalid\. (?=must |names |cannot )/,
        " (from $1) ",
      )
      .replace(/ argument '.*' is invalid\. (?=must |names |cannot )/, " "),
  );
}

function mustBeOneOf(_: string, value: string, choices: string): string {
  return ` must be one of ${choices}, not "${value}"`;
}

function mustBeOneOfInEnv(_: string, value: string, name: string, choices: string): string {
  return ` (from ${name}) must be one of ${choices}, not "${value}"`;
}

function withOtherWord(text: string): string {
  const word = /unknown command '(.*)'/.exec(text)?.[1] ?? "";
  const meant = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined;
  return meant === undefined ? text : `muonitor: unknown command '${word}'\n(Did you mean ${meant}?)\n`;
}
