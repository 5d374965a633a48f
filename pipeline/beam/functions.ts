/** The steps as Beam functions: registered classes, so that no closure has to be serialised. */
import {
  isKeepAlive,
  windowOfId,
  windowIdAt,
  fullTimeRange,
  type MessageWindow,
  type ResultSpan,
} from "../model/index.js";
import {
  BundleAccumulator,
  createShardResult,
  decodeShardKey,
  decodeShardResult,
  decodeWindowKey,
  encodeMessage,
  encodeShardKey,
  encodeShardResult,
  encodeWindowKey,
  mergePartials,
  mergeShardResult,
  noWindowStartMs,
  PartialCursor,
  summarise,
  type PipelineConfig,
} from "../steps/index.js";
import {
  atEndOfTime,
  justBefore,
  registerClasses,
  type DoFn,
  type KV,
  type PaneInfo,
  type WindowedValue,
} from "./sdk.js";
import { SegmentFile } from "./segment-files.js";
import { encodeShardPane, newestPanes } from "./shard-pane.js";
import { openPartial } from "./spill.js";

/** A record of `data_raw` from any source; the key is empty or null when there is none. */
export interface RecordElement {
  key: Uint8Array | null;
  value: Uint8Array | null;
  /** Record time, ms since the epoch; absent when it is Beam's element time. */
  timestampMs?: number;
}
/** By {@link encodeShardKey}: a partial result, or a reference to one. */
export type PartialElement = KV<string, Uint8Array>;
/** By {@link encodeWindowKey}: a shard result. */
export type ShardElement = KV<string, Uint8Array>;
/** By {@link encodeWindowKey}: the message as JSON. */
export type MessageElement = KV<string, string>;

/** Time of an element, provided by Beam. */
export interface TimeContext {
  time: { lookup(): { toNumber(): number } };
}

/** Firing of the window that an element belongs to, provided by Beam. */
export interface PaneContext {
  pane: { lookup(): PaneInfo };
}

const nothing = new Uint8Array(0);

/**
 * Decodes, cleanses and accumulates the records of a bundle. Partial results are emitted at its end, in arrival time
 * each with the last millisecond of its window as timestamp. Windows are assigned to partial results only: assigning
 * them to each record would cost more than all other work on a record.
 */
export class AccumulateFn implements DoFn<RecordElement, PartialElement, TimeContext | undefined> {
  readonly beamName = "Accumulate";
  private accumulator: BundleAccumulator | null = null;

  constructor(private readonly config: PipelineConfig) {}

  startBundle(): void {
    this.accumulator = new BundleAccumulator(this.config);
  }

  /** @param context needed in arrival time by elements without their own time */
  process({ key, value, timestampMs }: RecordElement, context?: TimeContext): void {
    if (key !== null && isKeepAlive(key)) return;
    const { time, windowMs } = this.config;
    const startMs =
      time === "detector"
        ? noWindowStartMs
        : windowIdAt(timestampMs ?? (context as TimeContext).time.lookup().toNumber(), windowMs) * windowMs;
    (this.accumulator as BundleAccumulator).add(startMs, key, value ?? nothing);
  }

  *finishBundle(): Generator<WindowedValue<PartialElement>> {
    for (const { bytes, ...key } of (this.accumulator as BundleAccumulator).finish()) {
      const element = { key: encodeShardKey(key), value: bytes };
      if (this.config.time === "detector") yield atEndOfTime(element);
      else yield justBefore(element, key.windowStartMs + this.config.windowMs);
    }
    this.accumulator = null;
  }
}

/** Merges the partial results of one window and orbit shard; rows without a time have no window and emit nothing. */
export class MergeShardFn implements DoFn<KV<string, Iterable<Uint8Array>>, ShardElement, PaneContext> {
  readonly beamName = "MergeShard";

  constructor(private readonly config: PipelineConfig) {}

  *process({ key, value }: KV<string, Iterable<Uint8Array>>, context: PaneContext): Generator<ShardElement> {
    const { shard, ...window } = decodeShardKey(key);
    if (window.windowStartMs === noWindowStartMs) return;
    const sources = [...value].map(openPartial);
    const blockBytes = blockBytesFor(sources.length);
    const cursors = sources.map((source) => new PartialCursor(source, blockBytes));
    const { detector, muons, segmentsFolder } = this.config;
    const file = segmentsFolder === undefined ? null : new SegmentFile(segmentsFolder, { ...window, shard });
    const segments = file === null ? {} : { segments: file.receive };
    const result = encodeShardResult(mergePartials(cursors, detector, { muons, ...segments }));
    file?.complete();
    const pane = context.pane.lookup().index;
    yield { key: encodeWindowKey(window), value: encodeShardPane({ shard, pane, result }) };
  }
}

/** Memory limit for the partial results of one shard while they are merged. */
const mergeMemoryBytes = 1 << 25;

function blockBytesFor(partials: number): number {
  return Math.max(1 << 10, Math.min(1 << 16, Math.floor(mergeMemoryBytes / (partials * 3))));
}

/** Facts about a window that only its runner knows, because they do not follow from its rows or its firing. */
export interface WindowFacts {
  partial: boolean;
  revision: number;
}

/** Merges the shards of a window and builds its message. */
export class SummariseFn implements DoFn<KV<string, Iterable<Uint8Array>>, MessageElement, PaneContext> {
  readonly beamName = "Summarise";

  /** @param facts by window start; for other windows they follow from the span and the firing */
  constructor(
    private readonly config: PipelineConfig,
    private readonly facts: Record<string, WindowFacts>,
    private readonly span: ResultSpan = fullTimeRange,
  ) {}

  *process(
    { key, value }: KV<string, Iterable<Uint8Array>>,
    context: PaneContext,
  ): Generator<MessageElement> {
    const { detector, windowMs, time } = this.config;
    const { wholeFromMs, wholeToMs, publishFromMs } = this.span;
    const { windowStartMs } = decodeWindowKey(key);
    if (windowStartMs < publishFromMs) return;
    const [total = createShardResult(detector), ...others] = newestPanes(value).map((result) =>
      decodeShardResult(result, detector),
    );
    for (const result of others) mergeShardResult(total, result);
    const { startMs, endMs } = windowOfId(windowIdAt(windowStartMs, windowMs), windowMs);
    const window: MessageWindow = { start_ms: startMs, end_ms: endMs, time };
    const { partial, revision } = this.facts[key] ?? {
      partial: startMs < wholeFromMs || endMs > wholeToMs,
      revision: context.pane.lookup().index,
    };
    yield {
      key,
      value: encodeMessage(summarise(total, { window, detector, partial, revision, emittedMs: Date.now() })),
    };
  }
}

registerClasses({ AccumulateFn, MergeShardFn, SummariseFn });
