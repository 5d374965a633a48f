/**
 * Samples a few of the newest records of a topic at intervals, each at most once: the amount read is bounded for any
 * rate. For samples, not for counts.
 */
import type { KafkaMessage } from "kafkajs";
import type { RawRecord } from "../../../pipeline/model/index.js";
import type { KafkaAccess } from "../access.js";
import { isOtherTopic } from "./marks.js";
import { TopicReader, type PartitionEnds } from "./topic-reader.js";

interface SampleOptions extends KafkaAccess {
  topic: string;
}

type TakeSample = (record: RawRecord, offset: string) => void;

const intervalMs = 1000;
/** Per partition and sample. */
const maxRecords = 250n;
const limits = { maxWaitMs: 0, maxBytes: 64 << 10 };
const noValue = new Uint8Array(0);

export class TopicSample {
  private readonly reader: TopicReader;
  /** The next unsampled offset of each partition. */
  private readonly next = new Map<number, bigint>();
  private id: string | null = null;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;

  /** @throws UsageError when the security settings are wrong */
  constructor(options: SampleOptions) {
    this.reader = new TopicReader({ ...options, clientId: "muonitor-samples" });
  }

  /** Starts with new records. @throws when the topic is unreadable */
  async start(take: TakeSample): Promise<void> {
    await this.reader.open();
    this.id = this.reader.id;
    for (const { partition, stable } of await this.reader.ends()) this.next.set(partition, stable);
    this.timer = setInterval(() => {
      // While a broker is down nothing can be sampled; the next attempt follows soon.
      this.looking ??= this.look(take)
        .catch(() => undefined)
        .finally(() => (this.looking = null));
    }, intervalMs);
  }

  private async look(take: TakeSample): Promise<void> {
    const { reader } = this;
    if (!(await reader.refresh())) return;
    if (isOtherTopic(this.id, reader.id)) this.next.clear();
    this.id = reader.id;
    const wants = (await reader.ends()).flatMap((ends) => this.wanted(ends));
    if (wants.length === 0) return;
    for (const { partition, messages, next } of await reader.fetch(wants, limits)) {
      const taken = messages.slice(0, Number(maxRecords));
      for (const message of taken) take(recordOf(message, partition), message.offset);
      const last = taken.at(-1);
      this.next.set(partition, last === undefined ? next : BigInt(last.offset) + 1n);
    }
  }

  private wanted({ partition, low, stable }: PartitionEnds): { partition: number; offset: bigint }[] {
    const next = this.next.get(partition) ?? low;
    if (next > stable) this.next.delete(partition);
    if (next >= stable) return [];
    return [{ partition, offset: [next, low, stable - maxRecords].reduce(later) }];
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.reader.close();
    await this.looking;
  }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function recordOf({ key, value, timestamp }: KafkaMessage, partition: number): RawRecord {
  return { key, value: value ?? noValue, timestampMs: Number(timestamp), partition };
}
