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
  type ShardKey,
  type ShardResult,
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
/** Key by {@link encodeShardKey}; value: a partial result, or a reference to one. */
export type PartialElement = KV<string, Uint8Array>;
/** Key by {@link encodeWindowKey}; value: a shard result. */
export type ShardElement = KV<string, Uint8Array>;
/** Key by {@link encodeWindowKey}; value: the message as JSON. */
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
 * Decodes, cleanses and accumulates the records of a bundle. Partial results are emitted at the end of the bundle;
 * in arrival time, the timestamp of each is the last millisecond of its window. Windows are assigned to partial results only: assigning
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

/** The counts of one window and orbit shard. */
function mergedShard(config: PipelineConfig, key: ShardKey, partials: Iterable<Uint8Array>): ShardResult {
  const sources = [...partials].map(openPartial);
  const blockBytes = blockBytesFor(sources.length);
  const cursors = sources.map((source) => new PartialCursor(source, blockBytes));
  const { detector, muons, segmentsFolder } = config;
  const file = segmentsFolder === undefined ? null : new SegmentFile(segmentsFolder, key);
  const segments = file === null ? {} : { segments: file.receive };
  const result = mergePartials(cursors, detector, { muons, ...segments });
  file?.complete();
  return result;
}

/** Merges the partial results of one window and orbit shard; rows without a time have no window and emit nothing. */
export class MergeShardFn implements DoFn<KV<string, Iterable<Uint8Array>>, ShardElement, PaneContext> {
  readonly beamName = "MergeShard";

  constructor(private readonly config: PipelineConfig) {}

  *process({ key, value }: KV<string, Iterable<Uint8Array>>, context: PaneContext): Generator<ShardElement> {
    const { shard, ...window } = decodeShardKey(key);
    if (window.windowStartMs === noWindowStartMs) return;
    const result = encodeShardResult(mergedShard(this.config, { shard, ...window }, value));
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

/** The message of a window, with all its shards in `total`. */
function messageText(
  config: PipelineConfig,
  windowStartMs: number,
  total: ShardResult,
  { partial, revision }: WindowFacts,
): string {
  const { detector, windowMs, time } = config;
  const { startMs, endMs } = windowOfId(windowIdAt(windowStartMs, windowMs), windowMs);
  const window: MessageWindow = { start_ms: startMs, end_ms: endMs, time };
  return encodeMessage(summarise(total, { window, detector, partial, revision, emittedMs: Date.now() }));
}

/** Whether a window reaches beyond the rows that are read. */
function isCut({ wholeFromMs, wholeToMs }: ResultSpan, startMs: number, windowMs: number): boolean {
  return startMs < wholeFromMs || startMs + windowMs > wholeToMs;
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
    const { detector, windowMs } = this.config;
    const { windowStartMs } = decodeWindowKey(key);
    if (windowStartMs < this.span.publishFromMs) return;
    const [total = createShardResult(detector), ...others] = newestPanes(value).map((result) =>
      decodeShardResult(result, detector),
    );
    for (const result of others) mergeShardResult(total, result);
    const facts = this.facts[key] ?? {
      partial: isCut(this.span, windowStartMs, windowMs),
      revision: context.pane.lookup().index,
    };
    yield { key, value: messageText(this.config, windowStartMs, total, facts) };
  }
}

/**
 * {@link MergeShardFn} and {@link SummariseFn} in one, for windows of one shard that fire once: a shard's result need
 * not be encoded if no other result is merged with it.
 */
export class MergeWindowFn implements DoFn<KV<string, Iterable<Uint8Array>>, MessageElement> {
  readonly beamName = "MergeWindow";

  constructor(
    private readonly config: PipelineConfig,
    private readonly span: ResultSpan,
  ) {}

  *process({ key, value }: KV<string, Iterable<Uint8Array>>): Generator<MessageElement> {
    const { shard, ...window } = decodeShardKey(key);
    const { windowStartMs } = window;
    if (windowStartMs === noWindowStartMs || windowStartMs < this.span.publishFromMs) return;
    const total = mergedShard(this.config, { shard, ...window }, value);
    const facts = { partial: isCut(this.span, windowStartMs, this.config.windowMs), revision: 0 };
    yield { key: encodeWindowKey(window), value: messageText(this.config, windowStartMs, total, facts) };
  }
}

registerClasses({ AccumulateFn, MergeShardFn, MergeWindowFn, SummariseFn });
