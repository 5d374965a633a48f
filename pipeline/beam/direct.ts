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
import { accumulateRecords, coded, keyValueCoder, mergeWindows, windowMessages } from "./pipeline.js";
import {
  apply,
  atEndOfTime,
  BytesCoder,
  directRunner,
  impulse,
  GlobalWindowStamper,
  KVCoder,
  parDo,
  registerClasses,
  StrUtf8Coder,
  withName,
  type DoFn,
  type PCollection,
  type PTransform,
  type Root,
  type WindowedValue,
} from "./sdk.js";

const noKey = new Uint8Array(0);

/** Inputs and result consumers of the active runs, by number: no element has to be serialised. */
const inputs = new Map<number, Iterable<WindowedValue<unknown>>>();
const outputs = new Map<number, (element: unknown) => void>();
let runs = 0;

/** Emits the elements of a run's input. */
class TakeFn<T> implements DoFn<Uint8Array, T> {
  readonly beamName = "Take";

  constructor(private readonly run: number) {}

  process(): void {
    // The elements have their own timestamps, which only finishBundle can set.
  }

  finishBundle(): Iterable<WindowedValue<T>> {
    return (inputs.get(this.run) ?? []) as Iterable<WindowedValue<T>>;
  }
}

/** Passes on the elements of a run's output. */
class CollectFn<T> implements DoFn<T, never> {
  readonly beamName = "Collect";

  constructor(private readonly run: number) {}

  process(element: T): void {
    outputs.get(this.run)?.(element);
  }
}

registerClasses({ TakeFn, CollectFn });

async function runDirect<In, Out>(
  input: Iterable<WindowedValue<In>>,
  coder: unknown,
  transform: PTransform<PCollection<In>, PCollection<Out>>,
  take: (element: Out) => void,
): Promise<void> {
  const run = (runs += 1);
  inputs.set(run, input);
  outputs.set(run, (element) => {
    take(element as Out);
  });
  try {
    await directRunner().run((root: Root) => {
      const taken = apply(apply(root, impulse()), withName("Take", parDo(new TakeFn<In>(run))));
      const results = apply(apply(taken, coded<In>("Take", coder)), transform);
      apply(results, withName("Collect", parDo(new CollectFn<Out>(run))));
    });
  } finally {
    inputs.delete(run);
    outputs.delete(run);
  }
}

function* recordElements(records: Iterable<RawRecord>): Generator<WindowedValue<RecordElement>> {
  const stamper = new GlobalWindowStamper();
  for (const { key, value, timestampMs } of records) {
    yield stamper.stamp({ key: key ?? noKey, value }, timestampMs);
  }
}

/**
 * Accumulates one bundle of records.
 * @param take receives each partial result as it is produced, so that not all of them are in memory at once
 */
export async function accumulateDirect(
  config: PipelineConfig,
  records: Iterable<RawRecord>,
  take: (partial: Partial) => void,
): Promise<void> {
  await runDirect<RecordElement, PartialElement>(
    recordElements(records),
    keyValueCoder,
    accumulateRecords(config, "beam"),
    ({ key, value }) => {
      take({ ...decodeShardKey(key), bytes: value });
    },
  );
}

function* partialElements(partials: Iterable<Partial>): Generator<WindowedValue<PartialElement>> {
  for (const { bytes, ...key } of partials) yield atEndOfTime({ key: encodeShardKey(key), value: bytes });
}

/** A message and its window. */
export interface WindowJson extends WindowKey {
  json: string;
}

/**
 * Merges the partial results of some windows.
 * @param facts facts by window start, see {@link WindowFacts}
 * @param span determines which of the other windows are complete
 * @returns messages by run, then in ascending order of their windows
 */
export async function mergeDirect(
  config: PipelineConfig,
  partials: Iterable<Partial>,
  facts: Record<string, WindowFacts> = {},
  span: ResultSpan = fullTimeRange,
): Promise<WindowJson[]> {
  const coder = new KVCoder(new StrUtf8Coder(), new BytesCoder());
  const elements: MessageElement[] = [];
  await runDirect<PartialElement, MessageElement>(
    partialElements(partials),
    coder,
    mergeWindows(config, facts, span),
    (element) => elements.push(element),
  );
  return inOrder(elements);
}

/** Runs the whole pipeline over records at once; they must fit in memory. */
export async function windowMessagesDirect(
  config: PipelineConfig,
  records: Iterable<RawRecord>,
): Promise<WindowJson[]> {
  const elements: MessageElement[] = [];
  await runDirect<RecordElement, MessageElement>(
    recordElements(records),
    keyValueCoder,
    windowMessages(config),
    (element) => elements.push(element),
  );
  return inOrder(elements);
}

function inOrder(elements: MessageElement[]): WindowJson[] {
  return elements.map(({ key, value }) => ({ ...decodeWindowKey(key), json: value })).sort(compareWindows);
}
