/**
 * Follows a topic from given positions: each record once and in partition order, across broker restarts and leader
 * changes. A topic that was recreated, or that lost records, is read from its new start.
 */
import { pause, Silence } from "../../process/index.js";
import type { KafkaMessage } from "kafkajs";
import { UnavailableError } from "../../../pipeline/model/index.js";
import type { KafkaAccess } from "../access.js";
import { reasonOf } from "../connect-failure.js";
import { changeText, type TopicChange } from "./changes.js";
import { faultOf, isOutOfRange, isPassing, passes } from "./faults.js";
import { isRefusal } from "../refusals.js";
import { isOtherTopic, recordMark, type RecordMark, type TopicMark } from "./marks.js";
import { TopicReader, type Fetched, type PartitionEnds } from "./topic-reader.js";

export interface FollowOptions extends KafkaAccess {
  topic: string;
  /** Name of the reader in the broker's log. */
  clientId: string;
  /** Receives changes of the topic, and the reason when reading has ended for good. */
  log?: (line: string) => void;
  /** Called when records were lost unread, before the following records are delivered. */
  changed?: (change: TopicChange) => void;
  limits?: { metadata?: number; fetch?: number };
}

/** Starting position in a partition, with the mark of an earlier reader if known. */
export interface Place {
  offset: bigint;
  mark?: TopicMark;
}

/** @param next the offset after this record */
type TakeMessage = (
  message: KafkaMessage,
  partition: number,
  next: bigint,
  mark: () => TopicMark,
) => void | Promise<void>;

/** Interval at which topic id and partitions are compared. */
const compareMs = 1000;
const retryMs = 250;
const refusedMs = 1000;
/** Time that a broker waits for a record; shorter for several brokers, because their answers wait for each other. */
const [waitMs, waitForSeveralMs] = [500, 50];
const maxBytes = 1 << 20;

interface Following {
  next: bigint;
  /** The record before `next`, if the topic has no id. */
  last: RecordMark | null;
  /** Last known end of the partition. */
  high: bigint;
}

