/** The streaming job: Kafka → windows → Kafka, for a cluster. */
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import { cleanKey, tallyTopicOf, fullTimeRange, type JobOrigin } from "../model/index.js";
import type { PipelineConfig } from "../steps/index.js";
import type { MessageElement } from "./functions.js";
import type { KafkaRecord } from "./kafka-record-coder.js";
import { readFromKafka, writeToKafka, type KafkaSettings } from "./kafka.js";
import { accumulateRecords, coded, inWindows, keyValueCoder, mergeWindows } from "./pipeline.js";
import { apply, parDo, registerClasses, withName, type DoFn, type KV, type Root } from "./sdk.js";
import { tallyPartials } from "./tally.js";

export interface StreamingOptions {
  config: PipelineConfig;
  /** Telescope name in the keys of the messages. */
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

/** Builds the record of `data_clean` from a message. */
export class PublishFn implements DoFn<MessageElement, KV<Uint8Array, Uint8Array>> {
  readonly beamName = "Publish";

  constructor(private readonly stream: string) {}

  process({ key, value }: MessageElement): KV<Uint8Array, Uint8Array>[] {
    const encoder = new TextEncoder();
    return [{ key: encoder.encode(cleanKey(this.stream, Number(key))), value: encoder.encode(value) }];
  }
}

registerClasses({ PublishFn });

/** Builds the streaming job; requests KafkaIO from the expansion service. */
export async function streamWindows(root: Root, options: StreamingOptions): Promise<void> {
  const { stream, config, origin, cleanTopic, producer, expansionService } = options;
  const records = await readFromKafka(root, {
    topic: options.rawTopic,
    consumer: options.consumer,
    timestamps: options.timestamps,
    expansionService,
  });
  const environmentId = root.pipeline.defaultEnvironment;
  const partials = apply(records, accumulateRecords<KafkaRecord>(config, "record"));
  const windowed = inWindows(partials, config, lateWindows(options.allowedLatenessMs, environmentId));
  const messages = apply(windowed, mergeWindows(config, {}, { ...fullTimeRange, ...origin.begin }));
  const published = apply(
    apply(messages, withName("Publish", parDo(new PublishFn(stream)))),
    coded<KV<Uint8Array, Uint8Array>>("Published", keyValueCoder),
  );
  const to = { producer, expansionService };
  await writeToKafka(published, { name: "WriteMessages", topic: cleanTopic, ...to });
  const tallies = apply(partials, tallyPartials({ stream, origin }, environmentId));
  await writeToKafka(tallies, { name: "WriteTally", topic: tallyTopicOf(cleanTopic), ...to });
}

/** Windows that fire at their end, and again with their whole content for late records within the allowed lateness. */
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
