/** Progress of a running task: a line that is overwritten on a terminal, JSON lines elsewhere. */
import type { Writable } from "node:stream";

interface RunningLine {
  /** Ends the line and removes it from a terminal. */
  stop(): void;
}

interface RunningLineOptions {
  stderr: Writable & { isTTY?: boolean; columns?: number };
  /** Text for a terminal, at most `width` characters. */
  text: (width: number) => string;
  /** Object for JSON output; null writes nothing unless on a terminal. */
  json: (() => object) | null;
}

const terminalIntervalMs = 250;
const jsonIntervalMs = 1000;
/** Clears the current line of a terminal. */
export const clearLine = "\r\u001b[2K";

export function startRunningLine({ stderr, text, json }: RunningLineOptions): RunningLine {
  const isTerminal = stderr.isTTY === true;
  const show = (): void => {
    if (isTerminal) stderr.write(`${clearLine}${text((stderr.columns ?? 80) - 1)}`);
    else if (json !== null) stderr.write(`${JSON.stringify(json())}\n`);
  };
  const timer = setInterval(show, isTerminal ? terminalIntervalMs : jsonIntervalMs);
  return {
    stop() {
      clearInterval(timer);
      if (isTerminal) stderr.write(clearLine);
    },
  };
}

const barCells = 20;

/**
 * A progress bar followed by facts; facts that exceed the width are omitted, the last ones first.
 * @param fraction 0..1, null if the total is unknown
 */
export function barText(fraction: number | null, facts: readonly string[], width: number): string {
  const done = Math.min(1, Math.max(0, fraction ?? 0));
  const cells = Math.floor(done * barCells);
  const percent = `${Math.floor(done * 100)} %`.padStart(5);
  const bar = fraction === null ? "" : `[${"#".repeat(cells)}${".".repeat(barCells - cells)}] ${percent}`;
  let line = bar;
  for (const fact of facts) {
    const longer = line === "" ? fact : `${line}  ${fact}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line.slice(0, width);
}

/** 1:02:03, 2:03 */
export function durationText(seconds: number): string {
  const [whole, two] = [Math.max(0, Math.round(seconds)), (n: number): string => String(n).padStart(2, "0")];
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function megabytes(bytes: number): string {
  return bytes < 1e10 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
