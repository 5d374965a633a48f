/** The worker pool and its worker processes, with the test as the runner. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { ChannelCredentials } from "@grpc/grpc-js";
import { BeamFnExternalWorkerPoolClient } from "apache-beam/proto/beam_fn_api.grpc-client";
import type { InstructionResponse, StartWorkerResponse } from "apache-beam/proto/beam_fn_api";
import { expect, it, onTestFinished, vi } from "vitest";
import { Worker } from "../../pipeline/beam/sdk.js";
import { freePort } from "../../runners/services/index.js";
import { workersOf, type WorkerState } from "../../runners/worker/pool-status.js";
import { WorkerPool, type WorkerPoolOptions } from "../../runners/worker/pool.js";
import { SteadyWorker } from "../../runners/worker/steady-worker.js";
import { FakeRunner, type ControlStream } from "./fake-runner.js";
import { polling } from "../helpers/polling.js";

interface Running {
  runner: FakeRunner;
  pool: WorkerPool;
  lines: string[];
  /** Requests a worker, optionally for another runner; resolves when the worker has connected. */
  startWorker: (id: string, by?: FakeRunner) => Promise<ControlStream>;
  stopWorker: (workerId: string) => Promise<void>;
  /** The pool's response to a request for a worker. */
  ask: (workerId: string, by: FakeRunner) => Promise<StartWorkerResponse>;
  /** The process of a worker. */
  worker: (id: string, of?: FakeRunner) => ChildProcess;
}

async function running(more: Partial<WorkerPoolOptions> = {}): Promise<Running> {
  const runner = await newRunner();
  const lines: string[] = [];
  const pool = new WorkerPool({ port: 0, graceMs: 100, log: (line) => lines.push(line), ...more });
  const client = new BeamFnExternalWorkerPoolClient(await pool.start(), ChannelCredentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await pool.stop();
  });
  const ask = (workerId: string, { address }: FakeRunner): Promise<StartWorkerResponse> =>
    new Promise((resolve, reject) => {
      client.startWorker({ workerId, controlEndpoint: { url: address }, params: {} }, (error, response) =>
        error === null ? resolve(response!) : reject(error),
      );
    });
  const startWorker = async (workerId: string, by = runner): Promise<ControlStream> => {
    const opened = by.nextControl();
    expect((await ask(workerId, by)).error).toBe("");
    return opened;
  };
  const stopWorker = (workerId: string): Promise<void> =>
    new Promise((resolve, reject) => {
      client.stopWorker({ workerId }, (error) => (error === null ? resolve() : reject(error)));
    });
  const worker = (id: string, of = runner): ChildProcess => pool.workers.get(`${id} of ${of.address}`)!;
  return { runner, pool, lines, ask, startWorker, stopWorker, worker };
}

async function newRunner(): Promise<FakeRunner> {
  const runner = await new FakeRunner().start();
  onTestFinished(() => runner.stop());
  return runner;
}

/** Checks that a worker answers requests, with a request that it refuses. */
async function expectAlive(stream: ControlStream): Promise<void> {
  const finalizeBundle = { instructionId: "none" };
  stream.write({ instructionId: "i1", request: { oneofKind: "finalizeBundle", finalizeBundle } });
  const [response] = (await once(stream, "data")) as [InstructionResponse];
  const error = "Unknown instruction type: finalizeBundle";
  expect(response).toMatchObject({ instructionId: "i1", error });
}

it("starts a process for each worker, which answers and prints nothing", async () => {
  const { pool, lines, startWorker } = await running();
  const streams = [await startWorker("1-1"), await startWorker("1-2")];
  expect(streams.map((stream) => stream.metadata.get("worker_id"))).toEqual([["1-1"], ["1-2"]]);
  expect(new Set([...pool.workers.values()].map(({ pid }) => pid)).size).toBe(2);
  for (const stream of streams) await expectAlive(stream);
  expect(lines.filter((line) => !line.includes("Unknown instruction"))).toEqual([]);
});

it("ends a worker whose runner has ended, without a message", async () => {
  const { pool, startWorker, worker } = await running();
  const stream = await startWorker("1-1");
  const ended = once(worker("1-1"), "exit");
  stream.end();
  expect(await ended).toEqual([0, null]);
  expect(pool.workers.size).toBe(0);
});

it("reports a worker that was killed, and restarts it on request", async () => {
  const { pool, runner, lines, startWorker, worker } = await running();
  await expectAlive(await startWorker("1-1"));
  const first = worker("1-1");
  const ended = once(first, "exit");
  first.kill("SIGKILL");
  await ended;
  expect(pool.workers.size).toBe(0);
  expect(lines.at(-1)).toBe(`worker 1-1 of ${runner.address} has ended (SIGKILL)`);
  await startWorker("1-1");
  expect(worker("1-1").pid).not.toBe(first.pid);
});

it("restarts a worker that is killed before its runner has contacted it", async () => {
  const { runner, lines, ask, worker } = await running();
  const opened = runner.nextControl();
  await ask("1-1", runner);
  worker("1-1").kill("SIGKILL");
  await expectAlive(await opened);
  expect(lines[0]).toBe(`worker 1-1 of ${runner.address} has ended (SIGKILL)`);
});

