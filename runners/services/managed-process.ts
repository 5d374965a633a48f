/** A service that runs in its own process, from start to end. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { atExit, makePrivateFolder } from "../process/index.js";
import { UnavailableError } from "../../pipeline/model/index.js";
import type { ClassArchive } from "./class-archive.js";
import { inUtf8 } from "./java.js";
import { boundLog, causeSince, lastLineIn, logEnd, openLog, textSince } from "./log-file.js";
import { noAnswer, type Question } from "./probe.js";
import { untilTrue } from "./readiness.js";

export interface ProcessSpec {
  /** Display name. */
  name: string;
  command: readonly [string, ...string[]];
  /** Class archive, if the command is a JVM. */
  archive?: ClassArchive | undefined;
  /** Working directory; created if missing. */
  folder: string;
  logFile: string;
  /** Whether the service is ready. @param launchedMs wall clock of its last start, ms */
  answers: (launchedMs: number) => Promise<boolean>;
  /** Health check, repeated while the service runs; default: whether it answers. */
  ask?: Question;
  readyWithinMs: number;
  /** Time to shut down before the service is killed. */
  graceMs?: number;
}

/** Exit status of a process. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Exit code of a shell that cannot run a command. */
const cannotExecute = 126;
const defaultGraceMs = 10_000;
const supervisor = join(import.meta.dirname, "supervise.sh");

export class ManagedProcess {
  private child: ChildProcess | null = null;
  private exit: Promise<ProcessExit> = Promise.resolve({ code: 0, signal: null });
  private launchedMs = 0;
  private logStart = 0;

  private constructor(private readonly spec: ProcessSpec) {}

  /** Starts the service and waits until it is ready. Cleans up after a failure, or when the signal aborts. */
  static async start(spec: ProcessSpec, signal?: AbortSignal): Promise<ManagedProcess> {
    const part = new ManagedProcess(spec);
    await part.launch(signal);
    return part;
  }

  get name(): string {
    return this.spec.name;
  }

  get logFile(): string {
    return this.spec.logFile;
  }

  /** PID of its process; of the last one if the service is not running. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when the present process has ended, for any reason. */
  get exited(): Promise<ProcessExit> {
    return this.exit;
  }

  /** The newest output of the present or last process. */
  get lastOutput(): string {
    return textSince(this.spec.logFile, this.logStart);
  }

  /** Its problem, worded to follow its name; null while it is healthy. */
  ask(signal: AbortSignal): Promise<string | null> {
    const { ask, answers } = this.spec;
    return ask?.(signal) ?? answers(this.launchedMs).then((yes) => (yes ? null : noAnswer));
  }

  /** Asks the service to end, and kills it on timeout. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const killing = setTimeout(() => this.signal("SIGKILL"), this.spec.graceMs ?? defaultGraceMs);
    this.signal("SIGTERM");
    await this.exit;
    clearTimeout(killing);
  }

  /** Kills the service, like a crash. */
  async kill9(): Promise<void> {
    this.signal("SIGKILL");
    await this.exit;
  }

  /** Restarts the service with the same ports and data; stops it first if it is running. */
  async restart(signal?: AbortSignal): Promise<void> {
    await this.stop();
    await this.launch(signal);
  }

  private signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.child?.kill(name);
  }

  private async launch(signal = new AbortController().signal): Promise<void> {
    signal.throwIfAborted();
    this.launchedMs = Date.now();
    this.exit = this.spawn();
    const deadline = AbortSignal.timeout(this.spec.readyWithinMs);
    const over = new AbortController();
    void this.exit.then(() => over.abort());
    const answers = (): Promise<boolean> => this.spec.answers(this.launchedMs);
    const ready = await untilTrue(answers, AbortSignal.any([signal, deadline, over.signal]));
    if (ready && this.isRunning) return;
    await this.giveUp(signal);
  }

  private spawn(): Promise<ProcessExit> {
    const { archive, folder, logFile, graceMs = defaultGraceMs } = this.spec;
    const [program, ...args] = this.spec.command;
    const command = [program, ...(archive?.flags ?? []), ...args];
    archive?.makeLater();
    makePrivateFolder(folder);
    this.logStart = logEnd(logFile);
    const log = openLog(logFile);
    const grace = String(Math.ceil(graceMs / 1000));
    // While this pipe to its standard input is open, the supervisor script knows that this process is alive.
    const child = spawn("/bin/sh", [supervisor, grace, ...command], {
      cwd: folder,
      env: inUtf8(process.env),
      detached: true,
      stdio: ["pipe", log, log],
    });
    closeSync(log);
    this.child = child;
    const release = boundLog(logFile);
    const forget = atExit(() => killGroup(child));
    return new Promise((resolve) => {
      child.once("error", () => resolve({ code: cannotExecute, signal: null }));
      child.once("exit", (code, signal) => {
        release();
        forget();
        endGroup(child);
        resolve({ code, signal });
      });
    });
  }

  private async giveUp(signal: AbortSignal): Promise<never> {
    const { isRunning, logFile } = this;
    const why = isRunning
      ? `does not answer after ${this.spec.readyWithinMs / 1000} s: ${lastLineIn(logFile)}`
      : `ended during its start: ${causeSince(logFile, this.logStart)}`;
    await this.stop();
    signal.throwIfAborted();
    throw new UnavailableError(`${this.name} ${why} (log: ${logFile})`);
  }
}

/** Ends the remains of a service's process group: the shell that waits for the end of this process. */
function endGroup(child: ChildProcess): void {
  child.stdin?.destroy();
  killGroup(child);
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is already gone.
  }
}
