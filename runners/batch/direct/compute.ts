/** Runs accumulation and merge of a bounded run in this thread or in several. */
import type { ResultSpan } from "../../../pipeline/model/index.js";
import { DirectHalves } from "../../../pipeline/beam/direct.js";
import {
  unpackRecords,
  type ByteFormat,
  type Partial,
  type PipelineConfig,
} from "../../../pipeline/steps/index.js";
import type { Bundle } from "./bundles.js";
import { windowLines, type WindowLines } from "./window-lines.js";

/** Receives partial results one by one, because a bundle may have many. The order of the bundles is arbitrary. */
export type TakePartial = (partial: Partial) => void;

/** What all bundles and windows of a run have in common. */
export interface RunSettings {
  /** `format` is that of packs; each bundle has its own. */
  config: PipelineConfig;
  /** Which windows are whole. */
  span: ResultSpan;
}

/** Runs a limited number of accumulations and merges at a time; an error ends the run. */
export interface Compute {
  /** Resolves with a buffer as soon as one is free; the bundle may still be in progress. */
  accumulate(bundle: Bundle): Promise<Uint8Array>;
  /** @param pack packed records of a topic; ownership passes to the callee */
  accumulatePack(pack: Uint8Array): Promise<void>;
  /** Resolves when all bundles are done. */
  settled(): Promise<void>;
  /** Messages of some windows, in ascending order of the windows. */
  merge(group: readonly Partial[]): Promise<WindowLines>;
  /** Number of groups that may be merged at a time. */
  readonly width: number;
  close(): Promise<void>;
}

/** The work of a run that one thread does; its pipelines are built once. */
export class RunWork {
  private readonly halves = new Map<ByteFormat, DirectHalves>();

  constructor(private readonly settings: RunSettings) {}

  private of(format: ByteFormat): DirectHalves {
    let halves = this.halves.get(format);
    if (halves === undefined) {
      const { config, span } = this.settings;
      this.halves.set(format, (halves = new DirectHalves({ ...config, format }, span)));
    }
    return halves;
  }

  /** Decodes and accumulates the pieces of a bundle. */
  accumulateBundle({ format, buffer, pieces }: Bundle, take: TakePartial): Promise<void> {
    const records = pieces.map(({ from, to }) => ({
      key: null,
      value: buffer.subarray(from, to),
      timestampMs: 0,
      partition: 0,
    }));
    return this.of(format).accumulate(records, take);
  }

  /** Decodes and accumulates packed records. */
  accumulatePack(pack: Uint8Array, take: TakePartial): Promise<void> {
    return this.of(this.settings.config.format).accumulate(unpackRecords(pack), take);
  }

  async merge(group: readonly Partial[]): Promise<WindowLines> {
    for (const halves of this.halves.values()) halves.endAccumulation();
    return windowLines(await this.of(this.settings.config.format).merge(group));
  }
}

/** Runs everything in this thread, which is best for runs that end before a worker thread would have started. */
export class OneThread implements Compute {
  readonly width = 1;
  private readonly work: RunWork;

  constructor(
    settings: RunSettings,
    private readonly take: TakePartial,
  ) {
    this.work = new RunWork(settings);
  }

  async accumulate(bundle: Bundle): Promise<Uint8Array> {
    await this.work.accumulateBundle(bundle, this.take);
    return bundle.buffer;
  }

  accumulatePack(pack: Uint8Array): Promise<void> {
    return this.work.accumulatePack(pack, this.take);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  merge(group: readonly Partial[]): Promise<WindowLines> {
    return this.work.merge(group);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
