/**
 * The pipeline on Beam's direct runner, in this process. The runner is for bounded input and holds a run's elements in
 * memory, so a run gets one bundle of records, or the partial results of some windows.
 */
import type { RawRecord } from "../model/index.js";
import { decodeShardKey, encodeShardKey, type Partial, type PipelineConfig } from "../steps/index.js";
import type { MessageElement, PartialElement, RecordElement, WindowFacts } from "./functions.js";
import { accumulateRecords, coded, mergeWindows, recordCoder, windowMessages } from "./pipeline.js";
import {
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

/** What the runs that are under way read and collect, by number: elements do not have to be serialised. */
const inputs = new Map<number, Iterable<WindowedValue<unknown>>>();
const outputs = new Map<number, unknown[]>();
let runs = 0;

/** Gives the elements of a run's input. */
class TakeFn implements DoFn<Uint8Array, unknown> {
  readonly beamName = "Take";

  constructor(private readonly run: number) {}

  process(): void {
    // The elements have times of their own, which only finishBundle can give.
  }

  finishBundle(): Iterable<WindowedValue<unknown>> {
    return inputs.get(this.run) ?? [];
  }
}

/** Keeps the elements of a run's output. */
class CollectFn implements DoFn<unknown, never> {
  readonly beamName = "Collect";

  constructor(private readonly run: number) {}

  process(element: unknown): void {
    outputs.get(this.run)?.push(element);
  }
}

registerClasses({ TakeFn, CollectFn });

async function runDirect<In, Out>(
  input: Iterable<WindowedValue<In>>,
  coder: unknown,
  transform: PTransform<PCollection<In>, PCollection<Out>>,
): Promise<Out[]> {
  const run = (runs += 1);
  const output: Out[] = [];
  inputs.set(run, input);
  outputs.set(run, output);
  try {
    await directRunner().run((root: Root) => {
      const start: PCollection<In> = root.apply(impulse()).apply(withName("Take", parDo(new TakeFn(run))));
      const results: PCollection<Out> = start.apply(coded<In>("Take", coder)).apply(transform);
      results.apply(withName("Collect", parDo(new CollectFn(run))));
    });
    return output;
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

/** Runs the first half over one bundle of records. */
export async function accumulateDirect(
  config: PipelineConfig,
  records: Iterable<RawRecord>,
): Promise<Partial[]> {
  const elements = await runDirect<RecordElement, PartialElement>(
    recordElements(records),
    recordCoder,
    accumulateRecords(config),
  );
  return elements.map(({ key, value }) => ({ ...decodeShardKey(key), bytes: value }));
}

function* partialElements(partials: Iterable<Partial>): Generator<WindowedValue<PartialElement>> {
  for (const { bytes, ...key } of partials) yield atEndOfTime({ key: encodeShardKey(key), value: bytes });
}

/** A message and the window that it is of. */
export interface WindowJson {
  windowStartMs: number;
  json: string;
}

/**
 * Runs the second half over the partial results of some windows.
 * @param facts by window start, see {@link WindowFacts}
 * @returns messages in ascending order of their windows
 */
export async function mergeDirect(
  config: PipelineConfig,
  partials: Iterable<Partial>,
  facts: Record<string, WindowFacts> = {},
): Promise<WindowJson[]> {
  const coder = new KVCoder(new StrUtf8Coder(), new BytesCoder());
  const elements = await runDirect<PartialElement, MessageElement>(
    partialElements(partials),
    coder,
    mergeWindows(config, facts),
  );
  return inOrder(elements);
}

/** Runs the whole pipeline over records in one go; they must fit in memory. */
export async function windowMessagesDirect(
  config: PipelineConfig,
  records: Iterable<RawRecord>,
): Promise<WindowJson[]> {
  return inOrder(await runDirect(recordElements(records), recordCoder, windowMessages(config)));
}

function inOrder(elements: MessageElement[]): WindowJson[] {
  return elements
    .map(({ key, value }) => ({ windowStartMs: Number(key), json: value }))
    .sort((a, b) => a.windowStartMs - b.windowStartMs);
}
