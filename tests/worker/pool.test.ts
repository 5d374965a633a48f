/** The pool and its worker processes, with the test as the runner. */
import { once } from "node:events";
import { ChannelCredentials } from "@grpc/grpc-js";
import "apache-beam";
import { BeamFnExternalWorkerPoolClient } from "apache-beam/proto/beam_fn_api.grpc-client";
import type { InstructionResponse, StartWorkerResponse } from "apache-beam/proto/beam_fn_api";
import { Worker } from "apache-beam/worker/worker";
import { expect, it, onTestFinished, vi } from "vitest";
import { WorkerPool } from "../../runners/worker/pool.js";
import { SteadyWorker } from "../../runners/worker/steady-worker.js";
import { FakeRunner, type ControlStream } from "./fake-runner.js";
import { patience } from "../helpers/patience.js";

interface Running {
  runner: FakeRunner;
  pool: WorkerPool;
  lines: string[];
  startWorker: (id: string) => Promise<ControlStream>;
}

async function running(): Promise<Running> {
  const runner = await new FakeRunner().start();
  const lines: string[] = [];
  const pool = new WorkerPool({ port: 0, log: (line) => lines.push(line) });
  const client = new BeamFnExternalWorkerPoolClient(await pool.start(), ChannelCredentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await pool.stop();
    runner.stop();
  });
  const startWorker = async (workerId: string): Promise<ControlStream> => {
    const opened = runner.nextControl();
    const answer = await new Promise<StartWorkerResponse>((resolve, reject) => {
      client.startWorker(
        { workerId, controlEndpoint: { url: runner.address }, params: {} },
        (error, response) => (error === null ? resolve(response!) : reject(error)),
      );
    });
    expect(answer.error).toBe("");
    return opened;
  };
  return { runner, pool, lines, startWorker };
}

it("starts a process for each worker, which answers and prints nothing", async () => {
  const { pool, lines, startWorker } = await running();
  const streams = [await startWorker("1-1"), await startWorker("1-2")];
  expect(streams.map((stream) => stream.metadata.get("worker_id"))).toEqual([["1-1"], ["1-2"]]);
  expect(new Set([...pool.workers.values()].map(({ pid }) => pid)).size).toBe(2);
  for (const [n, stream] of streams.entries()) {
    const finalizeBundle = { instructionId: "none" };
    stream.write({ instructionId: `i${n}`, request: { oneofKind: "finalizeBundle", finalizeBundle } });
    const [response] = (await once(stream, "data")) as [InstructionResponse];
    expect(response).toMatchObject({
      instructionId: `i${n}`,
      error: "Unknown instruction type: finalizeBundle",
    });
  }
  expect(lines.filter((line) => !line.includes("Unknown instruction"))).toEqual([]);
});

it("ends a worker whose runner has gone, without a word", async () => {
  const { pool, startWorker } = await running();
  const stream = await startWorker("1-1");
  const ended = once(pool.workers.get("1-1")!, "exit");
  stream.end();
  expect(await ended).toEqual([0, null]);
  expect(pool.workers.size).toBe(0);
});

it("tells of a worker that was killed, and starts it again when asked", async () => {
  const { pool, lines, startWorker } = await running();
  await startWorker("1-1");
  const first = pool.workers.get("1-1")!;
  const ended = once(first, "exit");
  first.kill("SIGKILL");
  await ended;
  expect(lines).toEqual(["worker 1-1 has ended (SIGKILL)"]);
  await startWorker("1-1");
  expect(pool.workers.get("1-1")!.pid).not.toBe(first.pid);
});

it("leaves no worker behind when it stops", async () => {
  const { pool, startWorker } = await running();
  await startWorker("1-1");
  const { pid } = pool.workers.get("1-1")!;
  await pool.stop();
  await vi.waitFor(() => expect(() => process.kill(pid!, 0)).toThrow(), patience);
});

it("says in one line that its port is taken", async () => {
  const { pool } = await running();
  const port = Number(pool.address.split(":")[1]);
  const second = new WorkerPool({ port, log: () => undefined });
  await expect(second.start()).rejects.toThrow(`worker pool: port ${port} is in use`);
});

it("survives a control stream that breaks, on which the SDK's worker throws", async () => {
  const runner = await new FakeRunner().start();
  onTestFinished(() => runner.stop());
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
