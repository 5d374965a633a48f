import { readProjectFile } from "./project-files.js";

/** Documents whose shell fences show commands of this project. */
export const commandDocuments = [
  "README.md",
  "CONTRIBUTING.md",
  "infra/benchmarks/README.md",
  "infra/operations.md",
  "infra/your-chambers.md",
  "producer/input.md",
  "runners/commands.md",
];

/** Relative links of a document, and its pictures. */
export function relativeLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)]
    .map(([, link, image]) => String(link ?? image))
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The commands in the shell fences of a document, in order. */
export function documentCommands(document: string): string[] {
  return shellCommands(readProjectFile(document));
}

/** One command per line, without comments; a line that ends with a backslash is joined with the next. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^ *```(?:sh|bash|shell)\n(.*?)^ *```/gms)]
    .flatMap((fence) =>
      String(fence[1])
        .replace(/\\\n\s*/g, "")
        .split("\n"),
    )
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** The command in the README that equals or begins with these words. */
export function readmeCommand(words: string): string {
  const found = documentCommands("README.md").find(
    (command) => command === words || command.startsWith(`${words} `),
  );
  if (found === undefined) throw new Error(`README.md has no command "${words}"`);
  return found;
}
