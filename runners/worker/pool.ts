/**
 * The worker pool: on a runner's request it starts a separate process for each worker, so that a worker has a core
 * for itself and can fail without affecting the others. It listens without authentication, so by default on the
 * loopback only.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type sendUnaryData,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import { beamFnExternalWorkerPoolDefinition } from "apache-beam/proto/beam_fn_api.grpc-server";
import type {
  StartWorkerRequest,
  StartWorkerResponse,
  StopWorkerRequest,
  StopWorkerResponse,
} from "apache-beam/proto/beam_fn_api";
import { UnavailableError } from "../../pipeline/model/index.js";
import { builtFile } from "../paths.js";
import { workersMethod, type WorkerState } from "./pool-status.js";
import { WorkerPulse } from "./worker-pulse.js";
import { atExit } from "../process/index.js";

export interface WorkerPoolOptions {
  /** 0 for any free port. */
  port: number;
  /** Address to listen on; default: loopback. */
  host?: string;
  /** Time for a worker to end before it is killed. */
  graceMs?: number;
  /** A worker that does not answer for this time is killed, and its runner requests another, ms. */
  hangMs?: number;
  log: (line: string) => void;
}

const defaultGraceMs = 5000;
const defaultHangMs = 60_000;
/** Maximum number of starts of a worker that exits before it has contacted the runner. */
const maxStarts = 3;

export class WorkerPool {
  /** Running worker processes by id and control endpoint: each runner's Java process numbers its workers from 1. */
  readonly workers = new Map<string, ChildProcess>();
  /** Number of workers per id that were requested and not yet released. */
  private readonly leases = new Map<string, number>();
  private readonly ending = new WeakSet<ChildProcess>();
  private readonly pulses = new Map<ChildProcess, WorkerPulse>();
  private readonly server = new Server();
  /** HOST:PORT; known after {@link start}. */
  address = "";

  constructor(private readonly options: WorkerPoolOptions) {}

  /** @throws UnavailableError when the port is taken */
  async start(): Promise<string> {
    // The error is reported here; gRPC would print it too.
    setLogVerbosity(logVerbosity.NONE);
    this.server.addService(beamFnExternalWorkerPoolDefinition, {
      startWorker: (
        { request }: ServerUnaryCall<StartWorkerRequest, StartWorkerResponse>,
        answer: sendUnaryData<StartWorkerResponse>,
      ) => void this.startWorker(request).then((error) => answer(null, { error })),
      stopWorker: (
        { request }: ServerUnaryCall<StopWorkerRequest, StopWorkerResponse>,
        answer: sendUnaryData<StopWorkerResponse>,
      ) => {
        this.stopWorker(request);
        answer(null, { error: "" });
      },
    });
    this.server.addService(
      { workers: workersMethod },
      {
        workers: (_: unknown, answer: sendUnaryData<WorkerState[]>) => answer(null, this.states()),
      },
    );
    const { host = "127.0.0.1" } = this.options;
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(
        `${host}:${this.options.port}`,
        ServerCredentials.createInsecure(),
        (error, bound) => {
          if (error === null) resolve(bound);
          else
            reject(
              new UnavailableError(`worker pool: port ${this.options.port} is in use`, { cause: error }),
            );
        },
      );
    });
    return (this.address = `${host}:${port}`);
  }

  /** @returns an error message; empty on success */
  private async startWorker({ workerId, controlEndpoint }: StartWorkerRequest): Promise<string> {
    if (controlEndpoint === undefined) return "the control endpoint is missing";
    const name = `${workerId} of ${controlEndpoint.url}`;
    this.workers.get(name)?.kill("SIGKILL");
    try {
      await this.spawn(name, [workerId, controlEndpoint.url]);
    } catch (error) {
      return `worker ${name} cannot be started: ${(error as Error).message}`;
    }
    this.leases.set(workerId, (this.leases.get(workerId) ?? 0) + 1);
    return "";
  }

  /**
   * A runner waits minutes for a requested worker and does not notice when the worker exits before contacting the
   * runner, so the pool restarts such a worker. The runner notices the loss of a connected worker immediately and requests another.
   */
  private async spawn(name: string, args: readonly string[], starts = 1): Promise<void> {
    const child = spawn(process.execPath, [builtFile("runners/worker/worker-main.js"), ...args], {
      stdio: ["pipe", "ignore", "pipe", "ipc"],
    });
    const forget = atExit(() => child.kill("SIGKILL"));
    let isExpected = true;
    this.pulses.set(child, this.pulseOf(name, child));
    child.on("message", (message) => {
      if (message === "called") isExpected = false;
    });
    this.workers.set(name, child);
    child.on("error", (error) => {
      if (child.pid === undefined) this.forget(name, child);
      this.options.log(`worker ${name}: ${error.message}`);
    });
    child.on("exit", (code, signal) => {
      this.pulses.get(child)?.close();
      this.pulses.delete(child);
      forget();
      const isOurs = this.forget(name, child) && !this.ending.has(child);
      if (code !== 0) this.options.log(`worker ${name} has ended (${signal ?? `code ${code}`})`);
      if (!isExpected || !isOurs || signal === null || starts >= maxStarts) return;
      void this.spawn(name, args, starts + 1).catch(() => undefined);
    });
    await once(child, "spawn");
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.options.log(text.trimEnd()));
  }

  private pulseOf(name: string, child: ChildProcess): WorkerPulse {
    const { hangMs = defaultHangMs, log } = this.options;
    const onHang = (): void => {
      log(`worker ${name} (process ${child.pid ?? 0}) has not answered for ${hangMs / 1000} s: it is killed`);
      child.kill("SIGKILL");
    };
    return new WorkerPulse(child, { hangMs, onHang });
  }

  /** Running workers and the time since the last answer of each. */
  states(): WorkerState[] {
    return [...this.workers].map(([name, child]) => ({
      name,
      pid: child.pid ?? 0,
      silentMs: Math.round(this.pulses.get(child)?.silentMs ?? 0),
    }));
  }

  /** @returns whether this was still the worker of that name */
  private forget(name: string, child: ChildProcess): boolean {
    return this.workers.get(name) === child && this.workers.delete(name);
  }

  /**
   * The request contains only an id. If another runner has had a worker with that id, the id is ambiguous. In this
   * case the worker ends on its own, because its runner ends the control stream before the request.
   */
  private stopWorker({ workerId }: StopWorkerRequest): void {
    const leases = this.leases.get(workerId) ?? 0;
    if (leases > 1) this.leases.set(workerId, leases - 1);
    else this.leases.delete(workerId);
    if (leases !== 1) return;
    for (const [name, child] of this.workers) if (name.startsWith(`${workerId} of `)) void this.end(child);
  }

  /** Asks a worker to end, and kills it if it does not: a frozen process does not react to signals. */
  private async end(child: ChildProcess): Promise<void> {
    this.ending.add(child);
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const killing = setTimeout(() => child.kill("SIGKILL"), this.options.graceMs ?? defaultGraceMs);
    child.kill("SIGTERM");
    await ended;
    clearTimeout(killing);
  }

  /** Ends all workers and closes the port. */
  async stop(): Promise<void> {
    await Promise.all([...this.workers.values()].map((child) => this.end(child)));
    this.server.forceShutdown();
  }
}
