/**
 * One run of `process` as a user starts it: wall time, memory including descendants, and a check of the answer.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, openSync, closeSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DetectorConfig, Ledger } from "../../../pipeline/model/index.js";
import { Simulator } from "../../../producer/index.js";
import { repositoryFolder } from "../../../runners/paths.js";
import { checkLedger } from "./known-rows.js";
import { MemoryWatch, type ProcessPeak } from "./memory-watch.js";

/** A file of rows with their known answer. */
interface RowsFile {
  path: string;
  rows: number;
  ledger: Ledger;
}

const rowsPerBlock = 5000;
const sampleMs = 250;
/** USER_HZ, the same on every Linux. */
const clockTicksPerSecond = 100;

/** @param rateHz density of the orbits; windows of 5 s hold five times this number of rows */
export function writeRows(path: string, rows: number, rateHz: number, detector?: DetectorConfig): RowsFile {
  const simulator = new Simulator({ seed: 1, rateHz, ...(detector && { detector }) });
  const file = openSync(path, "w");
  for (let left = rows; left > 0;) {
    const block = simulator.next(Math.min(rowsPerBlock, left));
    writeSync(file, block.bytes);
    left -= block.rows;
  }
  closeSync(file);
  return { path, rows, ledger: simulator.truth().ledger };
}

export interface ProcessFigures {
  /** Wall time from the first piece on, without the start of a cluster. */
  rowsPerSecond: number;
  /** Wall time of the whole command. */
  wallSeconds: number;
  /** User and system, of all its threads. NaN where /proc does not exist. */
  cpuSeconds: number;
  /** Peak of all processes together. */
  memoryMb: number;
  /** Peak of each process, the largest first. */
  processes: ProcessPeak[];
  windows: number;
  /** Digest of the messages without their emission time. */
  digest: string;
}

/** @throws Error when the run fails or its answer is wrong */
export async function measureProcess(
  input: RowsFile,
  folder: string,
  args: readonly string[],
): Promise<ProcessFigures> {
  const [output, summary] = [join(folder, "out.jsonl"), join(folder, "out.json")];
  const files = ["--input", input.path, "--output", output, "--summary", summary, "--state-dir", folder];
  const cpuBefore = cpuOfChildren();
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [join(repositoryFolder, "infra", "muonitor.js"), "process", ...files, ...args],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let started = began;
  let lines = "";
  createInterface(child.stderr).on("line", (line) => {
    lines += `${line}\n`;
    if (line.includes("pieces on")) started = performance.now();
  });
  const memory = new MemoryWatch(child.pid ?? 0);
  const sampling = setInterval(() => memory.look(), sampleMs);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(sampling);
  if (code !== 0) throw new Error(`process ${args.join(" ")} failed: ${lines}`);
  checkLedger(JSON.parse(readFileSync(summary, "utf8")) as Ledger, input.ledger);
  const ended = performance.now();
  return {
    rowsPerSecond: input.rows / ((ended - started) / 1000),
    wallSeconds: (ended - began) / 1000,
    cpuSeconds: cpuOfChildren() - cpuBefore,
    memoryMb: memory.totalMb,
    processes: memory.peaks,
    ...(await digestOf(output)),
  };
}

async function digestOf(path: string): Promise<{ windows: number; digest: string }> {
  const hash = createHash("sha256");
  let windows = 0;
  for await (const line of createInterface(createReadStream(path))) {
    hash.update(line.slice(0, line.lastIndexOf(`"emitted_ms"`)));
    windows += 1;
  }
  return { windows, digest: hash.digest("hex") };
}

/** CPU time of this process's children that have ended, s. */
function cpuOfChildren(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[13]) + Number(fields[14])) / clockTicksPerSecond;
  } catch {
    return NaN;
  }
}
