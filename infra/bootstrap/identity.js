// Process identity, because PIDs are reused. The built program has its own copy in runners/process.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** @typedef {{ pid: number, started: string }} Identity */

/** @returns {Identity} */
export function ownIdentity() {
  return { pid: process.pid, started: startOf(process.pid) };
}

/**
 * Whether exactly this process is still running, also when paused or owned by another user.
 * @param {Identity} identity
 */
export function isAlive({ pid, started }) {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid)) return false;
  const now = startOf(pid);
  return now === "" || now === started;
}

/** @param {number} pid */
function exists(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Boot id of the machine and start time of a process, or "ended" for a zombie; empty when unknown.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    if (process.platform !== "linux") return startByPs(pid);
    const [, text = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = text.split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return "ended";
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[19]}`;
  } catch {
    return "";
  }
}

/** @param {number} pid */
function startByPs(pid) {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}
