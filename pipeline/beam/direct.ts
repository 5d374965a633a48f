/**
 * The pipeline on Beam's direct runner, in this process. The runner is for bounded input and holds a run's elements
 * in memory, so each run processes one bundle of records, or the partial results of a few windows.
 */
import { fullTimeRange, type RawRecord, type ResultSpan } from "../model/index.js";
import {
  compareWindows,
  decodeShardKey,
  decodeWindowKey,
  encodeShardKey,
  type Partial,
  type PipelineConfig,
  type WindowKey,
} from "../steps/index.js";
import type { MessageElement, PartialElement, RecordElement, WindowFacts } from "./functions.js";
import {
  accumulateRecords,
  bytesByText,
  coded,
  keyValueCoder,
  mergeInOneShard,
  mergeWindows,
  windowMessages,
} from "./pipeline.js";
import {
  apply,
  atEndOfTime,
  buildDirect,
  impulse,
  GlobalWindowStamper,
  parDo,
  registerClasses,
  withName,
  type BuiltPipeline,
  type DoFn,
  type PCollection,
  type PTransform,
  type WindowedValue,
} from "./sdk.js";

const noKey = new Uint8Array(0);

/** What one run of a pipeline reads, and where its results go: no element has to be serialised. */
interface Ends {
  input: Iterable<WindowedValue<unknown>>;
  take: (element: unknown) => void;
}

/** Of the runs in progress, by number of their pipeline. */
const ends = new Map<number, Ends>();
let pipelines = 0;

/** Emits the elements of a run's input. */
class TakeFn<T> implements DoFn<Uint8Array, T> {
  readonly beamName = "Take";

  constructor(private readonly pipeline: number) {}

  process(): void {
    // The elements have their own timestamps, which only finishBundle can set.
  }

  finishBundle(): Iterable<WindowedValue<T>> {
    return (ends.get(this.pipeline)?.input ?? []) as Iterable<WindowedValue<T>>;
  }
}

/** Passes on the elements of a run's output. */
class CollectFn<T> implements DoFn<T, never> {
  readonly beamName = "Collect";

  constructor(private readonly pipeline: number) {}

  process(element: T): void {
    ends.get(this.pipeline)?.take(element);
  }
}

registerClasses({ TakeFn, CollectFn });

/** A pipeline that is built once, which takes 4 ms, and runs for any number of inputs, one at a time. */
class HeldPipeline<In, Out> {
  private readonly number = (pipelines += 1);
  private held: BuiltPipeline | null = null;
  private isRunning = false;

  constructor(
    private readonly coder: () => unknown,
    private readonly transform: () => PTransform<PCollection<In>, PCollection<Out>>,
  ) {}

  async run(input: Iterable<WindowedValue<In>>, take: (element: Out) => void): Promise<void> {
    // A run beside another one has its own pipeline.
    if (this.isRunning) return new HeldPipeline<In, Out>(this.coder, this.transform).run(input, take);
    this.isRunning = true;
    ends.set(this.number, {
      input,
      take: (element) => {
        take(element as Out);
      },
    });
    try {
      this.held ??= this.build();
      await this.held.run();
    } catch (error) {
      // Its functions may still hold data of the failed run.
      this.held = null;
      throw error;
    } finally {
      ends.delete(this.number);
      this.isRunning = false;
    }
  }

  /** Releases the built pipeline, whose functions keep memory for their next run. */
  release(): void {
    if (!this.isRunning) this.held = null;
  }

  private build(): BuiltPipeline {
    return buildDirect((root) => {
      const taken = apply(apply(root, impulse()), withName("Take", parDo(new TakeFn<In>(this.number))));
      const results = apply(apply(taken, coded<In>("Take", this.coder())), this.transform());
      apply(results, withName("Collect", parDo(new CollectFn<Out>(this.number))));
    });
  }
}

function* recordElements(records: Iterable<RawRecord>): Generator<WindowedValue<RecordElement>> {
  const stamper = new GlobalWindowStamper();
  for (const { key, value, timestampMs } of records) {
    yield stamper.stamp({ key: key ?? noKey, value }, timestampMs);
  }
}

function* partialElements(partials: Iterable<Partial>): Generator<WindowedValue<PartialElement>> {
  for (const { bytes, ...key } of partials) yield atEndOfTime({ key: encodeShardKey(key), value: bytes });
}

/** A message and its window. */
export interface WindowJson extends WindowKey {
  json: string;
}

/** The halves of the pipeline for one configuration, each built when it is first needed. */
export class DirectHalves {
  private readonly accumulation: HeldPipeline<RecordElement, PartialElement>;
  private readonly merging: HeldPipeline<PartialElement, MessageElement>;

  /** @param span determines which windows are complete */
  constructor(config: PipelineConfig, span: ResultSpan = fullTimeRange) {
    this.accumulation = new HeldPipeline(
      () => keyValueCoder,
      () => accumulateRecords(config, "beam"),
    );
    this.merging = new HeldPipeline(
      () => bytesByText,
      () => (config.orbitShards === 1 ? mergeInOneShard(config, span) : mergeWindows(config, {}, span)),
    );
  }

  /**
   * Accumulates one bundle of records.
   * @param take receives each partial result as it is produced, so that not all of them are in memory at once
   */
  accumulate(records: Iterable<RawRecord>, take: (partial: Partial) => void): Promise<void> {
    return this.accumulation.run(recordElements(records), ({ key, value }) => {
      take({ ...decodeShardKey(key), bytes: value });
    });
  }

  /** To be called after the last bundle: frees the memory of the accumulation for the merge. */
  endAccumulation(): void {
    this.accumulation.release();
  }

  /**
   * Merges the partial results of some windows.
   * @returns messages by run, then in ascending order of their windows
   */
  merge(partials: Iterable<Partial>): Promise<WindowJson[]> {
    return messagesOf(this.merging, partialElements(partials));
  }
}

/**
 * As {@link DirectHalves.merge}, once.
 * @param facts facts by window start, see {@link WindowFacts}
 */
export function mergeDirect(
  config: PipelineConfig,
  partials: Iterable<Partial>,
  facts: Record<string, WindowFacts> = {},
): Promise<WindowJson[]> {
  const pipeline = new HeldPipeline<PartialElement, MessageElement>(
    () => bytesByText,
    () => mergeWindows(config, facts),
  );
  return messagesOf(pipeline, partialElements(partials));
}

/** Runs the whole pipeline over records at once; they must fit in memory. */
export function windowMessagesDirect(
  config: PipelineConfig,
  records: Iterable<RawRecord>,
): Promise<WindowJson[]> {
  const pipeline = new HeldPipeline<RecordElement, MessageElement>(
    () => keyValueCoder,
    () => windowMessages(config),
  );
  return messagesOf(pipeline, recordElements(records));
}

async function messagesOf<In>(
  pipeline: HeldPipeline<In, MessageElement>,
  input: Iterable<WindowedValue<In>>,
): Promise<WindowJson[]> {
  const elements: MessageElement[] = [];
  await pipeline.run(input, (element) => elements.push(element));
  return elements.map(({ key, value }) => ({ ...decodeWindowKey(key), json: value })).sort(compareWindows);
}
