/** Reading and writing Kafka through Java's KafkaIO, by way of an expansion service. */
import { rawExternalTransform } from "apache-beam/transforms/external";
import { encodeExternalConfig } from "./external-config.js";
import { recordCoder } from "./pipeline.js";
import { withName, type Coder } from "./sdk.js";

const bytesClass = "org.apache.kafka.common.serialization.ByteArray";

/** Settings of Kafka's clients, such as `bootstrap.servers`. */
export type KafkaSettings = ReadonlyMap<string, string>;

export interface KafkaReadOptions {
  topic: string;
  /** `group.id`, `auto.offset.reset` and how to reach the brokers. */
  consumer: KafkaSettings;
  /** HOST:PORT of the expansion service. */
  expansionService: string;
  /** Whose clock the windows go by: the producer's or the broker's. */
  timestamps: "CreateTime" | "LogAppendTime";
}

/** Records of a topic, endless; of each partition from the group's offset or `auto.offset.reset` on. */
export function readFromKafka(options: KafkaReadOptions): ReturnType<typeof rawExternalTransform> {
  const payload = encodeExternalConfig({
    topics: [options.topic],
    consumer_config: options.consumer,
    key_deserializer: `${bytesClass}Deserializer`,
    value_deserializer: `${bytesClass}Deserializer`,
    timestamp_policy: options.timestamps,
    commit_offset_in_finalize: false,
  });
  return withName(
    "ReadFromKafka",
    rawExternalTransform(
      "beam:transform:org.apache.beam:kafka_read_without_metadata:v1",
      payload,
      options.expansionService,
      {
        requestedOutputCoders: { output: recordCoder as Coder<unknown> },
      },
    ),
  );
}

export interface KafkaWriteOptions {
  topic: string;
  producer: KafkaSettings;
  expansionService: string;
}

/** Writes keys and values to a topic. */
export function writeToKafka(options: KafkaWriteOptions): ReturnType<typeof rawExternalTransform> {
  const payload = encodeExternalConfig({
    topic: options.topic,
    producer_config: options.producer,
    key_serializer: `${bytesClass}Serializer`,
    value_serializer: `${bytesClass}Serializer`,
  });
  return withName(
    "WriteToKafka",
    rawExternalTransform("beam:transform:org.apache.beam:kafka_write:v1", payload, options.expansionService),
  );
}
