/** `process` as a separate process: pipes, signals and folders. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { examplesFolder, expectedMessages, expectedSummary, pairOf } from "../golden/pairs.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { comparable, knownPart } from "../reference/compare.js";
import { muonitor, program, startMuonitor, userEnvironment } from "./real-process.js";

beforeAll(buildNodePart);
const scratch = scratchFolder();
const run = promisify(execFile);
const pair = pairOf(examplesFolder, "few-rows.txt");

it("only data is written to standard output", async () => {
  const { code, stdout, stderr } = await muonitor(["process", "--input", pair.name], examplesFolder);
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines.map((line) => comparable(JSON.parse(line)))).toEqual(expectedMessages(pair).map(knownPart));
  expect(stderr).toMatch(/^3 windows of [^\n]*\n$/);
});

it("a reader that closes the pipe early ends the run without an error", async () => {
  const windows = Array.from({ length: 1000 }, (_, i) => `2,0,1,${i * 60_000},5,5\n`).join("");
  const input = scratch.write("windows.csv", windows);
  const command = `{ "${process.execPath}" "${program}" process --input "${input}"; echo "ended with $?" >&2; } | head -c 10`;
  const { stdout, stderr } = await run("sh", ["-c", command], { env: userEnvironment() });
  expect([stdout, stderr]).toEqual(['{"msg_ID":', "ended with 0\n"]);
});

it("paths are relative to the folder from which npm was called", async () => {
  const summary = join(scratch.path, "summary.json");
  const args = [
    "run",
    "-s",
    "muonitor",
    "--",
    "process",
    "--input",
    pair.name,
    "--output",
    "/dev/null",
    "--summary",
    summary,
  ];
  await run("npm", args, { cwd: examplesFolder, env: userEnvironment() });
  expect(plainLedger(JSON.parse(readFileSync(summary, "utf8")))).toEqual(expectedSummary(pair));
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s while waiting for more rows leaves nothing behind", async (signal, exitCode) => {
  const folder = scratch.folder("interrupted");
  const temporary = scratch.folder("temporary");
  const args = ["process", "--input", "-", "--output", "out.jsonl", "--summary", "sum.json"];
  const running = startMuonitor(args, folder, { TMPDIR: temporary });
  running.write("2,0,1,7,5,5\n".repeat(1000));
  await expect
    .poll(() => readdirSync(folder), { timeout: 15_000 })
    .toContainEqual(expect.stringMatching(/sum\.json\.\w+\.part$/));
  running.signal(signal);
  expect(await running.ended).toBe(exitCode);
  expect([running.stdout(), running.stderr()]).toEqual(["", "muonitor: interrupted\n"]);
  expect([readdirSync(folder), readdirSync(temporary)]).toEqual([[], []]);
});

const row = "2,0,1,7,5,5\n";

it("standard output is written to, never replaced, whatever its name", async () => {
  const folder = scratch.folder("standard");
  scratch.write("standard/rows.txt", row);
  const command = `{ echo first; "${process.execPath}" "${program}" process --input rows.txt --output /dev/stdout --summary /dev/stderr; } > out`;
  const { stderr } = await run("sh", ["-c", command], { cwd: folder, env: userEnvironment() });
  expect(readFileSync(join(folder, "out"), "utf8")).toMatch(/^first\n\{"msg_ID":[^\n]*\n$/);
  expect(stderr).toContain('{"rows":1,');
  expect(readdirSync(folder).sort()).toEqual(["out", "rows.txt"]);
});

it("standard output redirected into an input is refused", async () => {
  const folder = scratch.folder("itself");
  const path = scratch.write("itself/rows.txt", row);
  const command = `"${process.execPath}" "${program}" process --input rows.txt >> rows.txt; echo $?`;
  const { stderr } = await run("sh", ["-c", `{ ${command} >&2; }`], { cwd: folder, env: userEnvironment() });
  expect(stderr).toContain("would overwrite the input rows.txt; choose another file");
  expect(readFileSync(path, "utf8")).toBe(row);
});

it("a named pipe can be an output", async () => {
  const folder = scratch.folder("pipe");
  scratch.write("pipe/rows.txt", row);
  await run("mkfifo", [join(folder, "out")]);
  const reader = run("cat", [join(folder, "out")]);
  const { code } = await muonitor(["process", "--input", "rows.txt", "--output", "out"], folder);
  expect([code, (await reader).stdout]).toEqual([0, expect.stringMatching(/^\{"msg_ID":/)]);
  expect(readdirSync(folder).sort()).toEqual(["out", "rows.txt"]);
});
