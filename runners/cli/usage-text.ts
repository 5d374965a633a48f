/** Rewrites error texts of the command line parser. */

/** Common words for verbs with another name; commander itself corrects misspelt names. */
const otherWords: Readonly<Record<string, string>> = {
  start: "up",
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

/** @param text commander's error text */
export function usageText(text: string): string {
  return withOtherWord(
    text
      .replace(/^error: /, "muonitor: ")
      .replace(/ argument missing$/m, " needs a value")
      .replace(/^(.*missing) required argument '(.*)'$/m, "$1 argument <$2>")
      .replace(/ argument '(.*)' is invalid\. Allowed choices are (.*)\.$/m, mustBeOneOf)
      .replace(/ value '(.*)' from env '(.*)' is invalid\. Allowed choices are (.*)\.$/m, mustBeOneOfInEnv)
      // Our own reasons already contain the value.
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
