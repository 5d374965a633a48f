/** `judge`: judges the windows of a file as the page does. `compare`: judges one run against another. */
import { basename } from "node:path";
import {
  MuonitorError,
  type Reference,
  type WindowMessage,
  type WindowSum,
} from "../../pipeline/model/index.js";
import { addWindow, emptySum, referenceOf } from "../../dashboard/bridge/monitor/sums.js";
import { NullBatches } from "../../dashboard/bridge/quality/goodness/null-batches.js";
import { RunJudge } from "../../dashboard/bridge/index.js";
import { readRules } from "./bridge-options.js";
import { chooseDetector, detectorOption } from "./detector-file.js";
import { failOnOption, judgingOptions, rulesOption } from "./judging-options.js";
import { isOtherRun, Judging, takeAll, verdictLine } from "./judging.js";
import { planOutputs } from "./output-plan.js";
import { openOutput, OutputClosed, type Output } from "./output.js";
import { stateFolderOption } from "./system-options.js";
import { defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const outputOptions = defineOptions([
  {
    flags: "--output <path>",
    description: "file for the changes of the lights, one per line; - for standard output",
    default: "-",
  },
  {
    flags: "--summary <path>",
    description: "file for the verdict of the run with times, lights and alarms, as JSON",
  },
]);

const judgeOptions = defineOptions([
  {
    flags: "--input <path>",
    description:
      "file of window messages in the order of their windows, as process writes it (.gz too), or -",
    required: true,
  },
  ...judgingOptions,
  detectorOption,
  ...outputOptions,
  stateFolderOption,
]);

export const judgeVerb = defineVerb({
  name: "judge",
  summary: "judge the windows of a run as the page would",
  description: `Applies the rules of the page to each window in turn and writes the state of every light at the first window, then one
line whenever the state of a light, or the rule that determines it, changes. Times are those of the windows, so the same file always
gives the same lines. The exit code is 0 for any verdict, unless --fail-on is given.`,
  options: judgeOptions,
  examples: [
    "muonitor judge --input run12.jsonl --output verdicts.jsonl --summary verdict.json",
    "muonitor judge --input run12.jsonl --reference good-run --fail-on bad",
  ],
  run: judge,
});

function judge(options: ValuesOf<typeof judgeOptions>, context: CliContext): Promise<number> {
  return judgeFile({ ...options, inputs: [options.input] }, null, context);
}

const compareOptions = defineOptions([
  rulesOption,
  failOnOption,
  detectorOption,
  ...outputOptions,
  stateFolderOption,
]);

export const compareVerb = defineVerb({
  name: "compare",
  summary: "judge one run against another",
  description: `Sums the good windows of the first file into a reference and judges the second file against it, as muonitor judge does. Windows of the
first run that are not good are skipped and counted.`,
  arguments: [
    { name: "<good>", description: "file of window messages of the run to compare with" },
    { name: "<run>", description: "file of window messages of the run to judge" },
  ],
  options: compareOptions,
  examples: ["muonitor compare monday.jsonl tuesday.jsonl --summary verdict.json"],
  run: compare,
});

type CompareOptions = ValuesOf<typeof compareOptions> & { good: string; run: string };

async function compare(options: CompareOptions, context: CliContext): Promise<number> {
  const { good, run } = options;
  const reference = await goodPart(good, options, context);
  return judgeFile({ ...options, input: run, inputs: [good, run] }, reference, context);
}

interface FileJudging {
  input: string;
  /** Input files, which no output may replace. */
  inputs: readonly string[];
  output: string;
  summary?: string;
  reference?: string[];
  rules?: string;
  detector?: string;
  failOn?: "warning" | "bad";
  stateDir: string;
}

async function judgeFile(
  options: FileJudging,
  reference: Reference | null,
  context: CliContext,
): Promise<number> {
  const { input, output, summary, detector: file } = options;
  const { detector } = chooseDetector(file === undefined ? {} : { detector: file }, context);
  const wanted = [
    { option: "--output", path: output },
    ...(summary === undefined ? [] : [{ option: "--summary", path: summary }]),
  ];
  const read = [...options.inputs, file, options.rules].filter((path) => path !== undefined);
  const [lines, summaryTarget] = await planOutputs(wanted, read, context);
  const outputs: Output[] = [];
  try {
    for (const target of [lines, summaryTarget])
      if (target !== undefined) outputs.push(await openOutput(target, context));
    const [linesOutput, summaryOutput = null] = outputs as [Output, Output?];
    const places = { lines: linesOutput, summary: summaryOutput };
    const judging =
      reference === null
        ? Judging.begin(options, detector, places, context)
        : Judging.begin(options, detector, places, context, [reference]);
    await takeAll(input, (message) => judging.take(message), context);
    const { summaries, code } = await judging.finish();
    for (const result of summaries) context.log.print(verdictLine(result));
    return code;
  } catch (error) {
    for (const one of outputs) await one.discard();
    if (error instanceof OutputClosed) return 0;
    throw error;
  }
}

/** Sums the windows of a run that were good or had too few hits for a judgement. */
async function goodPart(
  name: string,
  options: { rules?: string; detector?: string },
  context: CliContext,
): Promise<Reference> {
  const { detector } = chooseDetector(
    options.detector === undefined ? {} : { detector: options.detector },
    context,
  );
  const rules = readRules(options, context);
  let judge = new RunJudge({ rules, detector });
  const sums: { sum: WindowSum | null; leftOut: number; waiting: WindowMessage | null } = {
    ...{ sum: null, leftOut: 0, waiting: null },
  };
  const nullBatches = new NullBatches();
  const add = (message: WindowMessage): void => {
    if (judge.state === "good" || judge.state === "too_few") {
      addWindow((sums.sum ??= emptySum(message)), message);
      nullBatches.add(message);
    } else sums.leftOut += 1;
  };
  await takeAll(
    name,
    (message) => {
      const { waiting } = sums;
      if (waiting !== null && isOtherRun(waiting.run, message)) {
        judge.finish();
        add(waiting);
        judge = new RunJudge({ rules, detector });
        judge.take(message);
        sums.waiting = message;
        return;
      }
      judge.take(message);
      if (waiting !== null && waiting.window.start_ms !== message.window.start_ms) add(waiting);
      sums.waiting = message;
    },
    context,
  );
  judge.finish();
  if (sums.waiting !== null) add(sums.waiting);
  const { sum, leftOut } = sums;
  if (sum === null) throw new MuonitorError(`${name}: contains no good window to compare with`);
  const left = leftOut === 0 ? "" : `, ${leftOut} not good and excluded`;
  if (leftOut > 0)
    context.log.warn(`${name}: ${leftOut} windows are not good and are excluded from the reference`);
  const goodness = nullBatches.finish(sum.segment_chamber);
  return {
    ...referenceOf(sum, basename(name), `compare ${name}: ${sum.windows} windows${left}`, 0),
    ...(goodness !== undefined && { goodness }),
  };
}
