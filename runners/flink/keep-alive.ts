/**
 * Keeps quiet partitions of the topic of rows from holding back windows. KafkaIO treats a partition as idle, and lets
 * its watermark follow the clock, once it has read up to the partition's end. A transaction marker occupies an offset
 * but is not a record, so a partition that ends with one is never read to its end. One empty record after it is
 * enough; partitions that end with a record need none.
 */
import { isUtf8 } from "node:buffer";
import { keepAliveKey } from "../../pipeline/model/index.js";
import { refused, type KafkaAccess, type PartitionEnds, type TopicReader } from "../kafka/index.js";
import { beat } from "./beat.js";

/** auto: only into topics whose newest records are text; programs that read other topics may not expect an empty record. */
export const keepAliveRules = ["auto", "always", "never"] as const;
export type KeepAliveRule = (typeof keepAliveRules)[number];

interface KeepAliveOptions {
  access: KafkaAccess;
  reader: TopicReader;
  rule: KeepAliveRule;
}

/** Number of records at a partition's end from which the content of the topic is inferred. */
const lookedAt = 20n;
const refusedCode = 29;
const limits = { maxWaitMs: 0, maxBytes: 256 << 10 };

export class KeepAlive {
  /** Partitions that hold back windows because writing a record into them is not allowed. */
  refused: number[] = [];
  /** Ends of the partitions at the last check. */
  private seen = new Map<number, bigint>();
  /** Ends that need no record. */
  private readonly settled = new Map<number, bigint>();

  constructor(private readonly options: KeepAliveOptions) {}

  /** To be called about once per second: a partition is quiet when its end has not moved since the last call. */
  async look(ends: readonly PartitionEnds[]): Promise<void> {
    const quiet = ends.filter(
      ({ partition, low, stable, high }) =>
        // Records behind an open transaction are not read.
        low < high &&
        stable === high &&
        this.seen.get(partition) === high &&
        this.settled.get(partition) !== high,
    );
    this.seen = new Map(ends.map(({ partition, high }) => [partition, high]));
    if (quiet.length === 0) return;
    const marked = await this.endsWithMarker(quiet);
    for (const { partition, high } of quiet) this.settled.set(partition, high);
    const allowed = marked.length > 0 && (await this.mayWrite(marked));
    this.refused = allowed ? [] : marked.map(({ partition }) => partition);
    if (!allowed) return;
    for (const { partition } of marked) this.settled.delete(partition);
    const { access, reader } = this.options;
    await beat(
      access,
      reader.topic,
      marked.map(({ partition }) => partition),
      keepAliveKey,
    );
  }

  private async endsWithMarker(quiet: readonly PartitionEnds[]): Promise<PartitionEnds[]> {
    const wants = quiet.map(({ partition, high }) => ({ partition, offset: high - 1n }));
    const answers = await this.options.reader.fetch(wants, limits);
    if (answers.some(({ error }) => error === refusedCode))
      throw refused([`Read on topic ${this.options.reader.topic}`]);
    const empty = new Set(
      answers
        .filter(({ error, messages }) => error === 0 && messages.length === 0)
        .map(({ partition }) => partition),
    );
    return quiet.filter(({ partition }) => empty.has(partition));
  }

  private async mayWrite(marked: readonly PartitionEnds[]): Promise<boolean> {
    const { rule, reader } = this.options;
    if (rule !== "auto") return rule === "always";
    const wants = marked.map(({ partition, low, high }) => ({
      partition,
      offset: high - lookedAt > low ? high - lookedAt : low,
    }));
    const answers = await reader.fetch(wants, limits);
    return answers.every(({ messages }) => messages.every(({ value }) => value === null || isText(value)));
  }
}

function isText(value: Buffer): boolean {
  return isUtf8(value) && !value.includes(0);
}