export class TopicFollower {
  /** The newest change of the topic; null if it has not changed. */
  change: TopicChange | null = null;
  /** Resolves when the reading has ended; see {@link problem}. */
  ended: Promise<void> = Promise.resolve();
  /** Since the last successful answer of a broker, which sends one every second even without records. Null before the start. */
  silence: Silence | null = null;
  private fault: string | null = null;
  /** The access rule that the login lacks; it may be given while this waits. */
  private refusal: string | null = null;
  private isMissing = false;
  private readonly reader: TopicReader;
  private readonly partitions = new Map<number, Following>();
  /** Id of the topic being read. */
  private id: string | null = null;
  private comparedMs = 0;
  private readonly ending = new AbortController();

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: FollowOptions) {
    this.reader = new TopicReader({ retries: 5, ...options });
  }

  /** Reason why reading has stopped, for good or while the topic is missing or not allowed; null otherwise. */
  get problem(): string | null {
    return (
      this.fault ?? this.refusal ?? (this.isMissing ? `topic ${this.options.topic} does not exist` : null)
    );
  }

  /**
   * @param placeOf starting position in a partition
   * @throws UnavailableError when the topic is unreadable
   */
  async start(placeOf: (ends: PartitionEnds) => Place, take: TakeMessage): Promise<void> {
    const { topic, bootstrapServers } = this.options;
    try {
      await this.reader.open();
      this.id = this.reader.id;
      this.silence = new Silence();
      await this.begin(placeOf);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new UnavailableError(`topic ${topic} at ${bootstrapServers} cannot be read: ${reason}`, {
        cause,
      });
    }
    this.ended = this.readContinuously(take);
  }

  /** A stored position is used if it belongs to this topic; otherwise the topic is read from its start. */
  private async begin(placeOf: (ends: PartitionEnds) => Place): Promise<void> {
    const all = await this.reader.ends();
    const places = all.map((ends) => ({ ends, ...placeOf(ends) }));
    for (const { ends, offset, mark } of places)
      this.partitions.set(ends.partition, { next: offset, last: mark?.record ?? null, high: ends.high });
    if (places.some(({ mark }) => isOtherTopic(mark?.id ?? null, this.id)) || (await this.hasOtherRecords()))
      return this.restartAll("recreated", all);
    for (const { ends } of places) this.restartOutside(ends);
  }

  /** Partitions that do not contain their position are read from the start. */
  private restartOutside(ends: PartitionEnds): void {
    const { next = ends.low } = this.partitions.get(ends.partition) ?? {};
    if (next > ends.high) this.restart([ends], this.id === null ? "recreated" : "cut", 0n);
    else if (next < ends.low) this.restart([ends], "removed", ends.low - next);
  }

  /** For topics without an id: whether the last record read is now a different one. */
  private async hasOtherRecords(): Promise<boolean> {
    for (const [partition, { last }] of this.id === null ? this.partitions : []) {
      if (last === null) continue;
      const [answer] = await this.reader.fetch([{ partition, offset: last.offset }], {
        maxWaitMs: 0,
        maxBytes,
      });
      const found = answer?.messages.find(({ offset }) => BigInt(offset) === last.offset);
      // A missing record proves nothing: compaction removes records too.
      if (found !== undefined && !isSameRecord(recordMark(found), last)) return true;
    }
    return false;
  }

  private restartAll(kind: TopicChange["kind"], all: readonly PartitionEnds[]): void {
    const lost = [...this.partitions.values()].reduce(
      (sum, { next, high }) => sum + later(high - next, 0n),
      0n,
    );
    this.partitions.clear();
    this.restart(
      all,
      kind,
      all.reduce((sum, { low }) => sum + low, lost),
    );
  }

  private restart(all: readonly PartitionEnds[], kind: TopicChange["kind"], unread: bigint): void {
    for (const { partition, low, high } of all)
      this.partitions.set(partition, { next: low, last: null, high });
    this.change = { kind, topic: this.options.topic, atMs: Date.now(), unread };
    this.options.log?.(`${changeText(this.change)}; reading it from its start`);
    this.options.changed?.(this.change);
  }

  private async readContinuously(take: TakeMessage): Promise<void> {
    while (!this.isEnding() && this.fault === null) {
      try {
        await this.compare();
        await this.readOnce(take);
      } catch (error) {
        if (this.isEnding()) return;
        if (isRefusal(error)) await this.awaitRight(error);
        else if (isPassing(error)) await this.pause();
        else this.end(error);
      }
    }
  }

  /** Nothing is lost meanwhile: reading continues where it stopped. */
  private async awaitRight(error: unknown): Promise<void> {
    const text = `topic ${this.options.topic} cannot be read: ${reasonOf(error)}`;
    if (text !== this.refusal) this.options.log?.(text);
    this.refusal = text;
    await this.pause(refusedMs);
  }

  private isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  private async pause(ms = retryMs): Promise<void> {
    this.comparedMs = -Infinity;
    await pause(ms, this.ending.signal).catch(() => undefined);
  }

  /** Called for permanent errors; transient ones are retried. */
  private end(error: unknown): void {
    this.fault = `topic ${this.options.topic} can no longer be read: ${reasonOf(error)}`;
    this.options.log?.(this.fault);
  }

  /** Checks periodically that the topic is still the same and has the same partitions. */
  private async compare(): Promise<void> {
    const { reader } = this;
    if (performance.now() - this.comparedMs < compareMs) return;
    this.isMissing = !(await reader.refresh());
    if (this.isMissing) throw new UnavailableError("the topic does not exist");
    this.comparedMs = performance.now();
    const isOther = isOtherTopic(this.id, reader.id) || (await this.hasOtherRecords());
    if (isOther) this.restartAll("recreated", await reader.ends());
    this.id = reader.id;
    for (const partition of reader.leaders.keys())
      if (!this.partitions.has(partition)) this.partitions.set(partition, { next: 0n, last: null, high: 0n });
  }

  private async readOnce(take: TakeMessage): Promise<void> {
    const { reader, partitions } = this;
    const wants = [...partitions].map(([partition, { next }]) => ({ partition, offset: next }));
    const nodes = new Set(reader.leaders.values());
    const maxWaitMs = nodes.size > 1 ? waitForSeveralMs : waitMs;
    const answers = await reader.fetch(wants, { maxWaitMs, maxBytes });
    for (const answer of answers) {
      if (this.isEnding()) return;
      await this.takeAnswer(answer, take);
    }
    // A leader has moved, or the topic is a different one.
    if (answers.length < wants.length || answers.some(({ error }) => error !== 0)) await this.pause();
  }

  private async takeAnswer(answer: Fetched, take: TakeMessage): Promise<void> {
    const { partition, error, messages, ends } = answer;
    const place = this.partitions.get(partition);
    // Another answer of the same round may have shown that the topic is a different one.
    if (place?.next !== answer.offset) return;
    if (isOutOfRange(error)) return this.placeAgain(partition);
    if (error !== 0 && !passes(error)) throw faultOf(error, this.options.topic);
    if (error === 0) {
      place.high = ends.high;
      this.silence?.end();
      this.refusal = null;
    }
    for (const message of messages) {
      const next = BigInt(message.offset) + 1n;
      const mark = (): TopicMark => ({ id: this.id, record: recordMark(message) });
      await take(message, partition, next, mark);
      place.next = next;
      if (this.id === null) place.last = mark().record;
    }
    place.next = later(place.next, answer.next);
  }

  /** The position is not in the topic: it was recreated, lost its end, or its oldest records were deleted. */
  private async placeAgain(partition: number): Promise<void> {
    this.comparedMs = -Infinity;
    await this.compare();
    const ends = (await this.reader.ends()).find((end) => end.partition === partition);
    if (ends !== undefined) this.restartOutside(ends);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.ending.abort();
    this.silence?.close();
    await this.reader.close();
    await this.ended;
  }
}

function isSameRecord(a: RecordMark, b: RecordMark): boolean {
  return a.timestamp === b.timestamp && a.crc === b.crc;
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
