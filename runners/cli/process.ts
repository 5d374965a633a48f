/** `process`: a bounded run over files or a range of a topic. */
import { resolve } from "node:path";
import type { LayoutInputs } from "../../producer/layouts/index.js";
import { isS3Address } from "../../producer/s3/address.js";
import { InputError, UsageError, type Ledger, type WindowMessage } from "../../pipeline/model/index.js";
import type { BoundedRunSummary } from "../batch/direct/bounded-run.js";
import { findInputs, inLayout, standardInput, type Input } from "../input/inputs.js";
import { runsOfInputs } from "../input/runs-of-inputs.js";
import { chooseDetector, commonRun, needsRun } from "./detector-file.js";
import { withServers } from "./find-servers.js";
import { asInWords, detectorHint, layoutInputs } from "./layout-options.js";
import { planOutputs, type OutputTarget } from "./output-plan.js";
import { openOutput, OutputClosed, type Output } from "./output.js";
import { checkOptions, processOptions, topicInput, type ProcessOptions } from "./process-options.js";
import { MuonOutput } from "../batch/muon-output.js";
import { runBatch, type RunReport } from "../batch/run.js";
import { batchPlan } from "./process-plan.js";
import { createProgressLine } from "./progress.js";
import type { ReferenceKeeper } from "./references.js";
import { stateFolder } from "./system-options.js";
import { defineVerb, type CliContext } from "./verb.js";

export const processVerb = defineVerb({
  name: "process",
  summary: "build window messages from files, buckets or a range of a topic",
  description: `Reads files, objects of a bucket or a range of a topic to their end and writes one message of data_clean per window, in window
order, as JSON Lines. The same rows always give the same messages, whatever their order, their files, their formats and the
runner; only emitted_ms differs. Malformed rows have no detector time and are counted in the summary only.

On Flink and Spark the inputs are cut into pieces that worker processes read in parallel; the services of the runner are started
and stopped again, unless a cluster is named. Flink needs Java 17 or newer, Spark Java 17 or 21, and both need Maven.`,
  options: processOptions,
  examples: [
    "muonitor process --input run12/ --output run12.jsonl --summary run12.json",
    "zcat data.txt.gz | muonitor process --input - | head -n 1",
    "muonitor process --input run12/ --runner flink --output run12.jsonl --save-reference good-run",
    "muonitor process --input kafka --from -2h --time arrival --output last-hours.jsonl",
  ],
  run: processInputs,
});

async function processInputs(given: ProcessOptions, context: CliContext): Promise<number> {
  const options = withKafka(given, context);
  checkOptions(options);
  const started = performance.now();
  const unreadable: string[] = [];
  const progress = createProgressLine(context.stderr);
  const print = (line: string): void => {
    progress.clear();
    context.log.info(line);
  };
  const complain = (error: InputError): void => {
    progress.clear();
    context.log.error(error.message);
  };
  const targets = await targetsOf(options, context);
  const layout = layoutInputs(options);
  const found = await allInputs(options, context, (error) => {
    unreadable.push(error.input);
    complain(error);
  });
  const inputs = inLayout(found, layout);
  const withRun = { ...options, ...(await runOfInputs(options, inputs, context)) };
  const hint = detectorHint(options);
  if (hint !== null) context.log.warn(hint);
  const chosen = asInWords(chooseDetector(withRun, context, "bounded"), options);
  const outputs: Output[] = [];
  const openNext = async (place: OutputTarget): Promise<Output> => {
    const output = await openOutput(place, context);
    outputs.push(output);
    return output;
  };
  try {
    const opened = async (option: OutputOption): Promise<Output | null> => {
      const target = targets.get(option);
      return target === undefined ? null : openNext(target);
    };
    const output = (await opened("--output")) as Output;
    const summaryOutput = await opened("--summary");
    const verdicts = await opened("--judge");
    const judge = verdicts === null ? null : await import("./judging.js");
    const judging =
      verdicts === null || judge === null
        ? null
        : judge.Judging.begin(
            options,
            chosen.detector,
            { lines: verdicts, summary: await opened("--judge-summary") },
            context,
          );
    const reference = await referenceKeeper(options);
    const systemC = await opened("--system-c");
    const segments = await opened("--muons");
    const muons = segments === null ? null : new MuonOutput(targets.get("--muons")?.path ?? "", segments);
    const isPlain = reference === null && judging === null && systemC === null;
    const report: RunReport = {
      muons,
      outputLines: isPlain ? (lines) => output.write(lines) : undefined,
      output: async ({ json }) => {
        reference?.add(json);
        await judging?.take(JSON.parse(json) as WindowMessage);
        await output.write(`${systemC === null ? json : await withoutSystemC(json, systemC)}\n`);
      },
      complain,
      progress: (state, totalBytes) => progress.show(state, totalBytes),
      log: print,
      warn: (line) => {
        progress.clear();
        context.log.warn(line);
      },
    };
    const summary = await runBatch(batchPlan(options, chosen, inputs, layout, context), report);
    progress.clear();
    summary.unreadable.unshift(...unreadable);
    await output.close();
    await systemC?.close();
    await muons?.close();
    if (summaryOutput !== null) await writeSummary(summaryOutput, summary, layout);
    warnOfNoHits(summary, report);
    if (reference !== null) print(`reference saved: ${reference.save(stateFolder(options, context))}`);
    const judged = judging === null ? null : await judging.finish(summary.unreadable);
    for (const summary of judged?.summaries ?? []) print(judge?.verdictLine(summary) ?? "");
    context.log.print(summaryLine(summary, (performance.now() - started) / 1000));
    return summary.unreadable.length > 0 ? 1 : (judged?.code ?? 0);
  } catch (error) {
    progress.clear();
    for (const output of outputs) await output.discard();
    if (error instanceof OutputClosed) return 0;
    throw error;
  }
}

