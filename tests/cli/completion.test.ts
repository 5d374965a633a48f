/** Shell completion, requested in the same way as by a shell. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runCli } from "./run-cli.js";

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(["completion", shell]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** Skipped if the shell is missing, but never in CI, which has all shells. */
const isSkipped = (shell: string): boolean =>
  process.env["CI"] !== "true" && spawnSync(shell, ["-c", "exit 0"]).status !== 0;
const titleOf = (shell: string): string => shell + (isSkipped(shell) ? " (skipped: not on PATH)" : "");

describe.skipIf(isSkipped("bash"))(titleOf("bash"), () => {
  /** Completions that bash offers for the last word. */
  async function offered(...words: string[]): Promise<string[]> {
    const quoted = ["muonitor", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _muonitor; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync("bash", ["-c", `${await scriptOf("bash")}\n${ask}`], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  it.each<[string[], string[]]>([
    [["pro"], ["produce", "process"]],
    [
      ["topics", "p"],
      ["peek", "publish"],
    ],
    [["topics", "peek", "numbers", "--unr"], ["--unroll"]],
    [
      ["topics", "peek", "--format", ""],
      ["raw", "text", "json", "csv"],
    ],
    [["up", "--runner", "e"], ["embedded"]],
    [
      ["up", "--config", ""],
      ["cloud", "localhost", "system-c"],
    ],
    [["up", "--port", "8080", "--str"], ["--stream"]],
    [["status", "--log-level", "w"], ["warn"]],
    [["--v"], ["--version"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish", "--config", "--log-level", "--log-format", "--help"],
    ],
    [["config", "check", "lo"], ["localhost"]],
    [["config", "show", "c"], ["cloud"]],
  ])("after %j offers %j", async (words, choices) => {
    expect(await offered(...words)).toEqual(choices);
  });

  it("offers files for options whose value is a file", async () => {
    const files = await offered("process", "--input", "package");
    expect(files).toContain("package.json");
  });
});

describe.each(["zsh", "fish"])("%s", (shell) => {
  it.skipIf(isSkipped(shell))(`loads in ${titleOf(shell)} without errors`, async () => {
    const before = shell === "zsh" ? "autoload -U compinit && compinit -D\n" : "";
    const { stderr, status } = spawnSync(shell, ["-c", before + (await scriptOf(shell))], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("offers the presets", async () => {
    expect(await scriptOf(shell)).toMatch(
      /(config check"\) choices="|__fish_seen_subcommand_from check' -a ')cloud localhost system-c/,
    );
  });

  it("contains every verb", async () => {
    const script = await scriptOf(shell);
    for (const verb of ["up", "produce", "peek", "savepoint"]) expect(script).toContain(verb);
  });
});

it("for another shell is wrong usage", async () => {
  expect(await runCli(["completion", "tcsh"])).toMatchObject({
    code: 2,
    stderr: 'muonitor: must be bash, zsh or fish, not "tcsh"\n',
  });
});
