/** Presets, and the check of configuration files. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { presetNames } from "../../runners/cli/config-file.js";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const shown = async (name: string): Promise<string> => (await runCli(["config", "show", name])).stdout;

beforeAll(buildNodePart);

describe("the presets", () => {
  it("exist for three cases", () => {
    expect(presetNames()).toEqual(["cloud", "localhost", "system-c"]);
  });

  it.each(presetNames())("include %s, which is valid and explains each of its keys", async (name) => {
    expect(await runCli(["config", "check", name])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`${name}\\.yaml is valid\n$`)),
    });
    const paragraphs = (await shown(name))
      .split("\n\n")
      .filter((text) => /^\s*[a-z]/m.test(text.replaceAll(/^\s*#.*$/gm, "")));
    for (const paragraph of paragraphs.filter((text) => !/^[a-z]+:\n/.test(text))) {
      expect(paragraph.trim()).toMatch(/^#/);
    }
  });

  it("are selected by their bare name; a file of the same name by its path", async () => {
    scratch.write("localhost", "rate: x\n");
    const check = (name: string): ReturnType<typeof runCli> =>
      runCli(["config", "check", name], { folder: scratch.path });
    expect(await check("localhost")).toMatchObject({ code: 0 });
    expect(await check("./localhost")).toMatchObject({
      code: 2,
      stderr: `muonitor: ${scratch.path}/localhost:1: rate: must be a number from 0 to 100000000, not "x"\n`,
    });
    expect(await check("elsewhere")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no such configuration file"),
    });
    expect(await runCli(["config", "show", "elsewhere"])).toMatchObject({
      code: 2,
      stderr: "muonitor: elsewhere: no such configuration file; presets are cloud, localhost, system-c\n",
    });
  });

  it("give their values to the verbs", async () => {
    const args = ["status", "--config", "cloud", "--state-dir", scratch.folder("empty")];
    expect(await runCli(args)).toMatchObject({ code: 1, stderr: "" });
  });
});

describe("the check", () => {
  const check = async (text: string): Promise<[number, string]> => {
    const { code, stderr } = await runCli(["config", "check", scratch.write("values.yaml", text)]);
    return [code, stderr];
  };

  it.each([
    ["bootstrap-servers: kafka", 'must be HOST:PORT, not "kafka"'],
    ["flink-master: x", 'must be HOST:PORT, not "x"'],
    ["from: soon", "must be earliest, latest"],
    ["stream: a b", 'not "a b"'],
    ["set: foo", 'must be KEY=VALUE, not "foo"'],
    ["set: [a=b, foo]", 'must be KEY=VALUE, not "foo"'],
    ["partition: -1", 'not "-1"'],
  ])("reports values that no command accepts: %s", async (entry, words) => {
    const [key] = entry.split(":");
    const [code, stderr] = await check(`# a comment\n${entry}\n`);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`^muonitor: \\S+values.yaml:2: ${key}: [^\\n]+\\n$`)),
    ]);
    expect(stderr).toContain(words);
  });

  it.each([
    ["unknown", "rate: *none", /^Unresolved alias .*: none$/],
    [
      "multiplied",
      `a: &a [${"x,".repeat(20)}x]\nb: &b [${"*a,".repeat(20)}*a]\nc: [${"*b,".repeat(20)}*b]`,
      /^Excessive alias count/,
    ],
  ])("rejects aliases that cannot be resolved: %s", async (_, text, words) => {
    const [code, stderr] = await check(`${text}\n`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^muonitor: \S+values\.yaml: [^\n]+\n$/);
    expect(stderr.trim().split("values.yaml: ")[1]).toMatch(words);
  });

  it("accepts options of any verb at the top level, and only a verb's own options in its section", async () => {
    expect(await check("from: 0=12,latest\n")).toEqual([0, ""]);
    expect(await check("process:\n  from: 0=12,latest\n")).toEqual([0, ""]);
    expect(await check("topics:\n  from: 0=12,latest\n")).toEqual([
      2,
      expect.stringContaining("values.yaml:2: from: must be earliest, latest"),
    ]);
  });
});

describe("the schema of configuration files", () => {
  it("can be printed and agrees with the check", async () => {
    const { stdout } = await runCli(["config", "schema"]);
    const accepts = new Ajv2020({ strict: false }).compile(JSON.parse(stdout));
    expect(
      accepts({ rate: 500, topics: { "bootstrap-servers": "kafka:9092" }, up: { "no-source": true } }),
    ).toBe(true);
    for (const wrong of [
      { rate: -1 },
      { rat: 1 },
      { up: { topic: "x" } },
      { runner: "spork" },
      { loop: "yes" },
    ]) {
      expect(accepts(wrong)).toBe(false);
      const path = scratch.write("wrong.json", JSON.stringify(wrong));
      expect(await runCli(["config", "check", path])).toMatchObject({ code: 2, stdout: "" });
    }
  });

  it.each([
    ["rat: 1000", "rat", "rate"],
    ["chamber: []", "chamber", "chambers"],
    ["chambers:\n  - { fpga: 0, hight-mm: 100 }", "hight-mm", "height-mm"],
  ])("names the misspelt key and suggests the correct one: %j", async (text, key, meant) => {
    const path = scratch.write("misspelt.yaml", text);
    const line = text.split("\n").length;
    expect(await runCli(["config", "check", path])).toMatchObject({
      code: 2,
      stderr: `muonitor: ${path}:${line}: unknown key "${key}", did you mean "${meant}"?\n`,
    });
  });
});

describe("logs", () => {
  it("are JSON Lines on request, including errors", async () => {
    const args = ["process", "--input", `${scratch.path}/none.csv`, "--log-format", "json"];
    const { code, stderr } = await runCli(args, { folder: scratch.path });
    expect(code).toBe(1);
    const [line] = stderr.split("\n").map((text) => JSON.parse(text === "" ? "null" : text) as object | null);
    expect(line).toMatchObject({ level: "error", message: expect.stringContaining("none.csv") });
  });

  it("omit lines below the minimum level", async () => {
    const args = ["process", "--input", scratch.write("a.csv", "2,0,1,1,1,1\n"), "--log-level", "warn"];
    const { code, stderr, stdout } = await runCli(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\{"msg_ID":0,/);
  });
});

it("no preset contains a secret", () => {
  for (const name of presetNames()) {
    const text = readFileSync(new URL(`../../runners/presets/${name}.yaml`, import.meta.url), "utf8");
    expect(text).not.toMatch(/password|secret|token/i);
  }
});
