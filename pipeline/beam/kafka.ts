/** Reading and writing Kafka through Java's KafkaIO, by way of an expansion service. */
import { rawExternalTransform } from "apache-beam/transforms/external";
import { encodeExternalConfig } from "./external-config.js";
// Keys and values of records can be null; the coder must be known where they are decoded.
import "./nullable-coder.js";
import type { KV, PCollection, Root } from "./sdk.js";

const bytesClass = "org.apache.kafka.common.serialization.ByteArray";

/** Settings of Kafka's clients, such as `bootstrap.servers`. */
export type KafkaSettings = ReadonlyMap<string, string>;

/** A record as KafkaIO gives it: its time is the element's. */
export type KafkaElement = KV<Uint8Array | null, Uint8Array | null>;

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
export function readFromKafka(root: Root, options: KafkaReadOptions): Promise<PCollection<KafkaElement>> {
  const payload = encodeExternalConfig({
    topics: [options.topic],
    consumer_config: options.consumer,
    key_deserializer: `${bytesClass}Deserializer`,
    value_deserializer: `${bytesClass}Deserializer`,
    timestamp_policy: options.timestamps,
    commit_offset_in_finalize: false,
  });
  return root.applyAsync(
    rawExternalTransform<Root, PCollection<KafkaElement>>(
      "beam:transform:org.apache.beam:kafka_read_without_metadata:v1",
      payload,
      options.expansionService,
    ),
  );
}

export interface KafkaWriteOptions {
  topic: string;
  producer: KafkaSettings;
  expansionService: string;
}

/** Writes keys and values to a topic. */
export async function writeToKafka(
  records: PCollection<KV<Uint8Array, Uint8Array>>,
  options: KafkaWriteOptions,
): Promise<void> {
  const payload = encodeExternalConfig({
    topic: options.topic,
    producer_config: options.producer,
    key_serializer: `${bytesClass}Serializer`,
    value_serializer: `${bytesClass}Serializer`,
  });
  await records.applyAsync(
    rawExternalTransform<PCollection<KV<Uint8Array, Uint8Array>>, PCollection<never>>(
      "beam:transform:org.apache.beam:kafka_write:v1",
      payload,
      options.expansionService,
      { inferPValueType: true },
    ),
  );
}
