/** Processes started by a chaos run, and their descendants. Linux only: the tree is read from /proc. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { repositoryFolder } from "../../../runners/paths.js";

export interface Verb {
  pid: number;
  /** Its output on both streams so far. */
  output: () => string;
  stdout: () => string;
  isRunning: () => boolean;
  signal: (name: NodeJS.Signals) => void;
  /** The exit code, as a shell reports it. */
  ended: Promise<number>;
}

/** Starts a verb of the command line as a user does. */
export function startVerb(...args: string[]): Verb {
  const child = spawn(process.execPath, [join(repositoryFolder, "infra", "muonitor.js"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, all] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    all += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (all += chunk.toString()));
  const ended = once(child, "close").then(([code, signal]: (number | NodeJS.Signals | null)[]) =>
    typeof code === "number" ? code : 128 + constants.signals[signal as NodeJS.Signals],
  );
  return {
    pid: child.pid ?? 0,
    output: () => all,
    stdout: () => stdout,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    signal: (name) => child.kill(name),
    ended,
  };
}

/** Runs a verb to its end. @throws Error with its output when its exit code is not 0 */
export async function runVerb(...args: string[]): Promise<string> {
  const verb = startVerb(...args);
  const code = await verb.ended;
  if (code !== 0) throw new Error(`muonitor ${args.join(" ")} ended with ${code}: ${verb.output().trim()}`);
  return verb.stdout();
}

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Descendants of a process, without the shells that supervise them. */
export function descendantsOf(pid: number): Process[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = new Set([pid]);
  const known = all.flatMap(processOf).sort((a, b) => a.pid - b.pid);
  // A parent may have a larger PID than its child: a second pass finds it.
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const one of known) if (found.has(one.parent)) found.add(one.pid);
  }
  found.delete(pid);
  return known.filter((one) => found.has(one.pid) && !one.command.includes("supervise.sh"));
}

function processOf(name: string): Process[] {
  try {
    const [, fields = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
    const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return command === "" ? [] : [{ pid: Number(name), parent: Number(fields.split(" ")[1]), command }];
  } catch {
    // The process has just ended.
    return [];
  }
}
