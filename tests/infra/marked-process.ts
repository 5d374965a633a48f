import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";

/** A command whose processes, down to the last grandchild, are known by a mark in their environment. */
export interface MarkedProcess {
  readonly pid: number;
  readonly said: () => string;
  /** Waits until the output matches, and rejects when the command ends first. */
  readonly saying: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Presses Ctrl-C: the signal goes to the whole group, as a terminal sends it. */
  readonly interrupt: () => void;
  readonly kill: () => void;
  /** The exit code, as a shell would report it, once nothing holds the output any more. */
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
    said: output.text,
    saying: (pattern) => Promise.race([output.matching(pattern), failWhenEnded(ended, output.text)]),
    interrupt: () => signalGroup(child, "SIGINT"),
    kill: () => signalGroup(child, "SIGKILL"),
    ended,
    leftovers: () => commandsWith(mark),
  };
}

/** Our environment without what npm and vitest put there: a build under NODE_ENV=test is not the user's. */
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
    child.emit("said");
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const matching = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (!match) return;
        child.off("said", look);
        resolve(match);
      };
      child.on("said", look);
      look();
    });
  return { text: () => text, matching };
}

async function failWhenEnded(ended: Promise<number>, said: () => string): Promise<never> {
  throw new Error(`the command ended with ${await ended} and printed:\n${said()}`);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // Nothing of the group is left.
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

/** A zombie and a process that has just gone read as nothing. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
