/** A bounded run on Flink or Spark: inputs → pieces → job → messages in window order, exactly as the direct runner's. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import {
  boundedWindows,
  messagesFolder,
  partialsFolder,
  submitJob,
  type Piece,
  type SubmittedJob,
  type WindowFacts,
  type WindowJson,
} from "../../pipeline/beam/index.js";
import { InputError, MuonitorError, UnavailableError, type Ledger } from "../../pipeline/model/index.js";
import type { PipelineConfig } from "../../pipeline/steps/index.js";
import type { BoundedRunSummary, Progress } from "../direct/bounded-run.js";
import { rootCause } from "../flink/rest.js";
import type { Engine } from "./engine.js";
import { Messages } from "./messages.js";
import { Outcomes } from "./outcomes.js";
import { writePieces } from "./plan.js";
import type { PieceDraft } from "./staging.js";
import { Watchdog } from "./watchdog.js";

export interface ClusterRunOptions {
  config: PipelineConfig;
  /** Facts of windows, by start. */
  facts: Record<string, WindowFacts>;
  pieces: readonly PieceDraft[];
  /** Whether the pieces are of a topic. */
  isTopic: boolean;
  engine: Engine;
  /** Absolute path of the folder that driver and workers share. */
  shared: string;
  /** Takes the messages, in window order. */
  output: (message: WindowJson) => Promise<void>;
  complain: (error: InputError) => void;
  progress: (progress: Progress) => void;
  /** The run is given up after so long without progress. */
  patienceMs: number;
  signal: AbortSignal;
}

const pollMs = 200;
const answerMs = 30_000;
const cancelMs = 20_000;
const logTail = 1 << 16;

export async function runOnCluster(options: ClusterRunOptions): Promise<BoundedRunSummary> {
  const pieces = writePieces(options.shared, options.pieces);
  const outcomes = new Outcomes(options.shared);
  if (pieces.length > 0) await runJob(options, pieces.length, outcomes);
  options.signal.throwIfAborted();
  const messages = new Messages(options.shared);
  try {
    outcomes.poll();
    checkOutcomes(pieces, outcomes, messages);
    const summary: BoundedRunSummary = { ledger: outcomes.ledger(), windows: 0, unreadable: [] };
    if (options.isTopic) summary.sources = outcomes.sources();
    tellFailures(pieces, outcomes, options.complain, summary);
    for (const message of messages.inOrder()) {
      options.signal.throwIfAborted();
      await options.output(message);
      summary.windows += 1;
    }
    options.progress({ bytesRead: outcomes.bytes, rows: outcomes.rows, windows: summary.windows });
    return summary;
  } finally {
    messages.close();
  }
}

async function runJob(options: ClusterRunOptions, pieces: number, outcomes: Outcomes): Promise<void> {
  const { engine, config, facts, shared, signal } = options;
  const jobName = `muonitor-process-${randomBytes(4).toString("hex")}`;
  const job = await submitJob((root) => boundedWindows(root, { config, folder: shared, facts }), {
    jobName,
    jobServer: engine.jobServer.address,
    workerPool: engine.workerPool,
    runnerOptions: engine.runnerOptions,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new MuonitorError(`the job was not taken: ${causeIn(engine) ?? String(error)}`, { cause: error });
  });
  try {
    await new JobWatch(options, pieces, outcomes, job).untilDone();
  } catch (error) {
    // A cluster that does not answer must not keep us from ending.
    await Promise.race([
      Promise.allSettled([job.cancel(), engine.withdraw(jobName)]),
      delay(cancelMs, undefined, { ref: false }),
    ]);
    throw error;
  }
}

class JobWatch {
  private readonly dog: Watchdog;

  constructor(
    private readonly options: ClusterRunOptions,
    private readonly pieces: number,
    private readonly outcomes: Outcomes,
    private readonly job: SubmittedJob,
  ) {
    this.dog = new Watchdog(options.patienceMs);
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
          `the job ${state}: ${causeIn(engine) ?? "it gave no reason"} (log: ${engine.jobServer.part.logFile})`,
        );
      if (!engine.jobServer.part.isRunning)
        throw new UnavailableError(`the job server has ended: ${causeIn(engine) ?? "it gave no reason"}`);
      this.dog.see(
        `${state} ${this.outcomes.told} ${bytesIn(partialsFolder(shared))} ${bytesIn(messagesFolder(shared))}`,
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
    const work = `${this.outcomes.byPiece.size} of ${this.pieces} pieces are read`;
    const how = await Promise.race([
      engine.describe(),
      delay(answerMs, "it does not answer", { ref: false }),
    ]);
    const said = causeIn(engine);
    return new UnavailableError(
      `given up: no progress for ${this.dog.silentSeconds} s; the job is ${state}, ${work}; ${how}` +
        (said === null ? "" : `; last complaint: ${said}`),
    );
  }
}

/** Bytes of all files below a folder. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      bytes += statSync(`${entry.parentPath}/${entry.name}`, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** What the job server has last complained of; null of nothing. */
function causeIn({ jobServer }: Engine): string | null {
  const log = readFileSync(jobServer.part.logFile, "utf8").slice(-logTail);
  const complaint = log.lastIndexOf("\n[") < 0 ? log : log;
  return /Caused by: |Exception|ERROR/.test(complaint) ? rootCause(complaint) : null;
}

/** Every piece was read, always with the same outcome, and the windows hold what was read. */
function checkOutcomes(pieces: readonly Piece[], outcomes: Outcomes, messages: Messages): void {
  const [other] = outcomes.contradictions;
  if (other !== undefined) throw changed(pieces[other.piece], outcomes, other.failure);
  if (outcomes.byPiece.size !== pieces.length)
    throw new MuonitorError(
      `${pieces.length - outcomes.byPiece.size} pieces were never read: please report this`,
    );
  if (messages.contradictions.length > 0) throw changed(undefined, outcomes, null);
  const [read, kept] = [outcomes.ledger(), messages.ledger()];
  const same = (key: keyof Ledger): boolean => read[key] === kept[key];
  if (!(["head_rejected", "unmapped", "scintillator", "hits"] as const).every(same))
    throw new MuonitorError(
      `the windows do not hold what was read: ${JSON.stringify(kept)} of ${JSON.stringify(read)}`,
    );
}

function changed(piece: Piece | undefined, outcomes: Outcomes, failure: string | null): MuonitorError {
  const first = piece === undefined ? null : (outcomes.byPiece.get(piece.id)?.failure ?? null);
  const told = failure ?? first;
  if (told !== null) return new MuonitorError(`${told}: nothing is written`);
  return new InputError(piece?.input ?? "the input", "was changed while it was read: nothing is written");
}

/** Each input that could not be read, once. */
function tellFailures(
  pieces: readonly Piece[],
  outcomes: Outcomes,
  complain: (error: InputError) => void,
  { unreadable }: BoundedRunSummary,
): void {
  for (const { id, input } of pieces) {
    const failure = outcomes.byPiece.get(id)?.failure ?? null;
    if (failure === null || unreadable.includes(input)) continue;
    unreadable.push(input);
    complain(new InputError(input, failure.slice(input.length + 2)));
  }
}
