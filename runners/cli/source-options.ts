/** Options for the source of rows (simulator, files or a bucket), shared by `up` and `produce`. */
import { defaultDetector, parseFault, UsageError, type DetectorConfig } from "../../pipeline/model/index.js";
import {
  createStreamSource,
  defaultRateHz,
  isS3Address,
  maxRowsPerMessage,
  Simulator,
  simulatorPresetNames,
} from "../../producer/index.js";
import type { LiveSource } from "../live/production.js";
import { simulatorName } from "../live/source-names.js";
import { checkLayout, layoutOptions } from "./layout-options.js";
import { s3Options } from "./s3-options.js";
import { findSourceInputs } from "./source-inputs.js";
import { defineOption, defineOptions, realNumber, wholeNumber, type ValuesOf } from "./option.js";
import type { CliContext } from "./verb.js";

/** The earlier systems sent 1 row per message; 10 keeps the load of a live system low. */
const defaultRowsPerMessage = 10;
const maxRateHz = 100_000_000;

export const sourceOption = defineOption({
  flags: "--source <source>",
  description: "source of the rows: the simulator of the telescope, or the files or the bucket of --input",
  choices: ["simulator", "file", "s3"],
  refused: {
    kafka: "muonitor up --source kafka shows the windows of a topic; rows in Kafka need no producer",
  },
  default: "simulator",
});

/**
 * Options of a source, except its kind.
 * @param defaultRate rows/s
 */
export function rowOptions(defaultRate: number) {
  return defineOptions([
    {
      flags: "--input <path>",
      description:
        "file of rows (.gz too), directory, pattern in quotes such as 'run12/data_*.txt', s3://BUCKET/PREFIX, or - for standard input; implies the source; can be given more than once",
      repeatable: true,
    },
    ...layoutOptions,
    {
      flags: "--follow",
      description: "wait for appended rows at the end of the input, which must be a single file",
      default: false,
    },
    { flags: "--loop", description: "restart at the end of the input", default: false },
    {
      flags: "--rate <rows/s>",
      description: "rows per second, 0 for as fast as possible",
      parse: realNumber(0, maxRateHz),
      default: defaultRate,
    },
    {
      flags: "--rows-per-message <rows>",
      description: `rows per message, 1 to ${maxRowsPerMessage}`,
      parse: wholeNumber(1, maxRowsPerMessage),
      default: defaultRowsPerMessage,
    },
    {
      flags: "--seed <number>",
      description: "seed of the simulator: the same seed produces the same muons",
      parse: wholeNumber(0, 4294967295),
      default: 1,
    },
    {
      flags: "--telescope <model>",
      description: "model of the simulator: an ideal telescope, or one as measured in Legnaro",
      choices: simulatorPresetNames,
      default: "clean",
    },
    {
      flags: "--words-ahead",
      description: "simulator: hits arrive 10-12 s after the trigger words of their orbit, as measured",
      default: false,
    },
    {
      flags: "--fault <fault>",
      description:
        "simulator: a detector fault as KIND,name=value,... such as layer_loss,chamber=2,layer=3,strength=0.3,from_s=60 (producer/faults.md lists them); can be given more than once",
      repeatable: true,
    },
    ...s3Options,
  ]);
}

export type SourceOptions = ValuesOf<[typeof sourceOption, ...ReturnType<typeof rowOptions>]>;

/**
 * @param detector detector that is simulated; default: the default detector
 * @throws UsageError or InputError when there is nothing to read
 */
export async function chooseSource(
  options: SourceOptions,
  context: CliContext,
  detector?: DetectorConfig,
): Promise<LiveSource> {
  const common = { rateHz: options.rate, rowsPerMessage: options.rowsPerMessage };
  const speed = options.rate === 0 ? "as fast as possible" : `${options.rate} rows/s`;
  if (options.source === "simulator" && options.input === undefined) {
    const needless = (["loop", "follow"] as const).find((name) => options[name]);
    if (needless !== undefined) throw new UsageError(`--${needless} needs --input: the simulator has no end`);
    const rows = new Simulator({
      seed: options.seed,
      preset: options.telescope,
      wordsAhead: options.wordsAhead,
      rateHz: options.rate === 0 ? defaultRateHz : options.rate,
      ...(detector === undefined ? {} : { detector }),
    });
    const faults = options.fault?.map((text) => parseFault(text, detector ?? defaultDetector));
    if (faults !== undefined) rows.setFaults({ detector: faults });
    return { ...common, rows, id: simulatorName, demo: true, description: `simulator, ${speed}` };
  }
  if (options.fault !== undefined) throw new UsageError("--fault needs --source simulator");
  const names = checkedInputs(options);
  checkLayout(options, "auto");
  const { inputs, description } = await findSourceInputs(names, options, context);
  const rows = createStreamSource({
    inputs,
    loop: options.loop,
    onUnreadable: ({ message }) => context.log.warn(`${message}; continuing with the other inputs`),
  });
  const id = names.every(isS3Address) ? "s3" : "file";
  return { ...common, rows, id, demo: false, description: `${description}, ${speed}`, inputs };
}

function checkedInputs({ source, input = [], follow, loop }: SourceOptions): string[] {
  if (follow && loop)
    throw new UsageError("--follow and --loop cannot be combined: a followed file has no end");
  if (source === "file" && input.length === 0) throw new UsageError("--source file needs --input PATH");
  if (source === "s3" && (input.length === 0 || !input.every(isS3Address)))
    throw new UsageError("--source s3 needs --input s3://BUCKET/PREFIX");
  return input;
}
