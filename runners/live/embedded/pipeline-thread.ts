/**
 * The thread of the pipeline: receives packs of records, processes them in bundles and closes windows on time. The
 * simulator and the sockets of the main thread never wait for this work.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import type { RawRecord } from "../../../pipeline/model/index.js";
import { unpackRecords } from "../../../pipeline/steps/index.js";
import type { FromPipeline, PipelineThreadOptions, ToPipeline } from "./protocol.js";
import { RowSampler } from "../row-sampler.js";
import { WindowKeeper } from "./window-keeper.js";

/** A bundle starts when this number of bytes is queued, or after the linger time. */
const bundleBytes = 4 << 20;
const lingerMs = 100;
/** Without a pause of the process, this thread is asked at least once a second whether it is alive. */
const pausedMs = 3000;
const thread = parentPort;
if (thread === null) throw new Error("this module is the entry of a worker thread");
const port: MessagePort = thread;

const post = (message: FromPipeline): void => port.postMessage(message);
const keeper = new WindowKeeper({
  ...(workerData as PipelineThreadOptions),
  now: Date.now,
  emit: (json, windowEndMs) => post({ type: "window", json, latencyMs: Date.now() - windowEndMs }),
});

const { config, allowedLatenessMs } = workerData as PipelineThreadOptions;
const sampler = new RowSampler({ ...config, allowedLatenessMs, now: Date.now });
const packs: Uint8Array[] = [];
let waitingBytes = 0;
let finishing = false;
let running = false;
let stepBeganMs = 0;
/** When this thread last ran. */
let aliveMs = Date.now();
let timer: NodeJS.Timeout | undefined;
let timerMs = Infinity;

port.on("message", (message: ToPipeline) => {
  notePause();
  take(message);
  if (message.type === "ping") return;
  wake(finishing || waitingBytes >= bundleBytes ? Date.now() : Date.now() + lingerMs);
});
post({ type: "ready" });

function take(message: ToPipeline): void {
  if (message.type === "finish") finishing = true;
  else if (message.type === "ping") post({ type: "alive", stepMs: running ? Date.now() - stepBeganMs : 0 });
  else {
    packs.push(message.pack);
    waitingBytes += message.pack.length;
  }
}

/** Called before anything else after the thread was idle. */
function notePause(): void {
  const nowMs = Date.now();
  if (!running && nowMs - aliveMs > pausedMs) keeper.pause(aliveMs, nowMs);
  aliveMs = nowMs;
}

/** Receives records that were sent but not yet delivered, so that they are processed before their windows close. */
function takeAll(): void {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return;
    take(received.message as ToPipeline);
  }
}

/** Schedules {@link work} for a wall clock time, unless it is already scheduled earlier. */
function wake(atMs: number): void {
  if (running || atMs >= timerMs) return;
  clearTimeout(timer);
  timerMs = atMs;
  timer = setTimeout(() => void work(), Math.max(0, atMs - Date.now()));
}

/** Processes all queued records, then closes windows. An error ends the thread, which the main thread detects. */
async function work(): Promise<void> {
  notePause();
  timerMs = Infinity;
  running = true;
  stepBeganMs = Date.now();
  takeAll();
  while (packs.length > 0) await runBundle();
  stepBeganMs = Date.now();
  await keeper.advance(Date.now());
  running = false;
  aliveMs = Date.now();
  post({ type: "state", openWindows: keeper.size, late: { ...keeper.late } });
  if (finishing && packs.length === 0) return finish();
  if (packs.length > 0) wake(Date.now() + lingerMs);
  if (keeper.dueMs < Infinity) wake(keeper.dueMs);
}

async function runBundle(): Promise<void> {
  stepBeganMs = Date.now();
  let bytes = 0;
  const bundle: Uint8Array[] = [];
  for (let pack = packs[0]; pack !== undefined && bytes < bundleBytes; pack = packs[0]) {
    bytes += pack.length;
    bundle.push(pack);
    packs.shift();
  }
  waitingBytes -= bytes;
  const { rows, messages } = await keeper.add(sampler.watch(recordsOf(bundle)));
  post({ type: "done", bytes, rows, messages });
  const samples = sampler.take();
  if (samples.length > 0) post({ type: "samples", samples });
}

function* recordsOf(bundle: Uint8Array[]): Generator<RawRecord> {
  for (const pack of bundle) yield* unpackRecords(pack);
}

async function finish(): Promise<void> {
  await keeper.finish();
  post({ type: "finished" });
  port.close();
}
