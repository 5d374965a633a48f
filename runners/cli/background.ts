/** Processes that outlive the command that started them: notes of who they are, and how they are ended. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";

/** What `init` has started, for the verbs after it. */
export interface PartsNote {
  pid: number;
  /** HOST:PORT of each. */
  bootstrapServers: string;
  flinkMaster: string;
  workerPool: string;
}

const pollMs = 100;
/** Of /proc/PID/stat, counted from the field after the program's name: ticks from the machine's start to its own. */
const startField = 19;
const partsFile = "parts.json";
const beatFile = /^beat-(\d+)\.json$/;

export function writeNote(folder: string, name: string, note: object): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, name), `${JSON.stringify(note)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new MuonitorError(`${folder}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

export function writePartsNote(folder: string, note: PartsNote): void {
  writeNote(folder, partsFile, note);
}

export function removePartsNote(folder: string): void {
  rmSync(join(folder, partsFile), { force: true });
}

/** The parts that run in the background; null when there are none. */
export async function findParts(folder: string): Promise<PartsNote | null> {
  try {
    const note = JSON.parse(readFileSync(join(folder, partsFile), "utf8")) as PartsNote;
    return (await isOurs(note.pid)) ? note : null;
  } catch {
    return null;
  }
}

/** Lets `halt` find a running `beat`. @returns how to take the note away */
export function noteBeat(folder: string): () => void {
  const name = `beat-${process.pid}.json`;
  writeNote(folder, name, { pid: process.pid });
  return () => rmSync(join(folder, name), { force: true });
}

/** Numbers of the processes of `beat` that run. */
export async function findBeats(folder: string): Promise<number[]> {
  const pids: number[] = [];
  for (const name of filesIn(folder)) {
    const pid = Number(beatFile.exec(name)?.[1] ?? 0);
    if (pid === 0) continue;
    if (await isOurs(pid)) pids.push(pid);
    else rmSync(join(folder, name), { force: true });
  }
  return pids;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether a process is one of this program: numbers are given again. */
async function isOurs(pid: number): Promise<boolean> {
  return /muonitor|parts-main/.test(await commandOf(pid));
}

/** The command line of a process; empty when there is none. Small systems have no ps. */
async function commandOf(pid: number): Promise<string> {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return (await promisify(execFile)("ps", ["-p", String(pid), "-o", "args="])).stdout;
  } catch {
    return "";
  }
}

/** When a process began, in the system's own words; empty where that cannot be told. */
export function startOf(pid: number): string {
  try {
    if (process.platform !== "linux")
      return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], { encoding: "utf8" }).trim();
    // The name of the program, which stands before in parentheses, may hold spaces.
    const [, fields = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${fields.split(" ")[startField] ?? ""}`;
  } catch {
    return "";
  }
}

/** Asks a process to end and waits until it has. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    return;
  }
  for (const end = Date.now() + graceMs; Date.now() < end; await delay(pollMs)) {
    if (!isAlive(pid)) return;
  }
  throw new UnavailableError(`process ${pid} has not stopped within ${graceMs / 1000} s`);
}

/** Another user's process counts too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
