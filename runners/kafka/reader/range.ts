/**
 * Bounded read of a topic: from offsets to offsets, partition after partition, so that the order is reproducible.
 * The read also ends if the last offsets contain only control records of transactions, records of open or aborted
 * transactions, or records removed by compaction.
 */
import { pause } from "../../process/index.js";
import type { IHeaders, KafkaMessage } from "kafkajs";
import { MuonitorError, UnavailableError } from "../../../pipeline/model/index.js";
import type { KafkaAccess } from "../access.js";
import { connectFailure, reasonOf } from "../connect-failure.js";
import type { OffsetRange } from "../positions.js";
import { faultOf, isOutOfRange, isPassing, passes } from "./faults.js";
import { TopicReader, type Fetched } from "./topic-reader.js";

export interface TopicRecord {
  partition: number;
  offset: bigint;
  /** ms since the Unix epoch. */
  timestampMs: number;
  key: Buffer | null;
  /** Null marks a deleted key. */
  value: Buffer | null;
  headers: IHeaders;
}

export interface RangeReading {
  access: KafkaAccess;
  topic: string;
  ranges: readonly OffsetRange[];
  /** Receives a record; false ends reading. */
  take: (record: TopicRecord) => boolean | Promise<boolean>;
  /** Whether records of open and aborted transactions, and records behind open ones, are delivered too. */
  uncommitted?: boolean;
  signal?: AbortSignal;
}

/** Reading fails after this time without any answer. */
const silenceMs = 60_000;
/** A topic missing for this time counts as deleted. */
const goneMs = 5000;
/** Number of answers without a record, and their time span, after which a range counts as empty. */
const quietFetches = 4;
const quietMs = 1500;
const pauseMs = 200;
const limits = { maxWaitMs: 250, maxBytes: 16 << 20 };

/** @returns parts of the ranges without readable records */
export async function readRanges(reading: RangeReading): Promise<OffsetRange[]> {
  const ranges = reading.ranges.filter(({ from, to }) => from < to);
  if (ranges.length === 0) return [];
  reading.signal?.throwIfAborted();
  const { access, topic, uncommitted = false } = reading;
  const reader = new TopicReader({ ...access, topic, uncommitted, clientId: "muonitor-reader" });
  try {
    return await new RangeReader(reading, reader).read(ranges);
  } finally {
    await reader.close();
  }
}

class RangeReader {
  private readonly unread: OffsetRange[] = [];
  private answeredMs = performance.now();
  private missingSinceMs: number | null = null;
  private id: string | null = null;

  constructor(
    private readonly reading: RangeReading,
    private readonly reader: TopicReader,
  ) {}

  async read(ranges: readonly OffsetRange[]): Promise<OffsetRange[]> {
    const { reader, reading } = this;
    await this.orAborted(
      reader.open().catch(async (cause: unknown) => {
        throw cause instanceof MuonitorError ? cause : await connectFailure(cause, reading.access);
      }),
    );
    this.id = reader.id;
    for (const range of ranges) if (!(await this.readOne(range))) break;
    return this.unread;
  }

  /** @returns false when no more records are wanted */
  private async readOne({ partition, from, to }: OffsetRange): Promise<boolean> {
    let [next, quiet, progressMs] = [from, 0, performance.now()];
    while (next < to) {
      const answer = await this.fetch(partition, next);
      if (answer === null) continue;
      if (isOutOfRange(answer.error)) next = await this.placeAgain({ partition, from: next, to });
      for (const message of answer.messages) {
        if (BigInt(message.offset) >= to) break;
        this.reading.signal?.throwIfAborted();
        if (!(await this.reading.take(recordOf(partition, message)))) return false;
      }
      if (answer.next > next) [next, quiet, progressMs] = [answer.next, 0, performance.now()];
      else if ((quiet += 1) > quietFetches && performance.now() - progressMs >= quietMs) {
        this.unread.push({ partition, from: next, to });
        return true;
      }
    }
    return true;
  }

  /** An answer of the partition's leader; null when it must be asked again. */
  private async fetch(partition: number, offset: bigint): Promise<Fetched | null> {
    const { reader } = this;
    try {
      const [answer] = await this.orAborted(reader.fetch([{ partition, offset }], limits));
      if (answer !== undefined && !passes(answer.error)) {
        this.answeredMs = performance.now();
        if (answer.error === 0 || isOutOfRange(answer.error)) return answer;
        throw faultOf(answer.error, reader.topic);
      }
    } catch (error) {
      if (this.reading.signal?.aborted === true) throw this.reading.signal.reason;
      if (!isPassing(error)) throw this.explained(error);
    }
    await this.recover();
    return null;
  }

  private async recover(): Promise<void> {
    const { reader, reading } = this;
    if (performance.now() - this.answeredMs > silenceMs)
      throw new UnavailableError(`Kafka has not answered for ${silenceMs / 1000} s`);
    await pause(pauseMs, reading.signal);
    const exists = await this.orAborted(reader.refresh().catch(() => true));
    this.missingSinceMs = exists ? null : (this.missingSinceMs ?? performance.now());
    if (this.missingSinceMs !== null && performance.now() - this.missingSinceMs > goneMs)
      throw new UnavailableError(`topic ${reader.topic} was deleted while it was read`);
    if (reader.id !== this.id) throw recreatedMeanwhile(reader.topic);
  }

  /** Skips and reports records that were deleted meanwhile. */
  private async placeAgain({ partition, from, to }: OffsetRange): Promise<bigint> {
    const { reader } = this;
    const ends = (await this.orAborted(reader.ends())).find((end) => end.partition === partition);
    if (ends === undefined || ends.high < from) throw recreatedMeanwhile(reader.topic);
    const low = ends.low < to ? ends.low : to;
    if (low > from) this.unread.push({ partition, from, to: low });
    return low;
  }

  private async orAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.reading;
    if (signal === undefined) return work;
    work.catch(() => undefined);
    signal.throwIfAborted();
    let abort = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
    });
    return Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", abort));
  }

  private explained(error: unknown): unknown {
    const text = `topic ${this.reading.topic} cannot be read: ${reasonOf(error)}`;
    if (error instanceof MuonitorError) return new MuonitorError(text, { cause: error });
    if (!(error instanceof Error) || !error.name.startsWith("KafkaJS")) return error;
    return new UnavailableError(text, { cause: error });
  }
}

function recreatedMeanwhile(topic: string): UnavailableError {
  return new UnavailableError(
    `topic ${topic} was deleted and created again, or truncated, while it was read: run the command again to read the new topic`,
  );
}

function recordOf(partition: number, message: KafkaMessage): TopicRecord {
  const { offset, timestamp, key, value, headers } = message;
  return {
    partition,
    offset: BigInt(offset),
    timestampMs: Number(timestamp),
    key,
    value,
    headers: headers ?? {},
  };
}
