import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";

/** A command whose processes, including all descendants, are identified by a mark in their environment. */
export interface MarkedProcess {
  readonly pid: number;
  readonly output: () => string;
  /** Waits until the output matches; rejects if the command ends first. */
  readonly waitForOutput: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Sends Ctrl-C to the whole process group, like a terminal. */
  readonly interrupt: () => void;
  readonly kill: () => void;
  /** The exit code, as a shell would report it, when no process has the output open any more. */
  readonly ended: Promise<number>;
  /** The command lines of its remaining processes; Linux only, elsewhere always empty. */
  readonly leftovers: () => string[];
}

export function startMarked(command: string, cwd: string): MarkedProcess {
  const mark = `MUONITOR_TEST_MARK=${randomUUID()}`;
  const [name, value] = mark.split("=") as [string, string];
  const child = spawn("sh", ["-c", command], {
    cwd,
    env: { ...newcomersEnvironment(), [name]: value },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  const ended = new Promise<number>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
  return {
    pid: child.pid!,
    output: output.text,
    waitForOutput: (pattern) => Promise.race([output.matching(pattern), failWhenEnded(ended, output.text)]),
    interrupt: () => signalGroup(child, "SIGINT"),
    kill: () => signalGroup(child, "SIGKILL"),
    ended,
    leftovers: () => commandsWith(mark),
  };
}

/** This process's environment without variables of npm and Vitest: with NODE_ENV=test, a build differs from a user's. */
function newcomersEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_|VITEST|MUONITOR_|NODE_ENV$|INIT_CWD$|TEST$|MODE$|PROD$|DEV$|BASE_URL$|SSR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

interface Output {
  readonly text: () => string;
  readonly matching: (pattern: RegExp) => Promise<RegExpExecArray>;
}

function collect(child: ChildProcess): Output {
  let text = "";
  const keep = (chunk: Buffer): void => {
    text += chunk.toString();
    child.emit("output");
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const matching = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (!match) return;
        child.off("output", look);
        resolve(match);
      };
      child.on("output", look);
      look();
    });
  return { text: () => text, matching };
}

async function failWhenEnded(ended: Promise<number>, output: () => string): Promise<never> {
  throw new Error(`the command ended with ${await ended} and printed:\n${output()}`);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // No process of the group is left.
  }
}

function commandsWith(mark: string): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => readProcess(pid, "environ").split("\0").includes(mark))
    .map((pid) => readProcess(pid, "cmdline").replaceAll("\0", " ").trim())
    .filter((command) => command !== "");
}

/** Content of a file in /proc; empty for a zombie and for a process that has just ended. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
