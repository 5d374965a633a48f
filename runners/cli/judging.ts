/** Judges a run for `judge`, `compare` and `process --judge`: references, output lines and summary. */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import {
  maxChosenReferences,
  MuonitorError,
  UsageError,
  type DetectorConfig,
  type Reference,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { isGzipName } from "../../pipeline/steps/index.js";
import { validateMessage } from "../../pipeline/steps/validate.js";
import { RunJudge, type RunSummary } from "../../dashboard/bridge/index.js";
import { withUnreadable } from "../../dashboard/bridge/quality/run-verdict.js";
import { checkReference } from "../../dashboard/bridge/monitor/check-reference.js";
import { inputReason, standardInput } from "../input/inputs.js";
import { readRules } from "./bridge-options.js";
import type { Output } from "./output.js";
import { referencePath } from "./references.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

/** Exit code if a light was ever in the state of `--fail-on`, or if nothing could be judged. */
const failedCode = 3;

interface JudgingChoice {
  reference?: string[];
  rules?: string;
  failOn?: "warning" | "bad";
  stateDir: string;
}

/** Judges windows one by one and writes the changes. */
export class Judging {
  private judge: RunJudge;
  /** Run of the newest window; null before the first window. */
  private run: { number: number | undefined } | null = null;
  /** Summaries of the completed runs. */
  private readonly summaries: (RunSummary & { run?: number })[] = [];
  private hasFailed = false;

  private constructor(
    private readonly createJudge: () => RunJudge,
    private readonly failOn: "warning" | "bad" | undefined,
    private readonly output: Output,
    private readonly summaryOutput: Output | null,
    /** Set-ups of the references; unknown ones are omitted. */
    private readonly setUps: readonly string[],
  ) {
    this.judge = createJudge();
  }

  /** @throws UsageError, MuonitorError for rules or a reference that cannot be used */
  static begin(
    options: JudgingChoice,
    detector: DetectorConfig,
    outputs: { lines: Output; summary: Output | null },
    context: CliContext,
    references: readonly Reference[] = chosenReferences(options, context),
  ): Judging {
    const chosen = references.map((reference) => ({ id: reference.name, reference }));
    const rules = readRules(options, context);
    return new Judging(
      () => new RunJudge({ rules, detector }, chosen),
      options.failOn,
      outputs.lines,
      outputs.summary,
      references.flatMap(({ set_up }) => set_up ?? []),
    );
  }

  async take(message: WindowMessage): Promise<void> {
    const setUp = message.config_hash ?? "default";
    const other = this.setUps.find((one) => one !== setUp);
    if (other !== undefined)
      throw new MuonitorError(
        `the reference belongs to set-up ${other}, the windows to set-up ${setUp}: choose a reference of the same set-up`,
      );
    if (this.run !== null && isOtherRun(this.run.number, message)) {
      await this.endRun();
      this.judge = this.createJudge();
    }
    this.run = { number: message.run };
    await this.write(this.judge.take(message));
  }

  private async write(lines: readonly object[]): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify({ ...this.runKey(), ...line })}\n`).join("");
    if (text !== "") await this.output.write(text);
  }

  /** Windows without a run number are judged as one run. */
  private runKey(): { run?: number } {
    return this.run?.number === undefined ? {} : { run: this.run.number };
  }

  private async endRun(): Promise<void> {
    await this.write(this.judge.finish());
    this.summaries.push({ ...this.runKey(), ...this.judge.summary() });
    this.hasFailed ||= this.failOn !== undefined && this.judge.wasEver(this.failOn);
  }

  /**
   * Completes the outputs.
   * @param unreadable inputs that could not be read completely
   * @returns the summary of each run, and the resulting exit code
   */
  async finish(
    unreadable: readonly string[] = [],
  ): Promise<{ summaries: (RunSummary & { run?: number })[]; code: number }> {
    await this.endRun();
    await this.output.close();
    const summaries = this.summaries.map((summary) => withUnreadable(summary, unreadable));
    for (const summary of summaries) await this.summaryOutput?.write(`${JSON.stringify(summary)}\n`);
    await this.summaryOutput?.close();
    // A run without windows must not pass as good.
    const isUnknown = this.failOn !== undefined && this.run === null;
    return { summaries, code: this.hasFailed || isUnknown ? failedCode : 0 };
  }
}

/** In detector time, each run has its own clock; arrival time continues from run to run. */
export function isOtherRun(run: number | undefined, message: WindowMessage): boolean {
  return message.window.time === "detector" && message.run !== run;
}

/** Summary in one readable line. */
export function verdictLine({
  run,
  windows,
  missing_windows,
  alarms,
  verdict,
  compared_with,
}: RunSummary & { run?: number }): string {
  const missing = missing_windows === 0 ? "" : `, ${missing_windows} missing`;
  const count = alarms.length === 1 ? "1 alarm" : `${alarms.length} alarms`;
  const by = compared_with.at(-1);
  const of = run === undefined ? "" : `run ${run}: `;
  return `${of}${verdict.text}: ${windows} windows${missing}, ${count}${by === undefined ? "" : `; compared with ${by}`}`;
}

function chosenReferences(options: JudgingChoice, context: CliContext): Reference[] {
  const { reference: names = [] } = options;
  if (names.length > maxChosenReferences)
    throw new UsageError(`--reference can be given ${maxChosenReferences} times at most`);
  return names.map((name) => referenceNamed(name, options, context));
}

/** Reads the file of that name, or the reference that a bounded run has saved in the state folder. */
function referenceNamed(name: string, options: JudgingChoice, context: CliContext): Reference {
  const file = resolve(context.folder, name);
  const path = existsSync(file) ? file : referencePath(stateFolder(options, context), name);
  if (!existsSync(path)) throw new UsageError(`--reference ${name}: no such file or reference`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new MuonitorError(`${path} is not a reference: ${(cause as Error).message}`, { cause });
  }
  const error = checkReference(value);
  if (error !== null) throw new MuonitorError(`${path}: ${error}`);
  return value as Reference;
}

function troubleOf(error: unknown, line: number): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof SyntaxError)
    return `line ${line} is not a window message as written by muonitor process: ${reason}`;
  if (error instanceof MuonitorError || !(error instanceof Error && "code" in error))
    return `line ${line}: ${reason}`;
  return `cannot be read: ${inputReason(error)}`;
}

/**
 * The windows of a file of messages, in file order.
 * @param name as the user wrote it; `-` is standard input, `.gz` is decompressed
 * @throws MuonitorError that names the first line that is not a window
 */
async function* readWindows(name: string, context: CliContext): AsyncGenerator<WindowMessage> {
  const { stdin, folder, signal } = context;
  const stream: Readable =
    name === standardInput ? stdin : createReadStream(resolve(folder, name), { signal });
  const bytes = isGzipName(name) ? stream.pipe(createGunzip()) : stream;
  // `pipe` does not forward errors.
  stream.on("error", (error) => bytes.destroy(error));
  const lines = createInterface({ input: bytes, crlfDelay: Infinity });
  const failure = new Promise<never>((_, reject) => bytes.on("error", reject));
  failure.catch(() => undefined);
  let number = 0;
  try {
    const each = lines[Symbol.asyncIterator]();
    for (;;) {
      signal.throwIfAborted();
      const { done, value: line } = await Promise.race<IteratorResult<string, undefined>>([
        each.next(),
        failure,
      ]);
      if (done === true) return;
      number += 1;
      if (line.trim() !== "") yield validateMessage(JSON.parse(line));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new MuonitorError(`${name}: ${troubleOf(error, number)}`, { cause: error });
  } finally {
    lines.close();
    stream.destroy();
  }
}

/**
 * Passes all windows of a file to `take`.
 * @throws MuonitorError that names the first message whose window begins before the previous one
 */
export async function takeAll(
  name: string,
  take: (message: WindowMessage) => void | Promise<void>,
  context: CliContext,
): Promise<void> {
  let number = 0;
  for await (const message of readWindows(name, context)) {
    number += 1;
    try {
      await take(message);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new MuonitorError(`${name}: message ${number}: ${error.message}; windows must be in order`, {
        cause: error,
      });
    }
  }
}
