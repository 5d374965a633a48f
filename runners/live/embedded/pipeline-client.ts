/** The main thread's client of the pipeline thread: sends records and receives windows. */
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import {
  FormatError,
  MuonitorError,
  UnavailableError,
  type LateDropped,
  type RawRecord,
  type RowSample,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { startThread } from "../../process/index.js";
import { packRecords } from "../../../pipeline/steps/index.js";
import type { FromPipeline, PipelineThreadOptions, ToPipeline } from "./protocol.js";

/** Limit of the bytes queued for the pipeline; beyond it, senders wait. */
export const maxBacklogBytes = 64 << 20;
/** Maximum size of a record's value. */
export const maxRecordBytes = 3_000_000;
/** Maximum time by which a record's time may be ahead of the wall clock. */
const maxFutureMs = 60_000;
/** A bundle and the closing of windows normally take less than a second each. */
const longestStepMs = 10_000;

interface PipelineListener {
  window(message: WindowMessage, latencyMs: number): void;
  /** A sample of the malformed, unmapped and late rows. */
  samples?(samples: RowSample[]): void;
  /** The thread has exited unexpectedly. */
  failed(error: Error): void;
}

/** Progress of the thread. */
interface PipelineCounters {
  rows: number;
  messages: number;
  openWindows: number;
  late: LateDropped;
  backlogBytes: number;
  /** Wall clock times of the last record sent, the last record with rows, the last bundle and the last window. */
  lastRecordMs: number | null;
  lastRowsMs: number | null;
  lastBundleMs: number | null;
  lastWindowMs: number | null;
}

/** Accepts records, as a producer's sender. */
export class PipelineClient {
  readonly counters: PipelineCounters = {
    rows: 0,
    messages: 0,
    openWindows: 0,
    late: { messages: 0, rows: 0 },
    backlogBytes: 0,
    lastRecordMs: null,
    lastRowsMs: null,
    lastBundleMs: null,
    lastWindowMs: null,
  };
  private readonly worker: Worker;
  private waiting: (() => void)[] = [];
  private answer: (stepMs: number) => void = () => undefined;
  private ended: Error | null = null;
  private closing = false;
  private finished = false;

  constructor(
    options: PipelineThreadOptions,
    private readonly listener: PipelineListener,
  ) {
    this.worker = startThread("runners/live/embedded/pipeline-thread", options);
    this.worker.on("message", (message: FromPipeline) => this.receive(message));
    this.worker.on("error", (error: Error) => this.end(error));
    this.worker.on("exit", () => this.end(new MuonitorError("the pipeline thread has ended unexpectedly")));
  }

  /** Resolves when the thread can accept records. */
  async ready(): Promise<void> {
    await once(this.worker, "message");
  }

  /** The thread's problem, as a predicate after its name; null if there is none. Calls must not overlap. */
  async ask(signal: AbortSignal): Promise<string | null> {
    const answer = new Promise<number>((resolve) => (this.answer = resolve));
    this.post({ type: "ping" });
    const stepMs = await Promise.race([answer, once(signal, "abort").then(() => Infinity)]);
    if (stepMs === Infinity) return "has not answered";
    return stepMs > longestStepMs ? "has not completed its current step" : null;
  }

  async send(records: readonly RawRecord[]): Promise<void> {
    for (const record of records) checkRecord(record);
    while (this.counters.backlogBytes > maxBacklogBytes) await this.untilDrained();
    if (this.ended !== null) throw new UnavailableError("the pipeline has stopped", { cause: this.ended });
    // Records sent after the request to finish would be accepted and lost.
    if (this.closing) throw new UnavailableError("the pipeline is stopping");
    const pack = packRecords(records);
    this.counters.backlogBytes += pack.length;
    this.counters.lastRecordMs = Date.now();
    if (records.some(({ value }) => value.length > 0)) this.counters.lastRowsMs = this.counters.lastRecordMs;
    this.post({ type: "records", pack }, [pack.buffer]);
  }

  private untilDrained(): Promise<void> {
    if (this.ended !== null) return Promise.reject(new UnavailableError("the pipeline has stopped"));
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private post(message: ToPipeline, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private receive(message: FromPipeline): void {
    const { counters } = this;
    if (message.type === "done") {
      counters.backlogBytes -= message.bytes;
      counters.rows += message.rows;
      counters.messages += message.messages;
      counters.lastBundleMs = Date.now();
      this.wakeSenders();
    } else if (message.type === "window") {
      counters.lastWindowMs = Date.now();
      this.listener.window(JSON.parse(message.json) as WindowMessage, message.latencyMs);
    } else if (message.type === "state") {
      counters.openWindows = message.openWindows;
      counters.late = message.late;
    } else if (message.type === "samples") {
      this.listener.samples?.(message.samples);
    } else if (message.type === "alive") {
      this.answer(message.stepMs);
    } else if (message.type === "finished") {
      this.finished = true;
    }
  }

  private wakeSenders(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private end(error: Error): void {
    if (this.ended !== null) return;
    this.ended = error;
    this.wakeSenders();
    if (!this.finished) this.listener.failed(error);
  }

  /** Emits all windows, the open ones as partial, and ends the thread. */
  async close(): Promise<void> {
    if (this.ended !== null) return;
    this.closing = true;
    const exit = once(this.worker, "exit");
    this.post({ type: "finish" });
    await exit;
  }
}

function checkRecord({ timestampMs, value }: RawRecord): void {
  if (!(timestampMs >= 0 && timestampMs <= Date.now() + maxFutureMs)) {
    throw new FormatError(`a record's time, ${timestampMs} ms, is not a time in the past`);
  }
  if (value.length > maxRecordBytes) {
    throw new FormatError(`a record of ${value.length} bytes is larger than ${maxRecordBytes}`);
  }
}
