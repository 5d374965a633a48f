import { readProjectFile } from "./project-files.js";

/** The commands of README.md's shell fences, in order. */
export function readmeCommands(): string[] {
  return shellCommands(readProjectFile("README.md"));
}

/** One command a line; a backslash at the end joins the next, comments are left out. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^```(?:sh|bash|shell)\n(.*?)^```/gms)]
    .flatMap((fence) =>
      String(fence[1])
        .replace(/\\\n\s*/g, "")
        .split("\n"),
    )
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** The command of the README that is these words, or begins with them. */
export function readmeCommand(words: string): string {
  const found = readmeCommands().find((command) => command === words || command.startsWith(`${words} `));
  if (found === undefined) throw new Error(`README.md shows no command "${words}"`);
  return found;
}
