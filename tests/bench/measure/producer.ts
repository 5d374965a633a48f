/**
 * Rows/s from a local file into a real Kafka, every row acknowledged; the content of the topic is compared with the
 * file.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeSequenceKey } from "../../../pipeline/model/index.js";
import { startProduction } from "../../../producer/index.js";
import { createFileSource } from "../../helpers/file-source.js";
import { KafkaSender, readRanges, wholeTopic, type TopicRecord } from "../../../runners/kafka/index.js";
import { ensureTopics, rawTopic } from "../../../runners/services/index.js";
import type { KnownRows } from "./known-rows.js";
import type { Figure } from "./report.js";

const partitions = 4;

/** Rows/s from the first row read to the last one acknowledged. */
export async function producerFigure(
  bootstrapServers: string,
  folder: string,
  input: KnownRows,
  rowsPerMessage: number,
  target: number,
): Promise<Figure> {
  const topic = `producer-${rowsPerMessage}`;
  await ensureTopics(bootstrapServers, [rawTopic(partitions, topic)]);
  const path = join(folder, `${topic}.txt`);
  writeFileSync(path, input.bytes);
  const sender = new KafkaSender({ bootstrapServers, topic });
  const started = performance.now();
  const source = createFileSource({ paths: [path] });
  const production = startProduction({ source, sender, id: "bench", partitions, rateHz: 0, rowsPerMessage });
  await production.done;
  const seconds = (performance.now() - started) / 1000;
  await sender.close();
  rmSync(path);
  await checkTopic(bootstrapServers, topic, input.bytes);
  const noun = rowsPerMessage === 1 ? "row" : "rows";
  return {
    name: `file to Kafka, ${rowsPerMessage} ${noun} per message`,
    value: production.stats().rows / seconds,
    unit: "rows/s",
    target,
    better: "more",
  };
}

/** Checks that the messages, in creation order, form the file again, each exactly once. */
async function checkTopic(bootstrapServers: string, topic: string, wanted: Uint8Array): Promise<void> {
  const access = { bootstrapServers };
  const values: Uint8Array[][] = Array.from({ length: partitions }, () => []);
  const sequences = new Array<number>(partitions).fill(0);
  const take = ({ key, value, partition }: TopicRecord): boolean => {
    const sequence = decodeSequenceKey(new TextDecoder().decode(key ?? new Uint8Array(0)))?.sequence;
    if (sequence === undefined || sequence !== sequences[partition])
      throw new Error(
        `wrong answer: message ${sequences[partition]} of partition ${partition} is missing or out of order`,
      );
    sequences[partition] = sequence + 1;
    // Copied because a value is a view into its whole batch.
    if (value !== null && value.length > 0) values[partition]?.push(Uint8Array.from(value));
    return true;
  };
  await readRanges({ access, topic, ranges: await wholeTopic(access, topic), take });
  const turns = Math.max(...values.map(({ length }) => length));
  const inTurn = Array.from({ length: turns }, (_, i) => values.flatMap((list) => list[i] ?? []));
  if (!Buffer.concat(inTurn.flat()).equals(wanted))
    throw new Error(`wrong answer: ${topic} differs from the file`);
}
