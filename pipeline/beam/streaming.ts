/** The streaming job: Kafka → windows → Kafka, for a cluster. */
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import { cleanKey } from "../model/index.js";
import type { PipelineConfig } from "../steps/index.js";
import type { MessageElement, RecordElement } from "./functions.js";
import { readFromKafka, writeToKafka, type KafkaElement, type KafkaSettings } from "./kafka.js";
import { accumulateWindowed, coded, mergeWindows, recordCoder } from "./pipeline.js";
import {
  apply,
  FixedWindows,
  parDo,
  registerClasses,
  windowInto,
  withName,
  type DoFn,
  type KV,
  type Root,
} from "./sdk.js";

export interface StreamingOptions {
  config: PipelineConfig;
  /** Name of the telescope, in the keys of the messages. */
  stream: string;
  allowedLatenessMs: number;
  rawTopic: string;
  cleanTopic: string;
  consumer: KafkaSettings;
  producer: KafkaSettings;
  timestamps: "CreateTime" | "LogAppendTime";
  /** HOST:PORT of the expansion service. */
  expansionService: string;
}

const nothing = new Uint8Array(0);

/** A record without a key or a value has an empty one. */
export class FillNullsFn implements DoFn<KafkaElement, RecordElement> {
  readonly beamName = "FillNulls";

  process({ key, value }: KafkaElement): RecordElement[] {
    return [{ key: key ?? nothing, value: value ?? nothing }];
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

registerClasses({ FillNullsFn, PublishFn });

/** Builds the streaming job; asks the expansion service for KafkaIO on the way. */
export async function streamWindows(root: Root, options: StreamingOptions): Promise<void> {
  const { config, expansionService } = options;
  const read = await readFromKafka(root, {
    topic: options.rawTopic,
    consumer: options.consumer,
    timestamps: options.timestamps,
    expansionService,
  });
  const records = apply(
    apply(read, withName("FillNulls", parDo(new FillNullsFn()))),
    coded<RecordElement>("Record", recordCoder),
  );
  const strategy = lateWindows(options.allowedLatenessMs, environmentOf(root));
  const windowed = apply(
    records,
    withName("Window", windowInto(new FixedWindows(config.windowMs), strategy)),
  );
  const messages = apply(apply(windowed, accumulateWindowed(config)), mergeWindows(config));
  const published = apply(
    apply(messages, withName("Publish", parDo(new PublishFn(options.stream)))),
    coded<KV<Uint8Array, Uint8Array>>("Published", recordCoder),
  );
  await writeToKafka(published, { topic: options.cleanTopic, producer: options.producer, expansionService });
}

function environmentOf(root: Root): string {
  return root.pipeline.defaultEnvironment;
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
