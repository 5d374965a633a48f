/** The streaming job: Kafka → windows → Kafka, for a cluster. */
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import {
  cleanKey,
  isKeepAlive,
  tallyTopicOf,
  wholeSpan,
  windowIdAt,
  type JobOrigin,
} from "../model/index.js";
import { BundleAccumulator, encodeShardKey, type PipelineConfig } from "../steps/index.js";
import type { MessageElement, PartialElement } from "./functions.js";
import type { KafkaRecord } from "./kafka-record-coder.js";
import { readFromKafka, writeToKafka, type KafkaSettings } from "./kafka.js";
import { coded, mergeWindows, bytesByText, recordCoder } from "./pipeline.js";
import {
  apply,
  FixedWindows,
  justBefore,
  parDo,
  registerClasses,
  windowInto,
  withName,
  type DoFn,
  type KV,
  type Root,
  type WindowedValue,
} from "./sdk.js";
import { tallyPartials } from "./tally.js";

export interface StreamingOptions {
  config: PipelineConfig;
  /** Name of the telescope, in the keys of the messages. */
  stream: string;
  allowedLatenessMs: number;
  origin: JobOrigin;
  rawTopic: string;
  cleanTopic: string;
  consumer: KafkaSettings;
  producer: KafkaSettings;
  timestamps: "CreateTime" | "LogAppendTime";
  /** HOST:PORT of the expansion service. */
  expansionService: string;
}

const nothing = new Uint8Array(0);

/**
 * Decodes, cleanses and accumulates the records of a bundle; partial results come at its end, each in the last
 * millisecond of its window. Windows are assigned to these alone: to do it record by record would cost more than all that
 * is done with a record.
 */
export class AccumulateRecordsFn implements DoFn<KafkaRecord, PartialElement> {
  readonly beamName = "Accumulate";
  private accumulator: BundleAccumulator | null = null;

  constructor(private readonly config: PipelineConfig) {}

  startBundle(): void {
    this.accumulator = new BundleAccumulator(this.config);
  }

  process({ timestampMs, key, value }: KafkaRecord): void {
    if (isKeepAlive(key)) return;
    const { windowMs } = this.config;
    const startMs = windowIdAt(timestampMs, windowMs) * windowMs;
    (this.accumulator as BundleAccumulator).add(startMs, key, value ?? nothing);
  }

  *finishBundle(): Generator<WindowedValue<PartialElement>> {
    for (const { bytes, ...key } of (this.accumulator as BundleAccumulator).finish())
      yield justBefore({ key: encodeShardKey(key), value: bytes }, key.windowStartMs + this.config.windowMs);
    this.accumulator = null;
  }
}

/** Makes the record of `data_clean` from a message. */
export class PublishFn implements DoFn<MessageElement, KV<Uint8Array, Uint8Array>> {
  readonly beamName = "Publish";

  constructor(private readonly stream: string) {}

  process({ key, value }: MessageElement): KV<Uint8Array, Uint8Array>[] {
    const encoder = new TextEncoder();
    return [{ key: encoder.encode(cleanKey(this.stream, Number(key))), value: encoder.encode(value) }];
  }
}

registerClasses({ AccumulateRecordsFn, PublishFn });

/** Builds the streaming job; asks the expansion service for KafkaIO on the way. */
export async function streamWindows(root: Root, options: StreamingOptions): Promise<void> {
  const { stream, config, origin, cleanTopic, producer, expansionService } = options;
  const records = await readFromKafka(root, {
    topic: options.rawTopic,
    consumer: options.consumer,
    timestamps: options.timestamps,
    expansionService,
  });
  const environmentId = root.pipeline.defaultEnvironment;
  const accumulated = apply(records, withName("Accumulate", parDo(new AccumulateRecordsFn(config))));
  const partials = apply(accumulated, coded<PartialElement>("Partial", bytesByText));
  const strategy = lateWindows(options.allowedLatenessMs, environmentId);
  const windowed = apply(
    partials,
    withName("Window", windowInto(new FixedWindows(config.windowMs), strategy)),
  );
  const messages = apply(windowed, mergeWindows(config, {}, { ...wholeSpan, ...origin.begin }));
  const published = apply(
    apply(messages, withName("Publish", parDo(new PublishFn(stream)))),
    coded<KV<Uint8Array, Uint8Array>>("Published", recordCoder),
  );
  const to = { producer, expansionService };
  await writeToKafka(published, { name: "WriteMessages", topic: cleanTopic, ...to });
  const tallies = apply(partials, tallyPartials({ stream, origin }, environmentId));
  await writeToKafka(tallies, { name: "WriteTally", topic: tallyTopicOf(cleanTopic), ...to });
}

/** Windows that fire at their end and again, whole, for late records within the allowed lateness. */
function lateWindows(allowedLatenessMs: number, environmentId: string): runnerApi.WindowingStrategy {
  return runnerApi.WindowingStrategy.create({
    trigger: { trigger: { oneofKind: "default", default: {} } },
    accumulationMode: runnerApi.AccumulationMode_Enum.ACCUMULATING,
    outputTime: runnerApi.OutputTime_Enum.END_OF_WINDOW,
    closingBehavior: runnerApi.ClosingBehavior_Enum.EMIT_IF_NONEMPTY,
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum.FIRE_IF_NONEMPTY,
    allowedLateness: BigInt(allowedLatenessMs),
    environmentId,
  });
}
