/**
 * Single entry point of the implementation for comparison tests: a bounded run on the direct runner, in this process.
 */
import { Readable } from "node:stream";
import { findInputs, type FileFormat } from "../../runners/input/inputs.js";
import { runBounded, type BoundedRunOptions } from "../../runners/batch/direct/bounded-run.js";
import { defaultDetector, type DetectorConfig } from "../../pipeline/model/detector.js";
import type { Ledger } from "../../pipeline/model/ledger.js";
import type { WindowMessage } from "../../pipeline/model/message.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";

export interface ProcessOptions extends Pick<
  BoundedRunOptions,
  "bundleBytes" | "memoryBytes" | "temporaryFolder"
> {
  windowSeconds?: number;
  format?: FileFormat;
  orbitShards?: number;
  detector?: DetectorConfig;
  /** Standard input for the path `-`. */
  stdin?: Readable;
}

interface ProcessedFile {
  messages: WindowMessage[];
  lines: string[];
  summary: Ledger;
  unreadable: string[];
}

/** A bounded run of the implementation over a file or directory in detector time. */
export async function processFile(path: string, options: ProcessOptions = {}): Promise<ProcessedFile> {
  const {
    windowSeconds = 5,
    format = "auto",
    orbitShards = 1,
    detector = defaultDetector,
    stdin = Readable.from([]),
    ...limits
  } = options;
  const lines: string[] = [];
  const unreadable: string[] = [];
  const inputs = await findInputs(path, format, (error) => unreadable.push(error.input));
  const { ledger, unreadable: broken } = await runBounded({
    ...limits,
    config: {
      ...defaultPipelineConfig,
      detector,
      time: "detector",
      windowMs: windowSeconds * 1000,
      orbitShards,
    },
    inputs,
    stdin,
    output: ({ json }) => {
      lines.push(json);
      return Promise.resolve();
    },
    complain: () => undefined,
  });
  const messages = lines.map((line) => JSON.parse(line) as WindowMessage);
  return { messages, lines, summary: ledger, unreadable: [...unreadable, ...broken] };
}
