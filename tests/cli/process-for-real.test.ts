/** `process` as a process of its own: pipes, signals and folders. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { examplesFolder, expectedMessages, expectedSummary, pairOf } from "../golden/pairs.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { knownPart } from "../reference/compare.js";
import { muonitor, program, startMuonitor, userEnvironment } from "./real-process.js";

beforeAll(buildNodePart);
const scratch = scratchFolder();
const run = promisify(execFile);
const pair = pairOf(examplesFolder, "minidt-real.txt");

it("only data goes to standard output", async () => {
  const { code, stdout, stderr } = await muonitor(["process", "--input", pair.name], examplesFolder);
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines.map((line) => knownPart(JSON.parse(line)))).toEqual(expectedMessages(pair).map(knownPart));
  expect(stderr).toMatch(/^3 windows of [^\n]*\n$/);
});

it("a reader that leaves early ends it quietly", async () => {
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
] as const)("%s while it waits for more rows leaves nothing behind", async (signal, exitCode) => {
  const folder = scratch.folder("interrupted");
  const temporary = scratch.folder("temporary");
  const args = ["process", "--input", "-", "--output", "out.jsonl", "--summary", "sum.json"];
  const running = startMuonitor(args, folder, { TMPDIR: temporary });
  running.say("2,0,1,7,5,5\n".repeat(1000));
  await expect.poll(() => existsSync(join(folder, "sum.json.part")), { timeout: 15_000 }).toBe(true);
  running.signal(signal);
  expect(await running.ended).toBe(exitCode);
  expect([running.stdout(), running.stderr()]).toEqual(["", "muonitor: interrupted\n"]);
  expect([readdirSync(folder), readdirSync(temporary)]).toEqual([[], []]);
});
