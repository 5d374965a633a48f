/** Reading and writing Kafka through Java's KafkaIO, using an expansion service. */
import type { Components } from "apache-beam/proto/beam_runner_api";
import { encodeExternalConfig } from "./external-config.js";
import { isKafkaRecordCoder, type KafkaRecord } from "./kafka-record-coder.js";
import { collectionOf, rawExternalTransform, withName, type KV, type PCollection, type Root } from "./sdk.js";

const bytesClass = "org.apache.kafka.common.serialization.ByteArray";

/** Settings of Kafka's clients, such as `bootstrap.servers`. */
export type KafkaSettings = ReadonlyMap<string, string>;

interface KafkaReadOptions {
  topic: string;
  /** `group.id`, `auto.offset.reset` and how to reach the brokers. */
  consumer: KafkaSettings;
  /** HOST:PORT of the expansion service. */
  expansionService: string;
  /** Clock of the windows: the producer's or the broker's. */
  timestamps: "CreateTime" | "LogAppendTime";
}

/** Unbounded records of a topic; each partition starts at the group's offset or by `auto.offset.reset`. */
export async function readFromKafka(
  root: Root,
  options: KafkaReadOptions,
): Promise<PCollection<KafkaRecord>> {
  const payload = encodeExternalConfig({
    topics: [options.topic],
    consumer_config: options.consumer,
    key_deserializer: `${bytesClass}Deserializer`,
    value_deserializer: `${bytesClass}Deserializer`,
    timestamp_policy: options.timestamps,
    commit_offset_in_finalize: false,
  });
  const keysAndValues = await root.applyAsync(
    withName(
      "ReadKafka",
      rawExternalTransform<Root, PCollection<unknown>>(
        "beam:transform:org.apache.beam:kafka_read_without_metadata:v1",
        payload,
        options.expansionService,
      ),
    ),
  );
  return wholeRecords(root, keysAndValues);
}

/**
 * Removes KafkaIO's step that drops everything but key and value from the pipeline: a Java function with its own bundles
 * that costs as much as all of Muonitor's functions.
 */
function wholeRecords(root: Root, keysAndValues: PCollection<unknown>): PCollection<KafkaRecord> {
  const components = componentsOf(root);
  const { pcollections, coders } = components;
  const strippedId = keysAndValues.getId();
  const makers = Object.entries(components.transforms).filter(([, { outputs }]) =>
    Object.values(outputs).includes(strippedId),
  );
  const [recordsId] = makers.flatMap(([, { inputs }]) => Object.values(inputs));
  const coder = coders[pcollections[recordsId ?? ""]?.coderId ?? ""]?.spec?.payload;
  if (recordsId === undefined || coder === undefined || !isKafkaRecordCoder(coder))
    throw new Error("this version of KafkaIO has a different structure than the pipeline expects");
  const gone = new Set<string>([strippedId]);
  for (const [id, transform] of makers) {
    if (Object.keys(transform.inputs).length > 0) gone.add(id);
    else transform.outputs = { main: recordsId };
  }
  components.pcollections = without(pcollections, gone);
  components.transforms = without(components.transforms, gone);
  for (const transform of Object.values(components.transforms))
    transform.subtransforms = transform.subtransforms.filter((id) => !gone.has(id));
  return collectionOf<KafkaRecord>(root, recordsId);
}

function without<T>(all: Record<string, T>, gone: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([id]) => !gone.has(id)));
}

function componentsOf(root: Root): Components {
  return root.pipeline.getProto().components as Components;
}

interface KafkaWriteOptions {
  /** Name of the transform. */
  name: string;
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
    withName(
      options.name,
      rawExternalTransform<PCollection<KV<Uint8Array, Uint8Array>>, PCollection<never>>(
        "beam:transform:org.apache.beam:kafka_write:v1",
        payload,
        options.expansionService,
        { inferPValueType: true },
      ),
    ),
  );
}