it("gives up a worker that is repeatedly killed before its runner has contacted it", async () => {
  const { pool, runner, lines, ask, worker } = await running();
  await ask("1-1", runner);
  for (let i = 0; i < 3; i += 1) {
    const child = worker("1-1");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  expect([pool.workers.size, lines.length]).toEqual([0, 3]);
});

it("leaves no worker behind when it stops", async () => {
  const { pool, startWorker, worker } = await running();
  await startWorker("1-1");
  const { pid } = worker("1-1");
  await pool.stop();
  await vi.waitFor(() => expect(() => process.kill(pid!, 0)).toThrow(), polling);
});

it("keeps workers of the same name for two runners", async () => {
  const { pool, startWorker, stopWorker, worker } = await running();
  const other = await newRunner();
  const streams = [await startWorker("1-1"), await startWorker("1-1", other)];
  const [first, second] = [worker("1-1"), worker("1-1", other)];
  expect([first.signalCode, second.signalCode]).toEqual([null, null]);
  // Beam ends a worker by closing the stream and then sending a request, before which the worker may have ended.
  const ended = once(first, "exit");
  streams[0]!.end();
  expect(await ended).toEqual([0, null]);
  await stopWorker("1-1");
  await expectAlive(streams[1]!);
  const gone = once(second, "exit");
  await stopWorker("1-1");
  expect(await gone).toEqual([0, null]);
  expect(pool.workers.size).toBe(0);
});

it("stops no worker if several have the requested name", async () => {
  const { startWorker, stopWorker } = await running();
  const streams = [await startWorker("1-1"), await startWorker("1-1", await newRunner())];
  await stopWorker("1-1");
  for (const stream of streams) await expectAlive(stream);
});

it.each(["the worker's", "the pool's"])("kills a frozen worker when %s end is requested", async (whose) => {
  const { pool, startWorker, stopWorker, worker } = await running();
  await startWorker("1-1");
  const frozen = worker("1-1");
  const ended = once(frozen, "exit");
  frozen.kill("SIGSTOP");
  await (whose === "the pool's" ? pool.stop() : stopWorker("1-1"));
  expect(await ended).toEqual([null, "SIGKILL"]);
});

it("reports to the runner a worker that cannot be started, and keeps running", async () => {
  const { runner, pool, lines, ask, startWorker } = await running();
  const real = process.execPath;
  onTestFinished(() => void (process.execPath = real));
  process.execPath = "/nowhere/node";
  const wrong = "spawn /nowhere/node ENOENT";
  expect((await ask("1-1", runner)).error).toBe(
    `worker 1-1 of ${runner.address} cannot be started: ${wrong}`,
  );
  expect([pool.workers.size, lines]).toEqual([0, [`worker 1-1 of ${runner.address}: ${wrong}`]]);
  process.execPath = real;
  await startWorker("1-1");
});

it("reports in one line that its port is in use", async () => {
  const { pool } = await running();
  const port = Number(pool.address.split(":")[1]);
  const second = new WorkerPool({ port, log: () => undefined });
  await expect(second.start()).rejects.toThrow(`worker pool: port ${port} is in use`);
});

it("survives a broken control stream, for which the SDK's worker throws an error", async () => {
  const runner = await newRunner();
  vi.spyOn(console, "warn").mockReturnValue(undefined);
  const opened = runner.nextControl();
  const worker = new SteadyWorker("ours", runner.address);
  await opened;
  const plain = new Worker("the SDK's", { controlUrl: runner.address });
  expect(plain.controlChannel.listenerCount("error")).toBe(0);
  const thrown = once(plain.controlChannel, "error");
  runner.stop();
  expect(await worker.ended).toBeInstanceOf(Error);
  expect(await thrown.catch((error: unknown) => error)).toBeDefined();
});

it("reports its workers, and how long a frozen worker has not answered", async () => {
  const { pool, startWorker, worker } = await running();
  await startWorker("1-1");
  await startWorker("1-2");
  const states = (): Promise<WorkerState[]> => workersOf(pool.address, 10_000);
  const frozen = worker("1-1");
  expect((await states()).map(({ pid }) => pid)).toContain(frozen.pid);
  frozen.kill("SIGSTOP");
  onTestFinished(() => void frozen.kill("SIGCONT"));
  const silent = async (): Promise<unknown[]> =>
    (await states()).filter(({ silentMs }) => silentMs > 1500).map(({ pid }) => pid);
  await expect.poll(silent, { timeout: 60_000 }).toEqual([frozen.pid]);
  frozen.kill("SIGCONT");
  await expect.poll(silent, { timeout: 60_000 }).toEqual([]);
}, 240_000);

it("gives an error in time if it does not run", async () => {
  await expect(workersOf(`127.0.0.1:${await freePort()}`, 500)).rejects.toThrow();
});

it("kills a worker that hangs, whose runner then gets another, and keeps a worker that answers", async () => {
  const { pool, runner, lines, startWorker, worker } = await running({ hangMs: 2000 });
  const streams = [await startWorker("1-1"), await startWorker("1-2")];
  await expectAlive(streams[0]!);
  const frozen = worker("1-1");
  frozen.kill("SIGSTOP");
  expect(await once(frozen, "exit")).toEqual([null, "SIGKILL"]);
  const hung = `worker 1-1 of ${runner.address} (process ${frozen.pid}) has not answered for 2 s: it is killed`;
  expect(lines).toContain(hung);
  await expectAlive(streams[1]!);
  await expectAlive(await startWorker("1-1"));
  expect(pool.workers.size).toBe(2);
}, 60_000);
