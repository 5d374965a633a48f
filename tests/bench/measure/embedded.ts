/** Speed of the embedded pipeline through its thread, and delay of a window's result. */
import { tmpdir } from "node:os";
import {
  createLedger,
  mergeLedger,
  type RawRecord,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../../pipeline/steps/index.js";
import { Simulator, startProduction } from "../../../producer/index.js";
import { PipelineClient } from "../../../runners/live/embedded/pipeline-client.js";
import { checkLedger, cutMessages, type KnownRows } from "./known-rows.js";
import { quantile, type Figure } from "./report.js";
import { longestWaitSince, waitsOfThreads } from "./run-queue.js";

const recordsPerSend = 2000;

/** The pipeline's thread with a listener that keeps the newest message of every window. */
function startPipeline(windowMs: number): {
  pipeline: PipelineClient;
  newest: Map<number, WindowMessage>;
  latenciesMs: number[];
} {
  const newest = new Map<number, WindowMessage>();
  const latenciesMs: number[] = [];
  const pipeline = new PipelineClient(
    {
      config: { ...defaultPipelineConfig, windowMs },
      allowedLatenessMs: 60_000,
      watermarkDelayMs: 20,
      startedMs: Date.now(),
      memoryBytes: 256 << 20,
      temporaryFolder: tmpdir(),
    },
    {
      window: (message, latencyMs) => {
        newest.set(message.msg_ID, message);
        if (message.revision === 0 && !message.partial) latenciesMs.push(latencyMs);
      },
      failed: (error) => {
        throw error;
      },
    },
  );
  return { pipeline, newest, latenciesMs };
}

/** Rows/s from the first send to the last message, for a given number of rows per message. */
export async function throughputFigure(
  input: KnownRows,
  rowsPerMessage: number,
  target: number,
): Promise<Figure> {
  const messages = cutMessages(input, rowsPerMessage);
  await runThrough(messages.slice(0, Math.ceil(messages.length / 4)));
  const { seconds, ledger } = await runThrough(messages);
  checkLedger(ledger, input.ledger);
  const noun = rowsPerMessage === 1 ? "row" : "rows";
  return {
    name: `embedded pipeline, ${rowsPerMessage} ${noun} per message`,
    value: ledger.rows / seconds,
    unit: "rows/s",
    target,
    better: "more",
  };
}

async function runThrough(
  messages: Uint8Array[],
): Promise<{ seconds: number; ledger: ReturnType<typeof createLedger> }> {
  const { pipeline, newest } = startPipeline(5000);
  await pipeline.ready();
  const [started, waits] = [performance.now(), waitsOfThreads()];
  for (let at = 0; at < messages.length; at += recordsPerSend) {
    const timestampMs = Date.now();
    const records = messages
      .slice(at, at + recordsPerSend)
      .map((value, i): RawRecord => ({ key: keyOf(at + i), value, timestampMs, partition: 0 }));
    await pipeline.send(records);
  }
  const waitedMs = longestWaitSince(waits);
  await pipeline.close();
  const seconds = (performance.now() - started - waitedMs) / 1000;
  const ledger = createLedger();
  for (const message of newest.values()) mergeLedger(ledger, message.ledger);
  return { seconds, ledger };
}

const encoder = new TextEncoder();
const keyOf = (sequence: number): Uint8Array => encoder.encode(`m1:bench:1:0:${sequence}`);

/** Delay from the end of a window to its message, ms, at 1000 rows/s with windows of 1 s. */
export async function latencyFigures(seconds: number): Promise<Figure[]> {
  const { pipeline, newest, latenciesMs } = startPipeline(1000);
  await pipeline.ready();
  const simulator = new Simulator({ seed: 1 });
  const production = startProduction({
    source: simulator,
    sender: pipeline,
    id: "bench",
    rateHz: 1000,
    rowsPerMessage: 1,
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await production.stop();
  await pipeline.close();
  const ledger = createLedger();
  for (const message of newest.values()) mergeLedger(ledger, message.ledger);
  checkLedger(ledger, simulator.truth().ledger);
  const sorted = latenciesMs.sort((a, b) => a - b);
  const figure = (name: string, value: number): Figure => ({
    name,
    value,
    unit: "ms",
    target: 60,
    better: "less",
  });
  return [
    figure("end of a window to its message, 1000 rows/s, p50", quantile(sorted, 0.5)),
    figure("end of a window to its message, 1000 rows/s, p99", quantile(sorted, 0.99)),
  ];
}
