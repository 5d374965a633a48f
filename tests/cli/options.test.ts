/** Sources of an option, by priority: command line, environment, section of the file, top of the file, default. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Log } from "../../runners/cli/log.js";
import { createProgram } from "../../runners/cli/parse.js";
import { wholeNumber, type OptionValues } from "../../runners/cli/option.js";
import type { Verb } from "../../runners/cli/verb.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
afterEach(() => vi.unstubAllEnvs());

const walkVerb: Verb = {
  name: "walk",
  summary: "walk",
  description: "Walks.",
  options: [
    { flags: "--steps <number>", description: "steps", parse: wholeNumber(1, 99), default: 7 },
    { flags: "--path <path>", description: "paths", repeatable: true },
    { flags: "--back", description: "backwards", default: false },
    { flags: "--dog <name>", description: "with a dog", default: "Rex" },
    { flags: "--no-dog", description: "without" },
    { flags: "--shoe <kind>", description: "on the feet", choices: ["boot", "sandal"] },
  ],
  examples: [],
  run: () => Promise.resolve(0),
};
const restVerb: Verb = {
  ...walkVerb,
  name: "rest",
  options: [
    { flags: "--hours <number>", description: "hours" },
    { flags: "--dog <name>", description: "with a dog" },
  ],
};

/** The options of `walk` for these arguments. */
async function optionsOf(...args: string[]): Promise<OptionValues> {
  let values: OptionValues = {};
  const context = {
    folder: scratch.path,
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    log: new Log(process.stderr),
    signal: new AbortController().signal,
  };
  const program = createProgram([walkVerb, restVerb], "1", context, (_, options) => {
    values = options;
    return Promise.resolve();
  });
  program.configureOutput({ writeErr: () => undefined });
  for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
  await program.parseAsync(["walk", ...args], { from: "user" });
  return values;
}

const configFile = (text: string): string[] => ["--config", scratch.write("config.yaml", text)];

describe("an option", () => {
  it("is taken from the source with the highest priority", async () => {
    const top = "steps: 2\n";
    const section = `${top}walk:\n  steps: 3\nrest:\n  hours: 8\n`;
    expect(await optionsOf()).toMatchObject({ steps: 7, dog: "Rex", back: false });
    expect(await optionsOf(...configFile(top))).toMatchObject({ steps: 2 });
    expect(await optionsOf(...configFile(section))).toMatchObject({ steps: 3 });
    vi.stubEnv("MUONITOR_STEPS", "4");
    expect(await optionsOf(...configFile(section))).toMatchObject({ steps: 4 });
    expect(await optionsOf(...configFile(section), "--steps", "5")).toMatchObject({ steps: 5 });
  });

  it("that can be repeated is a list in every source", async () => {
    expect(await optionsOf("--path", "a", "--path", "b")).toMatchObject({ path: ["a", "b"] });
    expect(await optionsOf(...configFile("path: [a, b]"))).toMatchObject({ path: ["a", "b"] });
    expect(await optionsOf(...configFile("path: a"))).toMatchObject({ path: ["a"] });
    vi.stubEnv("MUONITOR_PATH", "c");
    expect(await optionsOf(...configFile("path: [a, b]"))).toMatchObject({ path: ["c"] });
  });

  it("without a value can be true or false in every source", async () => {
    expect(await optionsOf("--back", "--no-dog")).toMatchObject({ back: true, dog: false });
    expect(await optionsOf(...configFile("back: true\nno-dog: true"))).toMatchObject({
      back: true,
      dog: false,
    });
    expect(await optionsOf(...configFile("back: false\nno-dog: false"))).toMatchObject({
      back: false,
      dog: "Rex",
    });
    vi.stubEnv("MUONITOR_BACK", "false");
    vi.stubEnv("MUONITOR_NO_DOG", "0");
    expect(await optionsOf(...configFile("back: true"))).toMatchObject({ back: false, dog: "Rex" });
    expect(await optionsOf("--back")).toMatchObject({ back: true });
    vi.stubEnv("MUONITOR_NO_DOG", "1");
    expect(await optionsOf()).toMatchObject({ dog: false });
    vi.stubEnv("MUONITOR_BACK", "maybe");
    await expect(optionsOf()).rejects.toThrow('MUONITOR_BACK: must be true or false, not "maybe"');
  });

  it("can come from a JSON file; an empty file is allowed", async () => {
    expect(await optionsOf(...configFile('{"steps": 9, "walk": {"shoe": "boot"}}'))).toMatchObject({
      steps: 9,
      shoe: "boot",
    });
    expect(await optionsOf(...configFile("# nothing\n"))).toMatchObject({ steps: 7 });
  });

  it("from the environment is checked like the others", async () => {
    vi.stubEnv("MUONITOR_STEPS", "many");
    await expect(optionsOf()).rejects.toThrow(/MUONITOR_STEPS.*must be a whole number/);
  });
});

describe("an error in the file names file, line and key", () => {
  it.each([
    ["steps: 0", "1: steps: must be a whole number from 1 to 99"],
    ["# first\nwalk:\n  dog: Rex\n  shoe: slipper", '4: shoe: must be one of boot, sandal, not "slipper"'],
    ["back: perhaps", '1: back: must be true or false, not "perhaps"'],
    ["dog: Rex\nstep: 5", '2: unknown key "step", did you mean "steps"?'],
    ["dog:\n  name: Rex", "1: dog: must be text or a number, not keys and values"],
    ["steps:", "1: steps: must be a whole number from 1 to 99, not null"],
    ["walk: fast", "1: walk: must be keys and values"],
    ["- walk", " must be keys and values"],
    ["just text", " must be keys and values"],
    ["rest:\n  hours: 8\n  dog: Rex\nwalk:\n  # none\n  hours: 1", '6: unknown key "hours"'],
    ["path: [a, {}]", "1: path: must be text or a number, or a list"],
    ["steps: 1\nsteps: 2", " Map keys must be unique at line 2"],
    ["steps: [1", " "],
  ])("%j", async (text, message) => {
    const args = configFile(text);
    await expect(optionsOf(...args)).rejects.toThrow(`${args[1]}:${message}`);
  });

  it("for a missing file is wrong usage", async () => {
    const { code, stderr } = await runCli(["status", "--config", `${scratch.path}/none.yaml`]);
    expect([code, stderr]).toEqual([2, `muonitor: ${scratch.path}/none.yaml: no such configuration file\n`]);
  });
});
