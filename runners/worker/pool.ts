/**
 * The worker pool: answers a runner's request for a worker by starting a process of its own for it, so that a worker
 * uses a core for itself and its death is not the others'. Listens without authentication, so on the loopback only.
 */
import { spawn, type ChildProcess } from "node:child_process";
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

export interface WorkerPoolOptions {
  /** 0 for any free port. */
  port: number;
  /** Address to listen on; default the loopback. */
  host?: string;
  log: (line: string) => void;
}

export class WorkerPool {
  /** Running worker processes by the runner's name for them. */
  readonly workers = new Map<string, ChildProcess>();
  private readonly server = new Server();
  /** HOST:PORT; known after {@link start}. */
  address = "";

  constructor(private readonly options: WorkerPoolOptions) {}

  /** @throws UnavailableError when the port is taken */
  async start(): Promise<string> {
    // What goes wrong is told by the error; gRPC would print it, too.
    setLogVerbosity(logVerbosity.NONE);
    this.server.addService(beamFnExternalWorkerPoolDefinition, {
      startWorker: (
        { request }: ServerUnaryCall<StartWorkerRequest, StartWorkerResponse>,
        answer: sendUnaryData<StartWorkerResponse>,
      ) => answer(null, { error: this.startWorker(request) }),
      stopWorker: (
        { request }: ServerUnaryCall<StopWorkerRequest, StopWorkerResponse>,
        answer: sendUnaryData<StopWorkerResponse>,
      ) => {
        this.workers.get(request.workerId)?.kill("SIGTERM");
        answer(null, { error: "" });
      },
    });
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

  /** @returns what is wrong with the request; empty when nothing is */
  private startWorker({ workerId, controlEndpoint }: StartWorkerRequest): string {
    if (controlEndpoint === undefined) return "the control endpoint is missing";
    this.workers.get(workerId)?.kill("SIGKILL");
    const child = spawn(
      process.execPath,
      [builtFile("runners/worker/worker-main.js"), workerId, controlEndpoint.url],
      { stdio: ["pipe", "ignore", "pipe"] },
    );
    this.workers.set(workerId, child);
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.options.log(text.trimEnd()));
    child.on("exit", (code, signal) => {
      if (this.workers.get(workerId) === child) this.workers.delete(workerId);
      if (code !== 0) this.options.log(`worker ${workerId} has ended (${signal ?? `code ${code}`})`);
    });
    return "";
  }

  /** Ends all workers and the port. */
  async stop(): Promise<void> {
    const ends = [...this.workers.values()].map((child) => {
      const end = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      return end;
    });
    await Promise.all(ends);
    this.server.forceShutdown();
  }
}