async function referenceKeeper(options: ProcessOptions): Promise<ReferenceKeeper | null> {
  if (options.saveReference === undefined) return null;
  const { ReferenceKeeper } = await import("./references.js");
  return new ReferenceKeeper(options.saveReference, sourceText(options));
}

/** The run number that selects a detector file of a folder, if --run is missing. */
async function runOfInputs(
  options: ProcessOptions,
  inputs: readonly Input[],
  context: CliContext,
): Promise<{ run?: number }> {
  const { detector = "", input } = options;
  if (!needsRun(options, context)) return {};
  if (input.some((name) => name === topicInput || name === standardInput || isS3Address(name)))
    throw new UsageError(
      `--detector ${detector} is a folder: select one of its files with --run N (only local files are searched for run numbers)`,
    );
  return { run: commonRun(detector, await runsOfInputs(inputs), context) };
}

/** Fills in the brokers if the input is a topic. */
function withKafka(options: ProcessOptions, context: CliContext): ProcessOptions {
  return options.input.includes(topicInput) ? withServers(options, ["bootstrapServers"], context) : options;
}

/** The options that name an output. */
type OutputOption = "--output" | "--summary" | "--system-c" | "--muons" | "--judge" | "--judge-summary";

/** The targets of all outputs. @throws UsageError before anything is read */
async function targetsOf(
  options: ProcessOptions,
  context: CliContext,
): Promise<ReadonlyMap<OutputOption, OutputTarget>> {
  const { output, summary, systemC, muons, saveReference, judge, judgeSummary } = options;
  const { detector, s3Credentials, kafkaSettings, rules } = options;
  const reference =
    saveReference === undefined
      ? undefined
      : (await import("./references.js")).referencePath(stateFolder(options, context), saveReference);
  const wanted = {
    "--output": output,
    "--summary": summary,
    "--system-c": systemC,
    "--muons": typeof muons === "string" ? muons : undefined,
    "--save-reference": reference,
    "--judge": judge,
    "--judge-summary": judgeSummary,
  };
  const given = Object.entries(wanted).flatMap(([option, path]) =>
    path === undefined ? [] : [{ option, path }],
  );
  const files = [...nearInputs(options), detector, s3Credentials, kafkaSettings, rules];
  const targets = await planOutputs(
    given,
    files.filter((path) => path !== undefined),
    context,
  );
  return new Map(targets.map((target) => [target.option as OutputOption, target]));
}

function nearInputs({ input }: ProcessOptions): string[] {
  return input.filter((name) => name !== topicInput && !isS3Address(name));
}

function sourceText({ input, topic, bootstrapServers }: ProcessOptions): string {
  return input.includes(topicInput)
    ? `process topic ${topic} at ${bootstrapServers}`
    : `process ${input.join(" ")}`;
}

async function allInputs(
  options: ProcessOptions,
  context: CliContext,
  complain: (error: InputError) => void,
): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const path of nearInputs(options)) {
    const full = path === standardInput ? path : resolve(context.folder, path);
    const errors: InputError[] = [];
    const found = await findInputs(full, options.format, (error) => errors.push(error));
    if (found.length === 0 && errors.length === 0) errors.push(new InputError(full, "no file found"));
    errors.forEach(complain);
    inputs.push(...found);
  }
  return inputs;
}

/** Writes the window in the form of system C; returns its message without that. */
async function withoutSystemC(json: string, output: Output): Promise<string> {
  const { system_c: result, ...message } = JSON.parse(json) as WindowMessage;
  await output.write(`${JSON.stringify(result)}\n`);
  return JSON.stringify(message);
}

/** Warns if rows contain no hits, a sign of a wrong layout or detector. */
function warnOfNoHits({ ledger }: BoundedRunSummary, { warn }: RunReport): void {
  if (ledger.rows === 0 || ledger.hits > 0) return;
  warn(`no hits in ${ledgerText(ledger)}: check --layout and --detector`);
}

async function writeSummary(
  output: Output,
  { ledger, unreadable, sources }: BoundedRunSummary,
  layout: LayoutInputs | null,
): Promise<void> {
  const otherContent = Object.fromEntries(layout?.otherContent.counts ?? []);
  const summary = {
    ...ledger,
    ...(layout === null ? {} : { layout: { name: layout.layout.name, ...otherContent } }),
    ...(sources === undefined ? {} : { sources }),
    ...(unreadable.length > 0 ? { unreadable } : {}),
  };
  await output.write(`${JSON.stringify(summary)}\n`);
  await output.close();
}

function summaryLine({ ledger, windows }: BoundedRunSummary, seconds: number): string {
  const speed = seconds > 0 ? ledger.rows / seconds : 0;
  return `${count(windows, "window")} of ${ledgerText(ledger)}; ${seconds.toFixed(1)} s, ${compact(speed)} rows/s`;
}

function ledgerText(ledger: Ledger): string {
  const { rows, malformed, head_rejected, unmapped, scintillator, hits } = ledger;
  return `${count(rows, "row")} = ${malformed} malformed + ${head_rejected} other HEAD + ${unmapped} unmapped + ${scintillator} scintillator + ${hits} hits`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}
