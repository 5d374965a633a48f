/** Process identity: PIDs are reused, so a process is identified by PID, boot id of the machine and start time. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Identity {
  pid: number;
  /** Boot id of the machine and start time of the process; empty where the system does not report them. */
  started: string;
}

interface ProcessState {
  started: string;
  /** Has exited, but its parent has not yet collected the exit code. */
  isZombie: boolean;
}

/** Fields of /proc/PID/stat, counted from the one after the program name. */
const stateField = 0;
/** Clock ticks from the boot to the start of the process. */
const startField = 19;

/** The identity of a running process; null if no process has this PID. */
export function identityOf(pid: number): Identity | null {
  if (!exists(pid)) return null;
  const state = stateOf(pid);
  return state?.isZombie === true ? null : { pid, started: state?.started ?? "" };
}

let own: Identity | undefined;

/** The identity of this process. */
export function ownIdentity(): Identity {
  own ??= { pid: process.pid, started: stateOf(process.pid)?.started ?? "" };
  return { ...own };
}

/** Whether exactly this process is still running, also when paused or owned by another user. */
export function isAlive({ pid, started }: Identity): boolean {
  const now = identityOf(pid);
  return now !== null && (now.started === "" || now.started === started);
}

/**
 * Sends a signal to exactly this process, never to another one that has reused its PID.
 * @returns whether the process was alive
 */
export function signalProcess(identity: Identity, signal: NodeJS.Signals): boolean {
  if (identity.started === "" || !isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** Whether a value read from a file is an identity. */
export function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null) return false;
  const { pid, started } = value as Record<string, unknown>;
  return isPid(pid) && typeof started === "string";
}

/** 0 and negative numbers denote process groups. */
function isPid(pid: unknown): pid is number {
  return Number.isSafeInteger(pid) && (pid as number) > 0;
}

function exists(pid: number): boolean {
  if (!isPid(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function stateOf(pid: number): ProcessState | null {
  try {
    return process.platform === "linux" ? linuxState(pid) : psState(pid);
  } catch {
    return null;
  }
}

let bootId: string | undefined;

function linuxState(pid: number): ProcessState {
  // The program name before these fields is in parentheses and may contain spaces and parentheses.
  const [, text = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const fields = text.split(" ");
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return {
    started: `${bootId} ${fields[startField] ?? ""}`,
    isZombie: ["Z", "X"].includes(fields[stateField] ?? ""),
  };
}

/** For macOS and BSD. The start time includes the date, so no boot id is needed. */
function psState(pid: number): ProcessState {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const args = ["-p", String(pid), "-o", "state=", "-o", "lstart="];
  const [, state = "", started = ""] =
    /^\s*(\S+)\s+(.*?)\s*$/s.exec(
      execFileSync("ps", args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] }),
    ) ?? [];
  return { started, isZombie: state.startsWith("Z") };
}
