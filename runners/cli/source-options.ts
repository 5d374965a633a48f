/** Sources of rows as options: the simulator, or files; shared by `up` and `produce`. */
import { resolve } from "node:path";
import { InputError, UsageError } from "../../pipeline/model/index.js";
import {
  createFileSource,
  createStreamSource,
  defaultRateHz,
  maxRowsPerMessage,
  Simulator,
  type RowSource,
} from "../../producer/index.js";
import { findInputs, standardInput, type Input } from "../direct/inputs.js";
import { realNumber, wholeNumber, type CliContext, type OptionSpec } from "./verb.js";

export interface SourceOptions {
  source: "simulator" | "file";
  input?: string[];
  loop: boolean;
  rate: number;
  rowsPerMessage: number;
  seed: number;
}

/** Rows per message of the read-out as the earlier systems sent it is 1; 10 keeps a live system light. */
const defaultRowsPerMessage = 10;
const maxRateHz = 100_000_000;

export const sourceOptions: readonly OptionSpec[] = [
  {
    flags: "--source <source>",
    description: "where rows come from: the simulator of the telescope, or the files of --input",
    choices: ["simulator", "file"],
    default: "simulator",
  },
  {
    flags: "--input <path>",
    description:
      "CSV file (.gz too), directory or - for standard input; implies --source file; can be given more than once",
    repeatable: true,
  },
  { flags: "--loop", description: "begin again at the end of the files", default: false },
  {
    flags: "--rate <rows/s>",
    description: "rows per second, 0 for as fast as it goes",
    parse: realNumber(0, maxRateHz),
    default: defaultRateHz,
  },
  {
    flags: "--rows-per-message <rows>",
    description: `rows in one message, 1 to ${maxRowsPerMessage}`,
    parse: wholeNumber(1, maxRowsPerMessage),
    default: defaultRowsPerMessage,
  },
  {
    flags: "--seed <number>",
    description: "of the simulator: the same seed gives the same muons",
    parse: wholeNumber(0, 4294967295),
    default: 1,
  },
];

export interface ChosenSource {
  rows: RowSource;
  id: string;
  demo: boolean;
  rateHz: number;
  rowsPerMessage: number;
  /** In words, for people. */
  description: string;
}

/** @throws UsageError or InputError when there is nothing to read */
export async function chooseSource(options: SourceOptions, context: CliContext): Promise<ChosenSource> {
  const common = { rateHz: options.rate, rowsPerMessage: options.rowsPerMessage };
  const speed = options.rate === 0 ? "as fast as it goes" : `${options.rate} rows/s`;
  if (options.source === "simulator" && options.input === undefined) {
    const rows = new Simulator({
      seed: options.seed,
      rateHz: options.rate === 0 ? defaultRateHz : options.rate,
    });
    return { ...common, rows, id: "simulator", demo: true, description: `simulator, ${speed}` };
  }
  const paths = await inputPaths(options.input ?? [], context);
  const rows = paths.includes(standardInput)
    ? createStreamSource({ inputs: [{ name: "standard input", open: () => context.stdin }] })
    : createFileSource({ paths, loop: options.loop });
  return { ...common, rows, id: "file", demo: false, description: `${describe(paths)}, ${speed}` };
}

async function inputPaths(inputs: string[], { folder }: CliContext): Promise<string[]> {
  if (inputs.length === 0) throw new UsageError("--source file needs --input PATH");
  if (inputs.includes(standardInput) && inputs.length > 1) {
    throw new UsageError(`--input ${standardInput} cannot be combined with other inputs`);
  }
  const found: Input[] = [];
  for (const input of inputs) {
    const path = input === standardInput ? input : resolve(folder, input);
    found.push(
      ...(await findInputs(path, "auto", (error) => {
        throw error;
      })),
    );
  }
  const other = found.find(({ format }) => format !== "csv");
  if (other !== undefined) throw new InputError(other.path, "only CSV files can be replayed");
  if (found.length === 0) throw new InputError(inputs.join(", "), "there is no file to read");
  return found.map(({ path }) => path);
}

function describe(paths: string[]): string {
  if (paths.length > 1) return `${paths.length} files`;
  return paths[0] === standardInput ? "standard input" : (paths[0] as string);
}
