import { describe, expect, it } from "vitest";
import { readProjectFile } from "./project-files.js";
import { hasReadme, readmeCommand, readmeCommands, shellCommands } from "./readme.js";

const scripts = JSON.parse(readProjectFile("package.json")).scripts as Record<string, string>;
const verbs = [
  ...[
    "up",
    "down",
    "status",
    "produce",
    "process",
    "submit",
    "jobs",
    "savepoint",
    "cancel",
    "audit",
    "bridge",
    "worker",
    "topics",
    "results",
    "fetch",
  ],
  ...[
    "init",
    "run",
    "beat",
    "halt",
    "dismiss",
    "config",
    "doctor",
    "completion",
    "alarms",
    "--help",
    "--version",
  ],
];

/** Whether a command is one that this project understands, as far as its words show. */
function isKnown(command: string): boolean {
  const words = command.split(/\s+/);
  if (["git", "cd"].includes(String(words[0]))) return true;
  const verb = /^(?:npm run -s muonitor --|npx muonitor) (\S+)/.exec(command)?.[1];
  if (verb !== undefined) return verbs.includes(verb);
  const script = /^npm (start|test)\b/.exec(command)?.[1] ?? /^npm run (?:-s )?(\S+)/.exec(command)?.[1];
  return script !== undefined && script in scripts;
}

describe.skipIf(!hasReadme)("README.md", () => {
  it("shows the two commands that do everything", () => {
    expect(readmeCommand("npm start")).toMatch(/^npm start/);
    expect(readmeCommand("npm test")).toMatch(/^npm test/);
  });

  it("shows only commands that exist", () => {
    expect(readmeCommands().filter((command) => !isKnown(command))).toEqual([]);
  });
});

describe("the reader of shell fences", () => {
  it("joins broken lines and leaves out comments, other fences and prose", () => {
    const markdown = [
      "npm prose",
      "```sh",
      "# first",
      "npm start  # everything",
      "npm run -s muonitor -- process \\",
      "  --input x",
      "```",
      "```json",
      "{}",
      "```",
    ].join("\n");
    expect(shellCommands(markdown)).toEqual(["npm start", "npm run -s muonitor -- process --input x"]);
  });

  it.each([
    ["npm start -- --port 0", true],
    ["npm run -s muonitor -- process --input x", true],
    ["npx muonitor status", true],
    ["npm run lint", true],
    ["npm run nosuch", false],
    ["npx muonitor nosuch", false],
    ["docker run muonitor", false],
  ])("knows of %s: %s", (command, known) => {
    expect(isKnown(command)).toBe(known);
  });
});
