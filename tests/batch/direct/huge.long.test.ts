/** Memory does not grow with the input: `process` runs in its own process; Linux reports its peak memory. */
import { createReadStream, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createLedger, mergeLedger, type Ledger, type WindowMessage } from "../../../pipeline/model/index.js";
import { startMuonitor } from "../../cli/real-process.js";
import { buildNodePart } from "../../helpers/build.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { plainLedger } from "../../reference/plain-ledger.js";
import { writeArray, writeFewWindows, writeRandomOrbits, writeSingleLine } from "./huge-inputs.js";

beforeAll(buildNodePart);
const scratch = scratchFolder();
const megabyte = 1_000_000;
const maxMemoryMB = 500;

interface Outcome {
  code: number;
  summary: Ledger;
  /** Sum over the windows. */
  total: Ledger;
  memoryMB: number;
  stderr: string;
}

async function processHuge(input: string): Promise<Outcome> {
  const [output, summary] = ["out.jsonl", "sum.json"].map((name) => join(scratch.path, name)) as [
    string,
    string,
  ];
  onTestFinished(() => [input, output, summary].forEach((path) => rmSync(path, { force: true })));
  const args = ["process", "--input", input, "--output", output, "--summary", summary];
  const running = startMuonitor(args, scratch.path, { TMPDIR: scratch.folder("temporary") });
  let memoryMB = 0;
  const timer = setInterval(() => (memoryMB = Math.max(memoryMB, highestMemoryMB(running.pid))), 50);
  const code = await running.ended;
  clearInterval(timer);
  return {
    code,
    summary: plainLedger(JSON.parse(readFileSync(summary, "utf8"))),
    total: await totalOf(output),
    memoryMB,
    stderr: running.stderr(),
  };
}

/** Peak memory of a process so far; 0 when it has ended. */
function highestMemoryMB(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return (Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / megabyte;
  } catch {
    return 0;
  }
}

async function totalOf(path: string): Promise<Ledger> {
  const total = createLedger();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    mergeLedger(total, (JSON.parse(line) as WindowMessage).ledger);
  }
  return plainLedger(total);
}

describe.runIf(existsSync("/proc/self/status"))("a huge input", () => {
  it.each([
    ["1 GB of few windows", "few.csv", writeFewWindows, 1000],
    ["100 MB of random orbits", "random.csv", writeRandomOrbits, 100],
    ["300 MB of one JSON array", "array.json", writeArray, 300],
    ["200 MB of a single line", "line.csv", writeSingleLine, 200],
  ])("%s is counted to the last row within the memory limit", async (_, name, write, sizeMB) => {
    const path = join(scratch.path, name);
    const expected = await write(path, sizeMB * megabyte);
    const { code, summary, total, memoryMB, stderr } = await processHuge(path);
    expect([code, summary]).toEqual([0, expected]);
    expect(total).toEqual({ ...expected, rows: expected.rows - expected.malformed, malformed: 0 });
    expect(memoryMB, stderr).toBeGreaterThan(30);
    expect(memoryMB, `${memoryMB.toFixed(0)} MB; ${stderr}`).toBeLessThan(maxMemoryMB);
    process.stderr.write(`${name}: ${memoryMB.toFixed(0)} MB; ${stderr}`);
  });
});
