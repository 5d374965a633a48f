/** Runs accumulation and merge of a bounded run in this thread or in several. */
import type { ResultSpan } from "../../../pipeline/model/index.js";
import { accumulateDirect, mergeDirect, type WindowJson } from "../../../pipeline/beam/direct.js";
import { unpackRecords, type Partial, type PipelineConfig } from "../../../pipeline/steps/index.js";
import type { Bundle } from "./bundles.js";

/** Receives partial results one by one, because a bundle may have many. The order of the bundles is arbitrary. */
export type TakePartial = (partial: Partial) => void;

/** Runs a limited number of accumulations and merges at a time; an error ends the run. */
export interface Compute {
  /** Resolves with a buffer as soon as one is free; the bundle may still be in progress. */
  accumulate(config: PipelineConfig, bundle: Bundle): Promise<Uint8Array>;
  /** @param pack packed records of a topic; ownership passes to the callee */
  accumulatePack(config: PipelineConfig, pack: Uint8Array): Promise<void>;
  /** Resolves when all bundles are done. */
  settled(): Promise<void>;
  /** Messages of some windows, in ascending order of the windows. */
  merge(config: PipelineConfig, group: readonly Partial[], span: ResultSpan): Promise<WindowJson[]>;
  /** Number of groups that may be merged at a time. */
  readonly width: number;
  close(): Promise<void>;
}

/** Decodes and accumulates the pieces of a bundle. */
export function accumulateBundle(
  config: PipelineConfig,
  { format, buffer, pieces }: Bundle,
  take: TakePartial,
): Promise<void> {
  const records = pieces.map(({ from, to }) => ({
    key: null,
    value: buffer.subarray(from, to),
    timestampMs: 0,
    partition: 0,
  }));
  return accumulateDirect({ ...config, format }, records, take);
}

/** Decodes and accumulates packed records. */
export function accumulatePack(config: PipelineConfig, pack: Uint8Array, take: TakePartial): Promise<void> {
  return accumulateDirect(config, unpackRecords(pack), take);
}

/** Runs everything in this thread, which is best for runs that end before a worker thread would have started. */
export class OneThread implements Compute {
  readonly width = 1;

  constructor(private readonly take: TakePartial) {}

  async accumulate(config: PipelineConfig, bundle: Bundle): Promise<Uint8Array> {
    await accumulateBundle(config, bundle, this.take);
    return bundle.buffer;
  }

  accumulatePack(config: PipelineConfig, pack: Uint8Array): Promise<void> {
    return accumulatePack(config, pack, this.take);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  merge(config: PipelineConfig, group: readonly Partial[], span: ResultSpan): Promise<WindowJson[]> {
    return mergeDirect(config, group, {}, span);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
