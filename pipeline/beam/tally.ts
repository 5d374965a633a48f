/**
 * The side tally: rows read by the bundles, by window, counted outside the windows, so that nothing in it can be
 * late. The tally minus the newest message of a permanently closed window is the number of rows dropped as late.
 */
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import { encodeTallyPane, type TallyPane, type WindowTally } from "../model/index.js";
import { ByteReader, ByteWriter, decodeShardKey, readHeader } from "../steps/index.js";
import type { PaneContext, PartialElement } from "./functions.js";
import { coded, keyValueCoder } from "./pipeline.js";
import {
  apply,
  atEndOfTime,
  globalWindows,
  groupByKey,
  paneInfoParam,
  parDo,
  registerClasses,
  windowInto,
  withName,
  type DoFn,
  type KV,
  type PCollection,
  type PTransform,
  type WindowedValue,
} from "./sdk.js";

/** A single key: there is one tally, and elements that arrive together are summed together. */
const oneKey = new Uint8Array(0);
const firesAfterMs = 1000;
/** Identity of this process. */
const worker = crypto.randomUUID();

type TallyElement = KV<Uint8Array, Uint8Array>;

/** Counts by window start. */
class Tally {
  private readonly windows = new Map<number, WindowTally>();

  add({ start_ms, messages, rows }: WindowTally): void {
    const window = this.windows.get(start_ms);
    if (window === undefined) this.windows.set(start_ms, { start_ms, messages, rows });
    else {
      window.messages += messages;
      window.rows += rows;
    }
  }

  extract(): WindowTally[] {
    return [...this.windows.values()].sort((a, b) => a.start_ms - b.start_ms);
  }
}

/** Counts the partial results of a bundle. */
class TallyFn implements DoFn<PartialElement, TallyElement> {
  readonly beamName = "Tally";
  private tally: Tally | null = null;

  startBundle(): void {
    this.tally = new Tally();
  }

  process({ key, value }: PartialElement): void {
    const { messages, ledger } = readHeader(new ByteReader(value));
    (this.tally as Tally).add({ start_ms: decodeShardKey(key).windowStartMs, messages, rows: ledger.rows });
  }

  *finishBundle(): Generator<WindowedValue<TallyElement>> {
    const windows = (this.tally as Tally).extract();
    this.tally = null;
    if (windows.length > 0) yield atEndOfTime({ key: oneKey, value: encodeTally(windows) });
  }
}

function encodeTally(windows: readonly WindowTally[]): Uint8Array {
  const writer = new ByteWriter(24 * windows.length);
  for (const { start_ms, messages, rows } of windows) {
    writer.text(String(start_ms));
    writer.varint(messages);
    writer.varint(rows);
  }
  return writer.view();
}

function* decodeTally(bytes: Uint8Array): Generator<WindowTally> {
  const reader = new ByteReader(bytes);
  while (reader.at < bytes.length)
    yield { start_ms: Number(reader.text()), messages: reader.varint(), rows: reader.varint() };
}

/** Fields with the same value in all records of a job. */
type TallyHead = Pick<TallyPane, "stream" | "origin">;

/** Sums the tallies of some bundles into one record. */
class SumTallyFn implements DoFn<KV<Uint8Array, Iterable<Uint8Array>>, TallyElement, PaneContext> {
  readonly beamName = "SumTally";

  constructor(private readonly head: TallyHead) {}

  *process({ value }: KV<Uint8Array, Iterable<Uint8Array>>, context: PaneContext): Generator<TallyElement> {
    const tally = new Tally();
    for (const bytes of value) for (const window of decodeTally(bytes)) tally.add(window);
    const pane = { ...this.head, pane: context.pane.lookup().index, windows: tally.extract(), worker };
    const encoder = new TextEncoder();
    yield { key: encoder.encode(this.head.stream), value: encoder.encode(encodeTallyPane(pane)) };
  }
}

registerClasses({ TallyFn, SumTallyFn });

/**
 * Turns partial results into records of the tally, about one per second.
 * @param environmentId environment in which windows are assigned
 */
export function tallyPartials(
  head: TallyHead,
  environmentId: string,
): PTransform<PCollection<PartialElement>, PCollection<TallyElement>> {
  return withName("tallyPartials", (partials: PCollection<PartialElement>) => {
    const counted = apply(partials, withName("Tally", parDo(new TallyFn())));
    const tallies = apply(counted, coded<TallyElement>("Tally", keyValueCoder));
    const windowed = apply(
      tallies,
      withName("Whenever", windowInto(globalWindows(), everySecond(environmentId))),
    );
    const grouped = apply(windowed, withName("Gather", groupByKey<Uint8Array, Uint8Array>()));
    const context: PaneContext = { pane: paneInfoParam() };
    const summed = apply(grouped, withName("SumTally", parDo(new SumTallyFn(head), context)));
    return apply(summed, coded<TallyElement>("TallyRecord", keyValueCoder));
  });
}

/** Fires one second of processing time after the first pending element; each element is emitted once. */
function everySecond(environmentId: string): runnerApi.WindowingStrategy {
  const delay = { delayMillis: BigInt(firesAfterMs) };
  const afterProcessingTime = {
    timestampTransforms: [{ timestampTransform: { oneofKind: "delay" as const, delay } }],
  };
  const subtrigger: runnerApi.Trigger = {
    trigger: { oneofKind: "afterProcessingTime", afterProcessingTime },
  };
  return runnerApi.WindowingStrategy.create({
    trigger: { trigger: { oneofKind: "repeat", repeat: { subtrigger } } },
    accumulationMode: runnerApi.AccumulationMode_Enum.DISCARDING,
    outputTime: runnerApi.OutputTime_Enum.END_OF_WINDOW,
    closingBehavior: runnerApi.ClosingBehavior_Enum.EMIT_IF_NONEMPTY,
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum.FIRE_IF_NONEMPTY,
    environmentId,
  });
}
