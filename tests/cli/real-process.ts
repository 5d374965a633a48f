/** The command line as a separate process, as a user starts it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { join } from "node:path";
import { root } from "../../infra/bootstrap.js";
import { defaultStateInTests } from "../helpers/default-state.js";

export const program = join(root, "infra/muonitor.js");

export interface RealProcess {
  pid: number;
  stdout: () => string;
  stderr: () => string;
  /** Writes to standard input, which stays open. */
  write: (text: string) => void;
  signal: (name: NodeJS.Signals) => void;
  /** The exit code, as a shell would report it. */
  ended: Promise<number>;
}

/** The environment of a user: no variables of npm, Vitest or Muonitor, except an unused state folder. */
export function userEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const ours = /^(npm_|VITEST|MUONITOR_|NODE_ENV$|INIT_CWD$|TEST$)/;
  const theirs = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(theirs), MUONITOR_STATE_DIR: defaultStateInTests, ...more };
}

export function startMuonitor(
  args: readonly string[],
  cwd: string,
  more: Record<string, string> = {},
): RealProcess {
  return startNode([program, ...args], cwd, more);
}

export function startNode(
  args: readonly string[],
  cwd: string,
  more: Record<string, string> = {},
): RealProcess {
  const child = spawn(process.execPath, args, { cwd, env: userEnvironment(more), stdio: "pipe" });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close").then(([code, signal]: (number | NodeJS.Signals | null)[]) =>
    typeof code === "number" ? code : 128 + constants.signals[signal as NodeJS.Signals],
  );
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    write: (text) => child.stdin.write(text),
    signal: (name) => child.kill(name),
    ended,
  };
}

/** Runs a command until it ends. */
export async function muonitor(
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const running = startMuonitor(args, cwd);
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
