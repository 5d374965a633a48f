import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { verbs } from "../../runners/cli/verbs.js";
import { Log } from "../../runners/cli/log.js";
import { createProgram } from "../../runners/cli/parse.js";
import { readProjectFile } from "./project-files.js";
import { commandDocuments, documentCommands, readmeCommand, shellCommands } from "./readme.js";

const scripts = JSON.parse(readProjectFile("package.json")).scripts as Record<string, string>;
const foreignPrograms = ["awk", "cd", "git", "npx", "python3", "sha256sum", "sqlite3", "tar"];

/** Why the project rejects a command; empty if it accepts it. Files that the command names need not exist. */
async function complaintAbout(command: string): Promise<string> {
  const words = command.replace(/^(?:[A-Z_]+=\S+ )+/, "").split(/\s+/);
  const muonitor = /^(?:npm run -s muonitor -- |(?:npx )?muonitor )(.*?)(?: > \S+)?$/.exec(command)?.[1];
  if (muonitor !== undefined) return complaintOfCli(muonitor.replaceAll("'", "").split(/\s+/));
  const used = command
    .split(" && ")
    .flatMap((one) => /^npm (start|test)\b/.exec(one)?.[1] ?? /^npm run (?:-s )?(\S+)/.exec(one)?.[1] ?? []);
  if (used.length > 0) return used.every((name) => name in scripts) ? "" : `no script ${used.join(", ")}`;
  const composed = /^docker compose -f (\S+)/.exec(command)?.[1];
  if (composed !== undefined) return existsSync(join(root, composed)) ? "" : `no file ${composed}`;
  const bundled = /^node muonitor-[\d.]+\/bin\/muonitor (.*)$/.exec(command)?.[1];
  if (bundled !== undefined) return complaintOfCli(bundled.split(/\s+/));
  return foreignPrograms.includes(words[0] ?? "") ? "" : `unknown command ${command}`;
}

/** Error of the command line for arguments that it does not accept. */
async function complaintOfCli(args: readonly string[]): Promise<string> {
  let output = "";
  const written = new Writable({ write: (chunk, _, done) => ((output += String(chunk)), done()) });
  const environmentOf = { env: {}, stdin: Readable.from([]), stdout: written, stderr: written };
  const { signal } = new AbortController();
  const context = { ...environmentOf, folder: root, signal, log: new Log(written) };
  const program = createProgram(verbs, "", context, () => Promise.resolve());
  try {
    await program.parseAsync([...args], { from: "user" });
    return "";
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return "";
    return output || String(error);
  }
}

describe("README.md", () => {
  it("shows the two commands that do everything", () => {
    expect(readmeCommand("npm start")).toMatch(/^npm start/);
    expect(readmeCommand("npm test")).toMatch(/^npm test/);
  });

  it("is short enough to read", () => {
    expect(readProjectFile("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(250);
  });
});

describe.each(commandDocuments)("%s", (document) => {
  it("shows commands", () => {
    expect(documentCommands(document).length).toBeGreaterThan(1);
  });

  it.each(documentCommands(document))("shows a command that exists: %s", async (command) => {
    expect(await complaintAbout(command)).toBe("");
  });
});

describe("the documents", () => {
  const documents = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

  it("have links to existing files and headings only", () => {
    expect(documents.flatMap((document) => brokenLinks(document))).toEqual([]);
  });

  it("recognises a broken link", () => {
    expect(
      brokenLinks("infra/README.md", "[a](nosuch.md) [b](operations.md#nosuch) [c](operations.md#sizing)"),
    ).toEqual(["infra/README.md: nosuch.md", "infra/README.md: operations.md#nosuch"]);
  });
});

/** Relative links of a document that lead nowhere. */
function brokenLinks(document: string, text = readProjectFile(document)): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)].map(([, link, image]) =>
    String(link ?? image),
  );
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(readProjectFile(target)).includes(anchor);
    })
    .map((link) => `${document}: ${link}`);
}

/** Anchors of headings as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

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
    ["npm run lint && npm run nosuch", false],
    ["muonitor nosuch", false],
    ["docker run muonitor", false],
    ["npx muonitor status --nosuch", false],
    ["npx muonitor up --rate fast", false],
    ["docker compose -f nosuch.yaml up", false],
  ])("knows of %s: %s", async (command, known) => {
    expect((await complaintAbout(command)) === "").toBe(known);
  });
});
