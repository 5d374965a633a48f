/**
 * A bounded run on Beam's direct runner: inputs → bundles → partial results → messages in window order.
 * The runner holds a run's elements in memory, so the first half of the pipeline runs per bundle and the second per
 * group of windows; between them the partial results wait, on disk if need be.
 */
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import {
  createLedger,
  InputError,
  mergeLedger,
  type Ledger,
  type RawRecord,
  type ResultSpan,
  type SourceRanges,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { accumulateDirect, mergeDirect, type WindowJson } from "../../../pipeline/beam/index.js";
import {
  extractSources,
  isGzipName,
  mergeSources,
  noWindowStartMs,
  readPartialHeader,
  type PipelineConfig,
  type Sources,
} from "../../../pipeline/steps/index.js";
import { BundleReader, type Bundle } from "./bundles.js";
import type { Input } from "../../input/inputs.js";
import { PartialStore } from "./partial-store.js";
import { readInput } from "../../input/read-input.js";

export interface BoundedRunOptions {
  /** `format` is set by each input. */
  config: PipelineConfig;
  inputs: readonly Input[];
  /** Records of a topic, read after the inputs; bundle by bundle. */
  records?: Iterable<readonly RawRecord[]>;
  /** Which windows are whole; default all. */
  span?: ResultSpan;
  stdin: Readable;
  /** Takes the messages, by run and window; the run waits for it. */
  output: (message: WindowJson) => Promise<void>;
  /** Is told of inputs that cannot be read; the others are read all the same. */
  complain: (error: InputError) => void;
  /** Gets the reason when the content of an input is not what its format says. */
  warn?: (line: string) => void;
  progress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Size of a bundle; default 48 MiB, less for small inputs. */
  bundleBytes?: number;
  /** Partial results that are kept in memory before they go to disk; default 32 MiB. */
  memoryBytes?: number;
  /** Where temporary files are made; default the system's folder for them. */
  temporaryFolder?: string;
}

export interface Progress {
  bytesRead: number;
  rows: number;
  windows: number;
}

export interface BoundedRunSummary {
  ledger: Ledger;
  windows: number;
  /** Paths of inputs that could not be read, or not to their end. */
  unreadable: string[];
  /** Of a topic: which messages of which producers were read. */
  sources?: SourceRanges[];
}

const defaultBundleBytes = 48 << 20;
const defaultMemoryBytes = 32 << 20;
const windowsPerRun = 32;

export async function runBounded(options: BoundedRunOptions): Promise<BoundedRunSummary> {
  const run = new BoundedRun(options);
  try {
    await run.readInputs();
    await run.writeMessages();
    return run.summary;
  } finally {
    run.close();
  }
}

/** Small inputs need no large buffer. */
function bundleBytesFor(inputs: readonly Input[]): number {
  const bytes = inputs.reduce(
    (sum, { size, path }) => sum + (size === null || isGzipName(path) ? Infinity : size),
    0,
  );
  return Math.min(bytes + 1, defaultBundleBytes);
}

/** In a bounded run a window exists when a well-formed row falls into it; malformed rows have no detector time. */
function hasWellFormedRow({ json }: WindowJson): boolean {
  const { ledger } = JSON.parse(json) as WindowMessage;
  return ledger.rows > ledger.malformed;
}

class BoundedRun {
  readonly summary: BoundedRunSummary = { ledger: createLedger(), windows: 0, unreadable: [] };
  private readonly sources: Sources = new Map();
  private readonly store: PartialStore;
  private readonly reader: BundleReader;

  constructor(private readonly options: BoundedRunOptions) {
    const { config, temporaryFolder, memoryBytes, bundleBytes } = options;
    this.store = new PartialStore(
      config.windowMs,
      temporaryFolder ?? tmpdir(),
      memoryBytes ?? defaultMemoryBytes,
    );
    this.reader = new BundleReader(
      (bundle) => this.accumulate(bundle),
      bundleBytes ?? bundleBytesFor(options.inputs),
    );
  }

  async readInputs(): Promise<void> {
    for (const input of this.options.inputs) {
      this.options.signal?.throwIfAborted();
      try {
        await readInput(this.reader, input, this.options);
      } catch (error) {
        this.options.signal?.throwIfAborted();
        if (!(error instanceof InputError)) throw error;
        this.summary.unreadable.push(input.path);
        this.options.complain(error);
      }
    }
    this.options.signal?.throwIfAborted();
    await this.reader.flush();
    for (const records of this.options.records ?? []) {
      await this.accumulateRecords(this.options.config, records);
    }
    if (this.options.records !== undefined) this.summary.sources = extractSources(this.sources);
  }

  private accumulate({ format, pieces }: Bundle): Promise<void> {
    const records = pieces.map((value) => ({ key: null, value, timestampMs: 0, partition: 0 }));
    return this.accumulateRecords({ ...this.options.config, format }, records);
  }

  private async accumulateRecords(config: PipelineConfig, records: readonly RawRecord[]): Promise<void> {
    this.options.signal?.throwIfAborted();
    await accumulateDirect(config, records, (partial) => {
      const header = readPartialHeader(partial.bytes);
      mergeLedger(this.summary.ledger, header.ledger);
      mergeSources(this.sources, header.sources);
      if (partial.windowStartMs !== noWindowStartMs) this.store.add(partial);
    });
    this.report();
  }

  async writeMessages(): Promise<void> {
    for (const group of this.store.groups(windowsPerRun)) {
      this.options.signal?.throwIfAborted();
      for (const message of await mergeDirect(this.options.config, group, {}, this.options.span)) {
        if (this.options.config.time === "arrival" && !hasWellFormedRow(message)) continue;
        await this.options.output(message);
        this.summary.windows += 1;
      }
      this.report();
    }
  }

  private report(): void {
    const { ledger, windows } = this.summary;
    this.options.progress?.({ bytesRead: this.reader.bytesRead, rows: ledger.rows, windows });
  }

  close(): void {
    this.store.close();
  }
}
