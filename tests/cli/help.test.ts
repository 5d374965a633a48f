/** The help texts, as users see them. */
import { describe, expect, it } from "vitest";
import { verbs } from "../../runners/cli/verbs.js";
import { isGroup, verbsIn } from "../../runners/cli/verb.js";
import { repositoryFolder } from "../../runners/paths.js";
import { version } from "../../runners/version.js";
import { runCli } from "./run-cli.js";

const snapshot = (name: string): string => `__snapshots__/${name.replaceAll(" ", "-")}.txt`;
const groups = verbs.filter(isGroup).map(({ name }) => name);
const single = verbsIn(verbs);

describe("help", () => {
  it("of the program", async () => {
    const { code, stdout, stderr } = await runCli(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(snapshot("muonitor"));
  });

  it.each([...groups, ...single.map(({ name }) => name)])("of %s", async (name) => {
    const { code, stdout, stderr } = await runCli([...name.split(" "), "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    await expect(stdout).toMatchFileSnapshot(snapshot(name));
  });

  it.each([[], ["produce"], ["topics"], ["topics", "peek"]])(
    "is also printed by the command help: %j",
    async (...words) => {
      expect(await runCli(["help", ...words])).toEqual(await runCli([...words, "--help"]));
    },
  );

  it.each([["topics"], ["config"]])("of a group is also printed by `%s help`", async (group) => {
    expect(await runCli([group, "help"])).toEqual(await runCli([group, "--help"]));
  });

  it("of an unknown verb is wrong usage", async () => {
    expect(await runCli(["help", "prodcue"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^muonitor: unknown command 'prodcue'\n\(Did you mean produce\?\)\n/),
    });
  });

  it("contains no path of this machine and fits a terminal", async () => {
    for (const { name } of single) {
      const { stdout } = await runCli([...name.split(" "), "--help"]);
      expect(stdout).not.toContain(repositoryFolder);
      expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    }
  });

  it("shows the environment variable of every option, and its default if it has one", async () => {
    for (const { name, options } of single) {
      const { stdout } = await runCli([...name.split(" "), "--help"]);
      const flat = stdout.replace(/\s+/g, " ");
      for (const { flags, ...option } of options) {
        if ("hidden" in option && option.hidden === true) continue;
        const long = /--([a-z-]+)/.exec(flags)![1]!;
        expect(flat).toContain(`env: MUONITOR_${long.toUpperCase().replaceAll("-", "_")}`);
        if ("default" in option && option.default !== false) expect(flat).toContain("(default: ");
      }
    }
  });

  it("is printed to standard error when no command is given", async () => {
    const help = await runCli(["--help"]);
    expect(await runCli([])).toEqual({ code: 2, stdout: "", stderr: help.stdout });
  });

  it("the printed version is that of the package", async () => {
    expect(await runCli(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});
