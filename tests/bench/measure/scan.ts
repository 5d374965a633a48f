/** The limit of reading rows: a scan of every byte of a file on one core, in TypeScript and, where `cc` exists, in C. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "../../../runners/paths.js";

export interface Scan {
  rows: number;
  /** Of the last whole number in each field, modulo 2^32. */
  sum: number;
  /** CPU time, s. */
  seconds: number;
}

const blockBytes = 1 << 20;
const [comma, lineFeed, zero] = [44, 10, 48];

export function scanFile(path: string): Scan {
  const started = process.cpuUsage();
  const file = openSync(path, "r");
  const block = new Uint8Array(blockBytes);
  const totals = { rows: 0, sum: 0, value: 0 };
  for (let length = readSync(file, block); length > 0; length = readSync(file, block))
    scanBlock(block, length, totals);
  closeSync(file);
  const { user, system } = process.cpuUsage(started);
  return { rows: totals.rows, sum: totals.sum >>> 0, seconds: (user + system) / 1e6 };
}

function scanBlock(
  block: Uint8Array,
  length: number,
  totals: { rows: number; sum: number; value: number },
): void {
  let { rows, sum, value } = totals;
  for (let i = 0; i < length; i += 1) {
    const byte = block[i] as number;
    const digit = byte - zero;
    if (digit >>> 0 <= 9) {
      value = (Math.imul(value, 10) + digit) | 0;
      continue;
    }
    if (byte === comma || byte === lineFeed) sum = (sum + value) | 0;
    if (byte === lineFeed) rows += 1;
    value = 0;
  }
  Object.assign(totals, { rows, sum, value });
}

/** @returns null where there is no C compiler */
export function scanFileInC(path: string, folder: string): Scan | null {
  const program = join(folder, "scan");
  try {
    execFileSync("cc", ["-O2", "-o", program, join(repositoryFolder, "tests/bench/measure/scan.c")]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const [rows, sum, seconds] = execFileSync(program, [path]).toString().split(" ").map(Number);
  return { rows: rows ?? NaN, sum: sum ?? NaN, seconds: seconds ?? NaN };
}
