/**
 * A bounded run on Beam's direct runner: inputs → bundles → partial results → messages in window order.
 * The runner holds a run's elements in memory, so rows are accumulated per bundle and partial results are merged per
 * group of windows. Large inputs use several threads. Partial results are buffered in memory, then on disk.
 */
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import {
  createLedger,
  fullTimeRange,
  InputError,
  mergeLedger,
  type Ledger,
  type ResultSpan,
  type SourceRanges,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import type { WindowJson } from "../../../pipeline/beam/index.js";
import {
  extractSources,
  isGzipName,
  mergeSources,
  noWindowStartMs,
  readPartialHeader,
  type Partial,
  type PipelineConfig,
  type Sources,
} from "../../../pipeline/steps/index.js";
import { BundleReader, type Bundle } from "./bundles.js";
import type { Compute, RunSettings } from "./compute.js";
import { ThreadPool } from "./thread-pool.js";
import { messagesIn, type WindowLines } from "./window-lines.js";
import type { Input } from "../../input/inputs.js";
import { PartialStore } from "./partial-store.js";
import { readInput } from "../../input/read-input.js";

export interface BoundedRunOptions {
  /** `format` is set by each input. */
  config: PipelineConfig;
  inputs: readonly Input[];
  /** Packed records of a topic, read after the inputs. */
  packs?: Iterable<Uint8Array>;
  /** Range of the complete windows; default all. */
  span?: ResultSpan;
  stdin: Readable;
  /** Receives the messages, ordered by run and window; the run awaits it. */
  output: (message: WindowJson) => Promise<void>;
  /** If present, receives the messages of several windows at once instead, as JSON Lines. */
  outputLines?: (lines: Uint8Array) => Promise<void>;
  /** Called for each input that cannot be read; the others are still read. */
  complain: (error: InputError) => void;
  /** Called with the reason when the content of an input does not match its format. */
  warn?: (line: string) => void;
  progress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Maximum number of threads; small inputs need only one. Default 1. */
  threads?: number;
  /**
   * Whether a small input is processed in a separate thread too, not in the calling thread. The bundle of a thread loads
   * faster than the modules of the pipeline, but it must have been built. Default false.
   */
  ownThread?: boolean;
  /** Size of a bundle; default 32 MiB, with several threads 16 MiB, less for small inputs. */
  bundleBytes?: number;
  /** Limit of the partial results in memory; the rest is stored on disk. Default 32 MiB. */
  memoryBytes?: number;
  /** Folder for temporary files; default the system's temporary folder. */
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
  /** Paths of inputs that could not be read completely. */
  unreadable: string[];
  /** For a topic: the ranges of messages read from each producer. */
  sources?: SourceRanges[];
}

const oneThreadBundleBytes = 32 << 20;
const threadBundleBytes = 16 << 20;
/** Inputs up to this size are processed before threads would have started. */
const oneThreadBytes = 96 << 20;
const defaultMemoryBytes = 32 << 20;
/**
 * Limits of a group of windows that are merged together: number of windows, and bytes of their partial results. Each
 * group is one run of the pipeline, which takes 4 ms to build.
 */
const [windowsPerGroup, bytesPerGroup] = [64, 8 << 20];

export async function runBounded(options: BoundedRunOptions): Promise<BoundedRunSummary> {
  const run = new BoundedRun(options);
  try {
    await run.readInputs();
    await run.writeMessages();
    return run.summary;
  } finally {
    await run.close();
  }
}

/** Number of threads and size of a bundle; small inputs need neither several threads nor a large buffer. */
interface Sizes {
  threads: number;
  /** Whether all threads will be needed; false for compressed inputs, whose size is unknown. */
  isLarge: boolean;
  /** Whether all inputs together are small: a second heap, that of a thread, takes memory which a long run needs. */
  isSmall: boolean;
  bundleBytes: number;
}

function sizesFor({ inputs, packs, threads = 1, bundleBytes }: BoundedRunOptions): Sizes {
  const bytes = inputs.reduce(
    (sum, { size, path }) => sum + (size === null || isGzipName(path) ? Infinity : size),
    packs === undefined ? 0 : Infinity,
  );
  const isSmall = bytes <= oneThreadBytes;
  const isOne = threads === 1 || (bundleBytes === undefined && isSmall);
  const most = isOne ? oneThreadBundleBytes : threadBundleBytes;
  return {
    threads: isOne ? 1 : threads,
    isLarge: !isOne && !isSmall && Number.isFinite(bytes),
    isSmall,
    bundleBytes: bundleBytes ?? Math.min(bytes + 1, most),
  };
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
  private readonly threads: number;
  private readonly hasOwnThread: boolean;
  private readonly settings: RunSettings;
  private readonly take = (partial: Partial): void => this.takePartial(partial);
  /** Null before it is needed. */
  private compute: Compute | null = null;

  constructor(private readonly options: BoundedRunOptions) {
    const { config, temporaryFolder, memoryBytes } = options;
    const { threads, isLarge, isSmall, bundleBytes } = sizesFor(options);
    this.threads = threads;
    this.hasOwnThread = isSmall && options.ownThread === true;
    this.settings = { config, span: options.span ?? fullTimeRange };
    this.store = new PartialStore(
      config.windowMs,
      temporaryFolder ?? tmpdir(),
      memoryBytes ?? defaultMemoryBytes,
    );
    this.reader = new BundleReader((bundle) => this.accumulate(bundle), bundleBytes);
    // The threads start while the first bundle is read.
    if (isLarge) this.startThreads(this.threads);
    else if (this.hasOwnThread) this.startThreads(1);
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
    for (const pack of this.options.packs ?? []) {
      this.startThreads(this.threads);
      await (await this.ready()).accumulatePack(pack);
      this.report();
      this.options.signal?.throwIfAborted();
    }
    await this.compute?.settled();
    this.report();
    this.options.signal?.throwIfAborted();
    if (this.options.packs !== undefined) this.summary.sources = extractSources(this.sources);
  }

  private async accumulate(bundle: Bundle): Promise<Uint8Array> {
    this.options.signal?.throwIfAborted();
    // A buffer that is more than half full suggests a large input.
    if ((bundle.pieces.at(-1)?.to ?? 0) > bundle.buffer.length / 2) this.startThreads(this.threads);
    const buffer = await (await this.ready()).accumulate(bundle);
    this.report();
    return buffer;
  }

  private startThreads(count: number): void {
    const { bufferBytes } = this.reader;
    if (this.compute instanceof ThreadPool) return this.compute.widen(count, bufferBytes);
    if (count === 1 && !this.hasOwnThread) return;
    this.compute = new ThreadPool(this.settings, count, bufferBytes, this.take);
  }

  /** Returns the threads; without threads, loads the pipeline into this one. */
  private async ready(): Promise<Compute> {
    if (this.compute === null) {
      const { OneThread } = await import("./compute.js");
      this.compute ??= new OneThread(this.settings, this.take);
    }
    return this.compute;
  }

  private takePartial(partial: Partial): void {
    const header = readPartialHeader(partial.bytes);
    mergeLedger(this.summary.ledger, header.ledger);
    mergeSources(this.sources, header.sources);
    if (partial.windowStartMs !== noWindowStartMs) this.store.add(partial);
  }

  /** Merges several groups ahead and writes the results in order. */
  async writeMessages(): Promise<void> {
    const { signal } = this.options;
    const ahead: Promise<WindowLines>[] = [];
    for (const group of this.store.groups(windowsPerGroup, bytesPerGroup)) {
      signal?.throwIfAborted();
      const compute = await this.ready();
      const merged = compute.merge(group);
      // An error is thrown when the group is written.
      merged.catch(() => undefined);
      ahead.push(merged);
      const first = ahead.length >= compute.width ? ahead.shift() : undefined;
      if (first !== undefined) await this.write(await first);
    }
    for (const merged of ahead) await this.write(await merged);
  }

  private async write(lines: WindowLines): Promise<void> {
    const { signal, config, output, outputLines } = this.options;
    signal?.throwIfAborted();
    if (config.time === "detector" && outputLines !== undefined) {
      await outputLines(lines.bytes);
      this.summary.windows += lines.runs.length;
      return this.report();
    }
    for (const message of messagesIn(lines)) {
      if (config.time === "arrival" && !hasWellFormedRow(message)) continue;
      await output(message);
      this.summary.windows += 1;
    }
    this.report();
  }

  private report(): void {
    const { ledger, windows } = this.summary;
    this.options.progress?.({ bytesRead: this.reader.bytesRead, rows: ledger.rows, windows });
  }

  async close(): Promise<void> {
    await this.compute?.close();
    this.store.close();
  }
}
