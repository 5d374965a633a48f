/** Bounded runs for tests, with the errors that they report and the files that they leave behind. */
import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { defaultPipelineConfig } from "../../../pipeline/steps/index.js";
import {
  runBounded,
  type BoundedRunOptions,
  type BoundedRunSummary,
} from "../../../runners/batch/direct/bounded-run.js";
import { defaultLayout, layoutInputs } from "../../../runners/cli/layout-options.js";
import { findInputs, inLayout } from "../../../runners/input/inputs.js";
import { withoutEmittedMs } from "../../reference/compare.js";

export interface Outcome extends BoundedRunSummary {
  lines: string[];
  complaints: string[];
}

type Options = Partial<Omit<BoundedRunOptions, "inputs" | "complain">> & { layout?: string };

/** One-second windows, so that there are several. */
export async function boundedRun(path: string, options: Options = {}): Promise<Outcome> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const summary = await runBounded({
    config: { ...defaultPipelineConfig, time: "detector", windowMs: 1000 },
    stdin: Readable.from([]),
    output: ({ json }) => {
      lines.push(withoutEmittedMs(json));
      return Promise.resolve();
    },
    ...options,
    inputs: inLayout(
      await findInputs(path, "auto", (error) => complaints.push(error.message)),
      layoutInputs({ layout: options.layout ?? defaultLayout, skipBlocks: 0 }),
    ),
    complain: (error) => complaints.push(error.message),
  });
  return { ...summary, lines, complaints };
}

/** Names of the files in a folder. */
export function contentOf(folder: string): string[] {
  return readdirSync(folder);
}
