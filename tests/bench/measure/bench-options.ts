/** Options of the long benches: amount of data, selection of studies, conditions. */
import { parseArgs } from "node:util";

export interface BenchOptions {
  /** Fraction of the rows, 0..1: 1 for a measurement, less for a trial. */
  scale: number;
  /** Names of the studies to run; default: all. */
  only: readonly string[];
  /** Description of other load on the machine, shown on the page. */
  conditions: string;
}

/** Minimum number of rows in a run. */
const leastRows = 20_000;

/** @throws Error for an unknown option or study */
export function readBenchOptions(studies: readonly string[], args = process.argv.slice(2)): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: "string", default: "1" },
      only: { type: "string", default: studies.join(",") },
      conditions: { type: "string", default: "on an otherwise idle machine" },
    },
  });
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1))
    throw new Error(`--scale must be above 0 and at most 1, not ${values.scale}`);
  const only = values.only.split(",");
  const unknown = only.find((name) => !studies.includes(name));
  if (unknown !== undefined)
    throw new Error(`unknown study "${unknown}"; the studies are ${studies.join(", ")}`);
  return { scale, only, conditions: values.conditions };
}

export function scaled(rows: number, { scale }: BenchOptions): number {
  return Math.max(Math.min(rows, leastRows), Math.round(rows * scale));
}
