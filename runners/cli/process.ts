/** `process`: a bounded run over files. */
import { resolve } from "node:path";
import {
  defaultDetector,
  defaultWindowSeconds,
  InputError,
  maxWindowSeconds,
  minWindowSeconds,
  type Ledger,
} from "../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import { runBounded, type BoundedRunSummary } from "../direct/bounded-run.js";
import { fileFormats, findInputs, standardInput, type FileFormat, type Input } from "../direct/inputs.js";
import { openOutput, OutputClosed, type Output } from "./output.js";
import { createProgressLine } from "./progress.js";
import { wholeNumber, type CliContext, type OptionValues, type Verb } from "./verb.js";

interface ProcessOptions {
  input: string[];
  output: string;
  summary?: string;
  format: FileFormat;
  window: number;
}

export const processVerb: Verb = {
  name: "process",
  summary: "make window messages from files, once",
  description: `Reads files to their end and writes one message of data_clean per window, in window order, as JSON Lines.
The same rows always give the same messages, whatever their order, their files and their formats; only
emitted_ms differs. Rows that are malformed have no time and are counted in the summary alone.`,
  options: [
    {
      flags: "--input <path>",
      description: `file, directory (its files in order of name, hidden ones left out) or ${standardInput} for standard input; can be given more than once`,
      required: true,
      repeatable: true,
    },
    {
      flags: "--output <path>",
      description: `file for the messages, or ${standardInput} for standard output`,
      default: "-",
    },
    { flags: "--summary <path>", description: "file for the ledger of the whole run, as JSON" },
    {
      flags: "--format <format>",
      description:
        "of the input; auto goes by the name: .dat, .json .jsonl .ndjson, all else csv (.gz is taken off first)",
      choices: fileFormats,
      default: "auto",
    },
    {
      flags: "--runner <runner>",
      description: "where the pipeline runs",
      choices: ["direct"],
      default: "direct",
    },
    {
      flags: "--time <clock>",
      description: "clock that puts rows into windows: detector is the orbit counter",
      choices: ["detector"],
      default: "detector",
    },
    {
      flags: "--window <seconds>",
      description: `length of a window in s, ${minWindowSeconds} to ${maxWindowSeconds}`,
      parse: wholeNumber(minWindowSeconds, maxWindowSeconds),
      default: defaultWindowSeconds,
    },
  ],
  examples: [
    "muonitor process --input run12/ --output run12.jsonl --summary run12.json",
    "zcat data.txt.gz | muonitor process --input - | head -n 1",
  ],
  run: (options, context) => processFiles(options as OptionValues & ProcessOptions, context),
};

async function processFiles(options: ProcessOptions, context: CliContext): Promise<number> {
  const started = performance.now();
  const unreadable: string[] = [];
  const progress = createProgressLine(context.stderr);
  const complain = (error: InputError): void => {
    progress.clear();
    context.log.error(error.message);
  };
  const inputs = await allInputs(options, context, (error) => {
    unreadable.push(error.input);
    complain(error);
  });
  const totalBytes = inputs.reduce<number | null>(
    (sum, { size, path }) => (sum === null || size === null || path.endsWith(".gz") ? null : sum + size),
    0,
  );
  const outputs: Output[] = [];
  const openNext = async (path: string): Promise<Output> => {
    const output = await openOutput(path, context);
    outputs.push(output);
    return output;
  };
  try {
    const output = await openNext(options.output);
    const summaryOutput = options.summary === undefined ? null : await openNext(options.summary);
    const summary = await runBounded({
      config: {
        ...defaultPipelineConfig,
        detector: defaultDetector,
        time: "detector",
        windowMs: options.window * 1000,
      },
      inputs,
      stdin: context.stdin,
      output: ({ json }) => output.write(`${json}\n`),
      complain,
      progress: (state) => progress.show(state, totalBytes),
      signal: context.signal,
    });
    progress.clear();
    summary.unreadable.unshift(...unreadable);
    await output.close();
    if (summaryOutput !== null) await writeSummary(summaryOutput, summary);
    context.log.say(summaryLine(summary, (performance.now() - started) / 1000));
    return summary.unreadable.length > 0 ? 1 : 0;
  } catch (error) {
    progress.clear();
    for (const output of outputs) await output.discard();
    if (error instanceof OutputClosed) return 0;
    throw error;
  }
}

async function allInputs(
  options: ProcessOptions,
  context: CliContext,
  complain: (error: InputError) => void,
): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const path of options.input) {
    const full = path === standardInput ? path : resolve(context.folder, path);
    inputs.push(...(await findInputs(full, options.format, complain)));
  }
  return inputs;
}

async function writeSummary(output: Output, { ledger, unreadable }: BoundedRunSummary): Promise<void> {
  const summary = unreadable.length > 0 ? { ...ledger, unreadable } : ledger;
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
