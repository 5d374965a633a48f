/** A bounded run on Flink or Spark: pieces → job → messages in window order, identical to the direct runner's. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  boundedWindows,
  messagesFolder,
  partialsFolder,
  submitJob,
  type SubmittedJob,
} from "../../../pipeline/beam/index.js";
import { MuonitorError, type ResultSpan, UnavailableError } from "../../../pipeline/model/index.js";
import type { PipelineConfig } from "../../../pipeline/steps/index.js";
import type { BoundedRunSummary } from "../direct/bounded-run.js";
import { waitFor, type WaitOptions, withDeadline } from "../../process/index.js";
import { type CollectOptions, collectRun } from "./collect.js";
import type { Engine } from "./engine.js";
import { Outcomes } from "./outcomes.js";
import { writePieces } from "./plan.js";
import type { PieceDraft } from "./staging.js";

export interface ClusterRunOptions extends CollectOptions {
  config: PipelineConfig;
  /** Range of the complete windows. */
  span: ResultSpan;
  pieces: readonly PieceDraft[];
  engine: Engine;
  /** The run is aborted after this time without progress, ms. */
  stallTimeoutMs: number;
  log: (line: string) => void;
}

const pollMs = 200;
const answerMs = 30_000;
const cancelMs = 4000;
/** Interval at which the cluster is asked for free slots. */
const waitMs = 1000;
/** Timeout for the job server, which translates the pipeline and submits it to the cluster. */
const submitMs = 120_000;
const logTail = 1 << 16;
const longestError = 500;

export async function runOnCluster(options: ClusterRunOptions): Promise<BoundedRunSummary> {
  const pieces = writePieces(options.shared, options.pieces);
  const outcomes = new Outcomes(options.shared);
  if (pieces.length > 0) await runJob(options, pieces.length, outcomes);
  options.signal.throwIfAborted();
  return collectRun(options, pieces, outcomes);
}

async function runJob(options: ClusterRunOptions, pieces: number, outcomes: Outcomes): Promise<void> {
  const { engine } = options;
  const jobName = `muonitor-process-${randomBytes(4).toString("hex")}`;
  const over = new AbortController();
  let job: SubmittedJob | null = null;
  try {
    const isReported = await reportWait(options, null, { everyMs: waitMs, withinMs: 0 });
    job = await submit(options, jobName);
    if (!isReported) void reportWait(options, jobName, { everyMs: waitMs, signal: over.signal });
    await new RunWatch(options, pieces, outcomes, job).untilDone();
  } catch (error) {
    // An unresponsive cluster must not prevent the run from ending.
    await Promise.race([
      Promise.allSettled([job?.cancel(), engine.cancelAndWait(jobName)]),
      delay(cancelMs, undefined, { ref: false }),
    ]);
    throw error;
  } finally {
    over.abort();
  }
}

/** Reports once when the cluster has no room for the job. @returns whether it was reported */
async function reportWait(
  { engine, log }: ClusterRunOptions,
  jobName: string | null,
  wait: WaitOptions,
): Promise<boolean> {
  const ask = (): Promise<string | null> => engine.waiting(jobName).catch(() => null);
  const reason = await waitFor(ask, wait).catch(() => null);
  if (reason !== null) log(reason);
  return reason !== null;
}

function submit(
  { engine, config, span, shared, signal }: ClusterRunOptions,
  jobName: string,
): Promise<SubmittedJob> {
  const work = (): Promise<SubmittedJob> =>
    submitJob((root) => boundedWindows(root, { config, folder: shared, span }), {
      jobName,
      jobServer: engine.jobServer.address,
      workerPool: engine.workerPool,
      runnerOptions: engine.runnerOptions,
    });
  return withDeadline(work, submitMs, "the job server", signal).catch((error: unknown) => {
    signal.throwIfAborted();
    const cause = causeIn(engine) ?? (error instanceof Error ? error.message : String(error));
    throw new MuonitorError(`the job was not accepted: ${cause}`, { cause: error });
  });
}

