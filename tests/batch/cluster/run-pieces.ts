/** The clusters' bounded job on Beam's direct runner: the same functions and folder, without Java. */
import { Readable } from "node:stream";
import { boundedWindows, type Piece } from "../../../pipeline/beam/index.js";
import { directRunner, type Root } from "../../../pipeline/beam/sdk.js";
import { fullTimeRange, type ResultSpan } from "../../../pipeline/model/index.js";
import type { PipelineConfig } from "../../../pipeline/steps/index.js";
import { collectRun } from "../../../runners/batch/cluster/collect.js";
import { Outcomes } from "../../../runners/batch/cluster/outcomes.js";
import { planPieces, writePieces } from "../../../runners/batch/cluster/plan.js";
import { RunFolder } from "../../../runners/batch/cluster/run-folder.js";
import type { PieceDraft } from "../../../runners/batch/cluster/staging.js";
import type { BoundedRunSummary } from "../../../runners/batch/direct/bounded-run.js";
import { defaultLayout, layoutInputs } from "../../../runners/cli/layout-options.js";
import { findInputs, inLayout, type FileFormat } from "../../../runners/input/inputs.js";
import { withoutEmittedMs } from "../../reference/compare.js";

export interface PiecesOutcome extends BoundedRunSummary {
  lines: string[];
  complaints: string[];
  pieces: Piece[];
}

export interface PiecesOptions {
  /** Folder of runs. */
  parent: string;
  config: PipelineConfig;
  pieceBytes?: number;
  stdin?: Readable;
  format?: FileFormat;
  /** Value of `--layout`. */
  layout?: string;
  span?: ResultSpan;
  /** Pieces to use for a path instead of those cut from it. */
  drafts?: (folder: RunFolder) => Promise<PieceDraft[]>;
  /** Callbacks: between cutting and reading, and after reading. */
  meanwhile?: () => void;
  afterwards?: (folder: RunFolder) => Promise<void> | void;
  /** Number of times that all work is done. */
  attempts?: number;
}

const signal = new AbortController().signal;

export async function runPieces(path: string, options: PiecesOptions): Promise<PiecesOutcome> {
  const { config, span = fullTimeRange, attempts = 1 } = options;
  const folder = new RunFolder(options.parent, null);
  const { shared } = folder;
  const lines: string[] = [];
  const complaints: string[] = [];
  const early: string[] = [];
  const complain = (error: { message: string }): void => void complaints.push(error.message);
  try {
    const drafts = await (options.drafts?.(folder) ??
      planPieces({
        inputs: inLayout(
          await findInputs(path, options.format ?? "auto", complain),
          layoutInputs({ layout: options.layout ?? defaultLayout, skipBlocks: 0 }),
        ),
        stdin: options.stdin ?? Readable.from([]),
        folder: folder.staged,
        pieceBytes: options.pieceBytes ?? 1 << 20,
        complain: (error) => {
          early.push(error.input);
          complain(error);
        },
        progress: () => undefined,
        signal,
      }));
    const pieces = writePieces(shared, drafts);
    options.meanwhile?.();
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      await directRunner().run((root: Root) => boundedWindows(root, { config, folder: shared, span }));
      await options.afterwards?.(folder);
    }
    const summary = await collectRun(
      {
        shared,
        isTopic: options.drafts !== undefined,
        output: ({ json }) => {
          lines.push(withoutEmittedMs(json));
          return Promise.resolve();
        },
        complain,
        progress: () => undefined,
        signal,
      },
      pieces,
      new Outcomes(shared),
    );
    summary.unreadable.unshift(...early);
    return { ...summary, lines, complaints, pieces };
  } finally {
    folder.remove(false);
  }
}
