import { existsSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { verbs } from "../../runners/cli.js";
import { Log } from "../../runners/cli/log.js";
import { createProgram } from "../../runners/cli/parse.js";
import { readProjectFile } from "./project-files.js";
import { readmeCommand, readmeCommands, shellCommands } from "./readme.js";

const scripts = JSON.parse(readProjectFile("package.json")).scripts as Record<string, string>;

/** Why a command is none that this project understands; empty when it is one. Its files need not be there. */
async function complaintAbout(command: string): Promise<string> {
  const words = command.split(/\s+/);
  const muonitor = /^(?:npm run -s muonitor -- |npx muonitor )(.*?)(?: > \S+)?$/.exec(command)?.[1];
  if (muonitor !== undefined) return complaintOfCli(muonitor.replaceAll("'", "").split(/\s+/));
  const script = /^npm (start|test)\b/.exec(command)?.[1] ?? /^npm run (?:-s )?(\S+)/.exec(command)?.[1];
  if (script !== undefined) return script in scripts ? "" : `no script ${script}`;
  const composed = /^docker compose -f (\S+)/.exec(command)?.[1];
  if (composed !== undefined) return existsSync(join(root, composed)) ? "" : `no file ${composed}`;
  const bundled = /^node muonitor-[\d.]+\/bin\/muonitor (.*)$/.exec(command)?.[1];
  if (bundled !== undefined) return complaintOfCli(bundled.split(/\s+/));
  return ["git", "cd", "tar", "sha256sum"].includes(String(words[0])) ? "" : `what is ${command}?`;
}

/** What the command line says of words that it does not take. */
async function complaintOfCli(args: readonly string[]): Promise<string> {
  let said = "";
  const written = new Writable({ write: (chunk, _, done) => ((said += String(chunk)), done()) });
  const environmentOf = { env: {}, stdin: Readable.from([]), stdout: written, stderr: written };
  const { signal } = new AbortController();
  const context = { ...environmentOf, folder: root, signal, log: new Log(written) };
  const program = createProgram(verbs, "", context, () => Promise.resolve());
  try {
    await program.parseAsync([...args], { from: "user" });
    return "";
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return "";
    return said || String(error);
  }
}

describe("README.md", () => {
  it("shows the two commands that do everything", () => {
    expect(readmeCommand("npm start")).toMatch(/^npm start/);
    expect(readmeCommand("npm test")).toMatch(/^npm test/);
  });

  it.each(readmeCommands())("shows a command that exists: %s", async (command) => {
    expect(await complaintAbout(command)).toBe("");
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
    ["npx muonitor status --nosuch", false],
    ["npx muonitor up --rate fast", false],
    ["docker compose -f nosuch.yaml up", false],
  ])("knows of %s: %s", async (command, known) => {
    expect((await complaintAbout(command)) === "").toBe(known);
  });
});