class RunWatch {
  private readonly dog: Watchdog;

  constructor(
    private readonly options: ClusterRunOptions,
    private readonly pieces: number,
    private readonly outcomes: Outcomes,
    private readonly job: SubmittedJob,
  ) {
    this.dog = new Watchdog(options.stallTimeoutMs);
  }

  async untilDone(): Promise<void> {
    const { engine, signal, shared, progress } = this.options;
    for (;;) {
      signal.throwIfAborted();
      const state = await this.state();
      this.outcomes.poll();
      progress({ bytesRead: this.outcomes.bytes, rows: this.outcomes.rows, windows: 0 });
      if (state === "done") return;
      if (state === "failed" || state === "cancelled")
        throw new MuonitorError(
          `the job ${state}: ${causeIn(engine) ?? "no reason given"} (log: ${engine.jobServer.part.logFile})`,
        );
      if (!engine.jobServer.part.isRunning)
        throw new UnavailableError(`the job server has stopped: ${causeIn(engine) ?? "no reason given"}`);
      this.dog.see(
        `${state} ${this.outcomes.reported} ${bytesIn(partialsFolder(shared))} ${bytesIn(messagesFolder(shared))}`,
      );
      if (this.dog.isOver) throw await this.reason(state);
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async state(): Promise<string> {
    const silent = delay(answerMs, "silent", { ref: false });
    return Promise.race([this.job.state().catch(() => "away"), silent]);
  }

  private async reason(state: string): Promise<UnavailableError> {
    const { engine } = this.options;
    const work = `${this.outcomes.byPiece.size} of ${this.pieces} pieces read`;
    const how = await Promise.race([
      engine.describe(),
      delay(answerMs, "the cluster does not answer", { ref: false }),
    ]);
    const last = causeIn(engine);
    return new UnavailableError(
      `aborted: no progress for ${this.dog.silentSeconds} s; the job is ${state}, ${work}; ${how}` +
        (last === null ? "" : `; last error: ${last}`),
    );
  }
}

/** Total size of all files below a folder; 0 if the folder cannot be read, which is reported elsewhere. */
function bytesIn(folder: string): number {
  try {
    const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) =>
      entry.isFile(),
    );
    const sizes = files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}

/** The last error in the log of the job server; null if there is none. */
function causeIn({ jobServer }: Engine): string | null {
  return lastError(readFileSync(jobServer.part.logFile, "utf8").slice(-logTail));
}

const ofWorkers = /Error received from SDK harness for instruction \S+: (.*)$/;
const ofJava = /^(?:Caused by: |\S+ ERROR |Exception in thread )(.*)$/;

/** The error in the log of a Java program, in one line: the last one of a worker, or else the last cause or error. */
export function lastError(log: string): string | null {
  const lines = log.split("\n");
  for (const pattern of [ofWorkers, ofJava]) {
    const line = lines.findLast((text) => pattern.test(text));
    if (line !== undefined) return (pattern.exec(line)?.[1] ?? "").slice(0, longestError);
  }
  return null;
}

export class Watchdog {
  private mark: string | number | null = null;
  private sinceMs: number;

  /**
   * @param stallTimeoutMs longest time without progress, ms
   * @param nowMs a monotonic clock
   */
  constructor(
    private readonly stallTimeoutMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.sinceMs = nowMs();
  }

  /** State of the work; any difference from the last call is progress. */
  see(mark: string | number): void {
    if (mark === this.mark) return;
    this.mark = mark;
    this.sinceMs = this.nowMs();
  }

  /** Whether the time without progress has exceeded the timeout. */
  get isOver(): boolean {
    return this.nowMs() - this.sinceMs >= this.stallTimeoutMs;
  }

  /** Seconds without progress. */
  get silentSeconds(): number {
    return Math.floor((this.nowMs() - this.sinceMs) / 1000);
  }
}
