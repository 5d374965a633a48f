/**
 * The pipeline, one definition for every runner:
 * records → fixed windows → accumulate → group by window and orbit shard → merge → group by window → summarise.
 * Its two halves can be run apart: the embedded system and the bounded direct run cut an endless or large input into
 * bundles, keep the partial results of the first half and give them to the second.
 */
import { wholeSpan, type ResultSpan } from "../model/index.js";
import type { PipelineConfig } from "../steps/index.js";
import {
  AccumulateFn,
  MergeShardFn,
  SummariseFn,
  type MessageElement,
  type PaneContext,
  type PartialElement,
  type RecordElement,
  type ShardElement,
  type WindowContext,
  type WindowFacts,
} from "./functions.js";
import {
  apply,
  BytesCoder,
  FixedWindows,
  groupByKey,
  KVCoder,
  paneInfoParam,
  parDo,
  StrUtf8Coder,
  windowInto,
  windowParam,
  withCoderInternal,
  withName,
  type Coder,
  type PCollection,
  type PTransform,
} from "./sdk.js";

export const recordCoder = new KVCoder(new BytesCoder(), new BytesCoder());
export const bytesByText = new KVCoder(new StrUtf8Coder(), new BytesCoder());
export const textByText = new KVCoder(new StrUtf8Coder(), new StrUtf8Coder());

/** Gives a collection its coder under a name that tells where it is in the pipeline. */
export function coded<T>(name: string, coder: unknown): PTransform<PCollection<T>, PCollection<T>> {
  return withName(`${name}Coder`, withCoderInternal(coder as Coder<T>));
}

/** The first half: records become partial results by window and orbit shard. */
export function accumulateRecords(
  config: PipelineConfig,
): PTransform<PCollection<RecordElement>, PCollection<PartialElement>> {
  return withName("accumulateRecords", (records: PCollection<RecordElement>) => {
    const windowed = config.time === "arrival" ? apply(records, fixedWindows(config.windowMs)) : records;
    const context: WindowContext = { window: windowParam() };
    const partials = apply(windowed, withName("Accumulate", parDo(new AccumulateFn(config), context)));
    return apply(partials, coded<PartialElement>("Partial", bytesByText));
  });
}

function fixedWindows(windowMs: number): PTransform<PCollection<RecordElement>, PCollection<RecordElement>> {
  return withName("Window", windowInto(new FixedWindows(windowMs)));
}

const pane = (): PaneContext => ({ pane: paneInfoParam() });

/** The second half: partial results become one message per window. */
export function mergeWindows(
  config: PipelineConfig,
  facts: Record<string, WindowFacts> = {},
  span: ResultSpan = wholeSpan,
): PTransform<PCollection<PartialElement>, PCollection<MessageElement>> {
  return withName("mergeWindows", (partials: PCollection<PartialElement>) => {
    const byShard = apply(partials, withName("GroupByShard", groupByKey<string, Uint8Array>()));
    const merged = apply(byShard, withName("MergeShard", parDo(new MergeShardFn(config), pane())));
    const shards = apply(merged, coded<ShardElement>("Shard", bytesByText));
    const byWindow = apply(shards, withName("GroupByWindow", groupByKey<string, Uint8Array>()));
    const messages = apply(
      byWindow,
      withName("Summarise", parDo(new SummariseFn(config, facts, span), pane())),
    );
    return apply(messages, coded<MessageElement>("Message", textByText));
  });
}

/** Both halves: records become one message per window. */
export function windowMessages(
  config: PipelineConfig,
): PTransform<PCollection<RecordElement>, PCollection<MessageElement>> {
  return withName("windowMessages", (records: PCollection<RecordElement>) =>
    apply(apply(records, accumulateRecords(config)), mergeWindows(config)),
  );
}
