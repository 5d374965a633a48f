/** Log file of a service: limited in size, with access to its end. */
import { closeSync, fstatSync, openSync, readSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makePrivateFolder } from "../process/index.js";

/** A log above this size is emptied, and its newest part is kept in another file. */
const maxBytes = 16 << 20;
const keptBytes = 1 << 20;
const checkIntervalMs = 10_000;
/** Size of the end of a log that is read for its last line. */
const tailBytes = 1 << 14;
/** Size of the end of a log that is searched for a cause. */
const causeBytes = 1 << 18;

/** Opens a log in append mode, so that its writer continues correctly after a truncation. */
export function openLog(path: string): number {
  makePrivateFolder(dirname(path));
  return openSync(path, "a", 0o600);
}

/**
 * Limits the size of a log while its writer runs: the newest part moves to `PATH.1`. Returns a function that
 * stops this.
 */
export function boundLog(path: string, limit = maxBytes, intervalMs = checkIntervalMs): () => void {
  const timer = setInterval(() => {
    if (sizeOf(path) > limit) cutLog(path);
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function cutLog(path: string): void {
  writeFileSync(`${path}.1`, endOf(path, keptBytes), { mode: 0o600 });
  truncateSync(path);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last bytes of a file. */
function endOf(path: string, bytes: number): Buffer {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(bytes, size));
    readSync(file, end, 0, end.length, size - end.length);
    return end;
  } finally {
    closeSync(file);
  }
}

/** Current size of a log: the start of the output of a program started next. */
export function logEnd(path: string): number {
  return sizeOf(path);
}

/** The newest part of the text written to a log since it had this size. */
export function textSince(path: string, start: number, limit = tailBytes): string {
  const size = sizeOf(path);
  // A log truncated meanwhile is smaller.
  const bytes = size >= start ? size - start : size;
  return bytes === 0 ? "" : endOf(path, Math.min(bytes, limit)).toString("utf8");
}

/** In the report of a JVM that has crashed. */
const crash = /^# +SIG[A-Z]+ /;
const exception = /^(Caused by: |Exception in thread "[^"]*" )?[\w.$]+(Exception|Error)(: |$)/;

/**
 * Why a program has ended that has logged since the log had this size: its last exception or error, or else its last
 * line. A service that stops in good order logs much more after the cause.
 */
export function causeSince(path: string, start: number): string {
  const output = textSince(path, start, causeBytes);
  const lines = output.split("\n").map((line) => line.trim());
  const last = (pattern: RegExp): string | undefined => lines.findLast((line) => pattern.test(line));
  return last(crash) ?? last(exception) ?? last(/\b(ERROR|FATAL)\b/) ?? lastLineOf(output);
}

/** The last meaningful line of a log. */
export function lastLineIn(path: string): string {
  return lastLineOf(sizeOf(path) === 0 ? "" : endOf(path, tailBytes).toString("utf8"));
}

/** The last line of a program's output that is not a frame of a Java stack. */
export function lastLineOf(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "" && !/^(at |\.\.\. \d+ )/.test(line)) ?? "no output";
}
