/** The paths of outputs are checked before anything is read, so no input is ever overwritten. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ignoresCase } from "../../runners/cli/output-plan.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const row = "2,0,1,7,5,5\n";
let folder = "";

beforeEach(() => {
  folder = scratch.folder("run");
  scratch.write("run/raw.csv", row);
  scratch.write("run/data/a.csv", row);
  scratch.write("run/data/b.csv", row);
  scratch.write("run/detector.yaml", readFileSync("runners/detectors/legnaro-1-2-1.yaml"));
  symlinkSync("raw.csv", join(folder, "link.csv"));
  symlinkSync("link.csv", join(folder, "linklink.csv"));
  symlinkSync("data", join(folder, "data-link"));
  linkSync(join(folder, "raw.csv"), join(folder, "hard.csv"));
  symlinkSync("../data/b.csv", join(folder, "data", "inner.csv"));
  linkSync(join(folder, "raw.csv"), join(folder, "data", "raw.csv"));
});

const content = (name: string): string => readFileSync(join(folder, name), "utf8");
const process = (...args: string[]): ReturnType<typeof runCli> =>
  runCli(["process", ...args, "--state-dir", join(scratch.path, "state")], { folder });

describe("an output that is an input is refused before anything is read", () => {
  it.each([
    ["the same path", ["--input", "raw.csv", "--output", "./raw.csv"]],
    ["a link to it", ["--input", "raw.csv", "--output", "linklink.csv"]],
    ["the target of a link", ["--input", "link.csv", "--output", "raw.csv"]],
    ["a hard link", ["--input", "raw.csv", "--output", "hard.csv"]],
    ["the summary", ["--input", "raw.csv", "--output", "-", "--summary", "raw.csv"]],
    ["windows of system C", ["--input", "raw.csv", "--system-c", "raw.csv"]],
    ["the second input", ["--input", "data", "--input", "raw.csv", "--output", "raw.csv"]],
    ["in an input folder", ["--input", "data", "--output", "data/a.csv"]],
    ["in a link to an input folder", ["--input", "data", "--output", "data-link/a.csv"]],
    ["in the target folder of a link", ["--input", "data-link", "--output", "data/a.csv"]],
    ["a hard link into an input folder", ["--input", "data", "--output", "hard.csv"]],
    ["a new file in an input folder", ["--input", "data", "--output", "data/out.jsonl"]],
    ["a summary in an input folder", ["--input", ".", "--output", "-", "--summary", "sum.json"]],
    ["the detector", ["--input", "raw.csv", "--detector", "detector.yaml", "--output", "detector.yaml"]],
  ])("%s", async (_, args) => {
    const before = readdirSync(folder, { recursive: true });
    const { code, stdout, stderr } = await process(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^muonitor: --\S+ \S+: (would overwrite the input|is in the input folder) [^\n]*\n/,
    );
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    for (const name of ["raw.csv", "data/a.csv", "data/b.csv"]) expect(content(name)).toBe(row);
  });
});

describe("two outputs to the same file are refused", () => {
  it.each([
    ["the same path", ["--output", "out", "--summary", "./out"]],
    ["a link", ["--output", "out.link", "--summary", "out"]],
    ["standard output twice", ["--output", "-", "--summary", "/dev/stdout"]],
  ])("%s", async (_, args) => {
    symlinkSync("out", join(folder, "out.link"));
    const { code, stderr } = await process("--input", "raw.csv", ...args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^muonitor: --output and --summary name the same file/),
    ]);
  });

  it("except for devices, and an existing file with the name of a temporary file is kept", async () => {
    scratch.write("run/out.part", "mine");
    expect((await process("--input", "raw.csv", "--output", "out", "--summary", "out2")).code).toBe(0);
    expect(content("out.part")).toBe("mine");
    expect(
      (await process("--input", "raw.csv", "--output", "/dev/null", "--summary", "/dev/null")).code,
    ).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

it("a folder as output is wrong usage", async () => {
  const { code, stderr } = await process("--input", "raw.csv", "--output", "data");
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^muonitor: --output data: is a directory; name a file\n/),
  ]);
});

it("an output through a link is written to the link's target, which keeps its permissions", async () => {
  mkdirSync(join(folder, "far"));
  scratch.write("run/far/out.jsonl", "old");
  chmodSync(join(folder, "far/out.jsonl"), 0o640);
  symlinkSync("far/out.jsonl", join(folder, "out.jsonl"));
  symlinkSync("far/new.json", join(folder, "sum.json"));
  expect((await process("--input", "raw.csv", "--output", "out.jsonl", "--summary", "sum.json")).code).toBe(
    0,
  );
  expect(realpathSync(join(folder, "out.jsonl"))).toBe(join(folder, "far/out.jsonl"));
  expect(content("far/out.jsonl")).toMatch(/^\{"msg_ID"/);
  expect(statSync(join(folder, "far/out.jsonl")).mode & 0o777).toBe(0o640);
  expect(content("far/new.json")).toMatch(/^\{"rows":1,/);
  expect(readdirSync(join(folder, "far")).sort()).toEqual(["new.json", "out.jsonl"]);
});

it("file systems that ignore case are detected", async () => {
  expect(await ignoresCase(folder)).toBe(globalThis.process.platform === "darwin");
});
