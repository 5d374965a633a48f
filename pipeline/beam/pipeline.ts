/**
 * The pipeline, one definition for every runner: records → accumulate → fixed windows → group by window and orbit
 * shard → merge → group by window → summarise.
 *
 * Accumulation and merge can run separately: the embedded system and the bounded direct run cut an unbounded or large
 * input into bundles, accumulate each bundle, collect the partial results and merge those of each window.
 */
import type { WindowingStrategy } from "apache-beam/proto/beam_runner_api";
import { fullTimeRange, type ResultSpan } from "../model/index.js";
import type { PipelineConfig } from "../steps/index.js";
import {
  AccumulateFn,
  MergeShardFn,
  MergeWindowFn,
  SummariseFn,
  type MessageElement,
  type PaneContext,
  type PartialElement,
  type RecordElement,
  type ShardElement,
  type TimeContext,
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
  timestampParam,
  windowInto,
  withCoderInternal,
  withName,
  type Coder,
  type PCollection,
  type PTransform,
} from "./sdk.js";

export const keyValueCoder = new KVCoder(new BytesCoder(), new BytesCoder());
export const bytesByText = new KVCoder(new StrUtf8Coder(), new BytesCoder());
export const textByText = new KVCoder(new StrUtf8Coder(), new StrUtf8Coder());

/** Sets the coder of a collection, under a name that shows its place in the pipeline. */
export function coded<T>(name: string, coder: unknown): PTransform<PCollection<T>, PCollection<T>> {
  return withName(`${name}Coder`, withCoderInternal(coder as Coder<T>));
}

/**
 * The accumulation: records become partial results by window and orbit shard.
 * @param times source of a record's time: the record itself, which is faster, or Beam
 */
export function accumulateRecords<Element extends RecordElement>(
  config: PipelineConfig,
  times: "record" | "beam",
): PTransform<PCollection<Element>, PCollection<PartialElement>> {
  return withName("accumulateRecords", (records: PCollection<Element>) => {
    const context: TimeContext | undefined = times === "beam" ? { time: timestampParam() } : undefined;
    const partials = apply(records, withName("Accumulate", parDo(new AccumulateFn(config), context)));
    return apply(partials, coded<PartialElement>("Partial", bytesByText));
  });
}

/**
 * Assigns partial results to their windows; in detector time windows are only keys.
 * @param strategy when windows fire; by default once, at their end
 */
export function inWindows(
  partials: PCollection<PartialElement>,
  { time, windowMs }: PipelineConfig,
  strategy?: WindowingStrategy,
): PCollection<PartialElement> {
  if (time === "detector") return partials;
  return apply(partials, withName("Window", windowInto(new FixedWindows(windowMs), strategy)));
}

const pane = (): PaneContext => ({ pane: paneInfoParam() });

/** The merge: partial results become one message per window. */
export function mergeWindows(
  config: PipelineConfig,
  facts: Record<string, WindowFacts> = {},
  span: ResultSpan = fullTimeRange,
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

/** As {@link mergeWindows}, for partial results with one orbit shard and windows that fire once. */
export function mergeInOneShard(
  config: PipelineConfig,
  span: ResultSpan,
): PTransform<PCollection<PartialElement>, PCollection<MessageElement>> {
  return withName("mergeInOneShard", (partials: PCollection<PartialElement>) => {
    const byWindow = apply(partials, withName("GroupByShard", groupByKey<string, Uint8Array>()));
    const messages = apply(byWindow, withName("MergeWindow", parDo(new MergeWindowFn(config, span))));
    return apply(messages, coded<MessageElement>("Message", textByText));
  });
}

/** Accumulation and merge: records become one message per window. */
export function windowMessages(
  config: PipelineConfig,
): PTransform<PCollection<RecordElement>, PCollection<MessageElement>> {
  return withName("windowMessages", (records: PCollection<RecordElement>) =>
    apply(inWindows(apply(records, accumulateRecords(config, "beam")), config), mergeWindows(config)),
  );
}
