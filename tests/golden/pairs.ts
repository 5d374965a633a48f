/** The golden pairs of a folder: inputs with their messages and summaries. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Ledger } from "../../pipeline/model/ledger.js";
import type { ReferenceMessage } from "../reference/summarise.js";
import { contentOf, formatOfName } from "../reference/decode.js";
import type { ReferenceInput } from "../reference/run.js";

export const validFolder = join(import.meta.dirname, "valid");
/** Pairs whose answers also have the keys of segments. */
export const muonsFolder = join(import.meta.dirname, "muons");
export const examplesFolder = join(import.meta.dirname, "examples");

/** Measured rows, which may not be published; if available, they are next to the project folder. */
const measured = join(import.meta.dirname, "../../../shared/data/minidt-real.txt");
export const hasMeasured = existsSync(measured);
export const measuredPair = (): GoldenPair => pairOf(dirname(measured), basename(measured));

const inputPattern = /\.(csv|txt|json|jsonl|ndjson|dat)(\.gz)?$/;
const answerPattern = /\.(windows\.jsonl|summary\.json)$/;

export interface GoldenPair {
  /** Name of the input file. */
  name: string;
  path: string;
  windowsPath: string;
  summaryPath: string;
}

export function pairsIn(folder: string): GoldenPair[] {
  return readdirSync(folder)
    .filter((name) => inputPattern.test(name) && !answerPattern.test(name))
    .sort()
    .map((name) => pairOf(folder, name));
}

/** Inputs of one folder must differ in more than their extensions. */
export function pairOf(folder: string, name: string): GoldenPair {
  const stem = join(folder, name.replace(inputPattern, ""));
  return {
    name,
    path: join(folder, name),
    windowsPath: `${stem}.windows.jsonl`,
    summaryPath: `${stem}.summary.json`,
  };
}

export function inputOf(pair: GoldenPair): ReferenceInput {
  return { bytes: contentOf(pair.name, readFileSync(pair.path)), format: formatOfName(pair.name) };
}

/** The expected lines, without `emitted_ms`. */
export function expectedLines(pair: GoldenPair): string[] {
  const text = readFileSync(pair.windowsPath, "utf8");
  return text.split("\n").filter((line) => line !== "");
}

export function expectedMessages(pair: GoldenPair): ReferenceMessage[] {
  return expectedLines(pair).map((line) => JSON.parse(line) as ReferenceMessage);
}

export function expectedSummary(pair: GoldenPair): Ledger {
  return JSON.parse(readFileSync(pair.summaryPath, "utf8")) as Ledger;
}
