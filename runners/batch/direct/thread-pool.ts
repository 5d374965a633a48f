/**
 * Runs accumulation and merge in several threads, while the main thread reads and writes. Bundles may finish in any
 * order, because partial results merge in any order.
 */
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { MuonitorError } from "../../../pipeline/model/index.js";
import type { Partial } from "../../../pipeline/steps/index.js";
import { startThread } from "../../process/index.js";
import { sharedBytes, type Bundle } from "./bundles.js";
import type { Compute, RunSettings, TakePartial } from "./compute.js";
import { packPartials, unpackPartials, type Answer, type Task } from "./compute-protocol.js";
import type { WindowLines } from "./window-lines.js";

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** A thread with at most one task. */
class ComputeThread {
  private readonly worker: Worker;
  private waiting: Waiting | null = null;
  private ended: Error | null = null;

  constructor(settings: RunSettings) {
    this.worker = startThread("runners/batch/direct/compute-thread", settings);
    this.worker.on("message", (answer: Answer) => this.settle((waiting) => answerOrThrow(answer, waiting)));
    this.worker.on("error", (error: Error) => this.end(error));
    this.worker.on("exit", () => this.end(new MuonitorError("a worker thread has ended unexpectedly")));
  }

  do(task: Task, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.ended !== null) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.postMessage(task, transfer);
    });
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.settle(({ reject }) => reject(error));
  }

  private settle(how: (waiting: Waiting) => void): void {
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) how(waiting);
  }

  async close(): Promise<void> {
    if (this.ended !== null) return;
    const exit = once(this.worker, "exit");
    await this.worker.terminate();
    await exit.catch(() => undefined);
  }
}

function answerOrThrow(answer: Answer, { resolve, reject }: Waiting): void {
  if (answer.kind !== "failed") return resolve(answer);
  const error = answer.isExpected ? new MuonitorError(answer.message) : new Error(answer.message);
  if (answer.stack !== undefined) error.stack = answer.stack;
  reject(error);
}

export class ThreadPool implements Compute {
  private readonly threads: ComputeThread[] = [];
  private readonly free: ComputeThread[] = [];
  private readonly buffers: Uint8Array[] = [];
  /** Bundles and packs in progress. */
  private pending = 0;
  private failure: unknown = null;
  private wake: () => void = () => undefined;
  private change = this.nextChange();

  /** @param bufferBytes as for {@link widen} */
  constructor(
    private readonly settings: RunSettings,
    threads: number,
    bufferBytes: number,
    private readonly take: TakePartial,
  ) {
    this.widen(threads, bufferBytes);
  }

  /** @param bufferBytes size of a bundle; each thread has a buffer, and one more is being filled */
  widen(threads: number, bufferBytes: number): void {
    if (threads <= this.threads.length) return;
    while (this.threads.length < threads) {
      const thread = new ComputeThread(this.settings);
      this.threads.push(thread);
      this.free.push(thread);
      this.buffers.push(sharedBytes(bufferBytes));
    }
    this.changed();
  }

  get width(): number {
    return this.threads.length + 1;
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  private changed(): void {
    this.wake();
    this.change = this.nextChange();
  }

  /** Waits for a condition; throws if a task has failed meanwhile. */
  private async until<T>(found: () => T | undefined): Promise<T> {
    for (;;) {
      if (this.failure !== null) throw this.failure as Error;
      const result = found();
      if (result !== undefined) return result;
      await this.change;
    }
  }

  private async run(task: Task, transfer: ArrayBuffer[] = []): Promise<Answer> {
    const thread = await this.until(() => this.free.pop());
    try {
      return await thread.do(task, transfer);
    } finally {
      this.free.push(thread);
      this.changed();
    }
  }

  private async accumulated(task: Task, transfer: ArrayBuffer[]): Promise<void> {
    const answer = await this.run(task, transfer);
    if (answer.kind !== "partials") return;
    for (const partial of unpackPartials(answer.partials)) this.take(partial);
    if (task.kind === "bundle") this.buffers.push(task.bundle.buffer);
    this.changed();
  }

  /** Starts a task in the background once a thread is free; its failure rejects the next awaited task. */
  private async begin(task: Task, transfer: ArrayBuffer[]): Promise<void> {
    await this.until(() => (this.free.length > 0 ? true : undefined));
    this.pending += 1;
    void this.accumulated(task, transfer)
      .catch((error: unknown) => (this.failure ??= error))
      .finally(() => {
        this.pending -= 1;
        this.changed();
      });
  }

  async accumulate(bundle: Bundle): Promise<Uint8Array> {
    await this.begin({ kind: "bundle", bundle }, []);
    return this.until(() => this.buffers.pop());
  }

  accumulatePack(pack: Uint8Array): Promise<void> {
    const own = pack.slice();
    return this.begin({ kind: "pack", pack: own }, [own.buffer]);
  }

  async settled(): Promise<void> {
    await this.until(() => (this.pending === 0 ? true : undefined));
  }

  async merge(group: readonly Partial[]): Promise<WindowLines> {
    // The caller runs at most `width` merges at a time, which limits the number of packed copies.
    const packed = packPartials(group);
    const answer = await this.run({ kind: "merge", group: packed }, [packed.bytes.buffer]);
    if (answer.kind !== "messages") throw new Error(`a merge was answered by ${answer.kind}`);
    return answer.messages;
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}
