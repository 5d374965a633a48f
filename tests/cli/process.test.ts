/** The verb `process` in this process: outputs, summaries, exit codes. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { InterruptedError } from "../../pipeline/model/index.js";
import { comparable, knownPart } from "../reference/compare.js";
import { examplesFolder, expectedMessages, expectedSummary, pairOf } from "../golden/pairs.js";
import { scratchFolder } from "../helpers/scratch.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const pair = pairOf(examplesFolder, "few-rows.txt");
/** The messages in JSON Lines; every line must end with LF. */
function messagesOf(text: string): unknown[] {
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => comparable(JSON.parse(line)));
}
const expected = expectedMessages(pair).map(knownPart);
const contentOf = (path: string): string => readFileSync(path, "utf8");

describe("process", () => {
  it("writes messages to standard output and its report to standard error", async () => {
    const { code, stdout, stderr } = await runCli(["process", "--input", pair.path]);
    expect(code).toBe(0);
    expect(messagesOf(stdout)).toEqual(expected);
    expect(stderr).toMatch(/^3 windows of \d+ rows = [^\n]* hits; [^\n]* rows\/s\n$/);
  });

  it("writes messages and summary to files, relative to the caller's folder", async () => {
    const folder = scratch.folder("caller");
    symlinkSync(pair.path, join(folder, "rows.txt"));
    const args = ["process", "--input", "rows.txt", "--output", "out.jsonl", "--summary", "sum.json"];
    const { code, stdout } = await runCli(args, { folder });
    expect([code, stdout]).toEqual([0, ""]);
    expect(messagesOf(contentOf(join(folder, "out.jsonl")))).toEqual(expected);
    expect(plainLedger(JSON.parse(contentOf(join(folder, "sum.json"))))).toEqual(expectedSummary(pair));
    expect(readdirSync(folder).sort()).toEqual(["out.jsonl", "rows.txt", "sum.json"]);
  });

  it.each([
    ["absolute", join(scratch.path, "nowhere"), join(scratch.path, "nowhere")],
    ["relative to the caller's folder", "nowhere", join(scratch.path, "sharing", "nowhere")],
  ])("looks for a shared folder that is %s, and names it if it is missing", async (_, given, path) => {
    const folder = scratch.folder("sharing");
    const args = ["process", "--input", pair.path, "--runner", "flink", "--shared-dir", given];
    const { code, stderr } = await runCli([...args, "--state-dir", folder], { folder });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${path}: cannot be written: the folder does not exist`),
    ]);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("reads standard input as CSV, or in the given format", async () => {
    const csv = await runCli(["process", "--input", "-"], {
      stdin: Readable.from([Buffer.from(contentOf(pair.path))]),
    });
    expect(messagesOf(csv.stdout)).toEqual(expected);
    const words = Readable.from([Buffer.alloc(16)]);
    const dat = await runCli(["process", "--input", "-", "--format", "dat"], { stdin: words });
    expect(dat.stderr).toContain("2 rows = 0 malformed + 2 other HEAD");
  });

  it("treats several inputs as one run", async () => {
    const { stderr } = await runCli(["process", "--input", pair.path, "--input", pair.path]);
    expect(stderr).toContain(`${2 * expectedSummary(pair).rows} rows = `);
  });

  it("gives an empty output, a summary of zeros and exit code 0 for no rows", async () => {
    const output = join(scratch.path, "empty.jsonl");
    const summary = join(scratch.path, "empty.json");
    const args = [
      "process",
      "--input",
      scratch.write("empty.csv", ""),
      "--output",
      output,
      "--summary",
      summary,
    ];
    expect((await runCli(args)).code).toBe(0);
    expect(contentOf(output)).toBe("");
    expect(JSON.parse(contentOf(summary))).toEqual({
      rows: 0,
      malformed: 0,
      head_rejected: 0,
      unmapped: 0,
      scintillator: 0,
      hits: 0,
    });
  });

  it("names unreadable inputs, continues with the rest and exits with 1", async () => {
    const missing = join(scratch.path, "missing.csv");
    const damaged = scratch.write("damaged.csv.gz", "not compressed");
    const empty = scratch.folder("without-files");
    const summary = join(scratch.path, "some.json");
    const inputs = [missing, empty, damaged, pair.path].flatMap((path) => ["--input", path]);
    const { code, stdout, stderr } = await runCli(["process", ...inputs, "--summary", summary]);
    expect(code).toBe(1);
    expect(messagesOf(stdout)).toEqual(expected);
    expect(stderr.split("\n").slice(0, 3)).toEqual([
      `muonitor: ${missing}: no such file or directory`,
      `muonitor: ${empty}: no file found`,
      `muonitor: ${damaged}: bytes 0 to 13 are not gzip data`,
    ]);
    expect(JSON.parse(contentOf(summary)).unreadable).toEqual([missing, empty, damaged]);
  });
});

describe("an output that cannot be written", () => {
  it.each([
    [
      "in a missing folder",
      "--output",
      "none/out.jsonl",
      /^muonitor: none\/out.jsonl: cannot be written: the folder does not exist\n$/,
    ],
    [
      "below a file",
      "--output",
      "rows.txt/out.jsonl",
      /^muonitor: rows.txt\/out.jsonl: cannot be written: part of the path is a file, not a folder\n$/,
    ],
    [
      "a summary in a missing folder",
      "--summary",
      "none/sum.json",
      /^muonitor: none\/sum.json: cannot be written: the folder does not exist\n$/,
    ],
  ])("%s gives a one-line error before anything is read", async (_, option, path, line) => {
    const folder = scratch.folder("outputs");
    scratch.folder("outputs/folder");
    scratch.write("outputs/rows.txt", contentOf(pair.path));
    const { code, stdout, stderr } = await runCli(["process", "--input", "rows.txt", option, path], {
      folder,
    });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(line);
    expect(readdirSync(folder).sort()).toEqual(["folder", "rows.txt"]);
  });

  it("because the disk is full gives a one-line error", async () => {
    if (!existsSync("/dev/full")) return expect(process.platform).not.toBe("linux");
    const { code, stderr } = await runCli(["process", "--input", pair.path, "--output", "/dev/full"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^muonitor: \/dev\/full: cannot be written: no space left on the disk\n$/),
    ]);
  });

  it("because its reader has closed the pipe ends the run without an error", async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("gone"), { code: "EPIPE" })),
    });
    stdout.on("error", () => undefined);
    expect(await runCli(["process", "--input", pair.path], { stdout })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("because of an interruption leaves no partial output, and keeps the old output", async () => {
    const folder = scratch.folder("interrupted");
    const output = scratch.write("interrupted/out.jsonl", "old\n");
    const signal = AbortSignal.abort(new InterruptedError("SIGTERM"));
    const { code, stderr } = await runCli(["process", "--input", pair.path, "--output", output], { signal });
    expect([code, stderr]).toEqual([143, "muonitor: interrupted\n"]);
    expect(readdirSync(folder)).toEqual(["out.jsonl"]);
    expect(contentOf(output)).toBe("old\n");
  });
});
