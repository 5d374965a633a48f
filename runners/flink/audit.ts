/**
 * The audit checks that all messages of Muonitor's producers, identified by their keys, are in the windows of `data_clean`. A
 * message in no window was late or is missing. The job's side tally, which counts the rows read per window, distinguishes
 * the two. Outside the range of the tally, record times are used; they do not show that a partition was idle for
 * long.
 */
import {
  decodeSequenceKey,
  isKeepAlive,
  isOutdated,
  ledgerGap,
  type SequenceKey,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import type { CounterReader, TopicRecord } from "../kafka/index.js";
import type { AuditReport, SourceAudit, WrongTimes } from "./audit-report.js";
import { RangeSet } from "./range-set.js";
import { wrongTimeOf } from "./wrong-time.js";

type AuditRecord = Pick<TopicRecord, "key" | "value" | "timestampMs" | "partition"> &
  Partial<Pick<TopicRecord, "offset">>;

export interface AuditLimits {
  allowedLatenessMs: number;
  /** Messages that arrived after this time may be in open windows. */
  settledMs: number;
}

/** Messages of one source, epoch and partition. */
interface Sent {
  id: string;
  epoch: number;
  partition: number;
  messages: number;
  seen: RangeSet;
  recent: RangeSet;
  /** Messages in no window, by the start of their window. */
  absent: Map<number, RangeSet>;
  /** In none of the windows on the topic, but their own window may no longer be on the topic. */
  unknown: RangeSet;
  /** Late according to record times. */
  tooLate: RangeSet;
  /** Number of repetitions by message number. */
  repeated: Map<number, number>;
  published: RangeSet;
  publishedMessages: number;
  truncated: number;
}

/** Takes all windows first, then the records, and compares them. */
export class Audit {
  private readonly sources = new Map<string, Sent>();
  private readonly windows = new Map<string, WindowMessage>();
  /** Records of any kind on `data_raw`, by the start of their window. */
  private readonly held = new Map<number, number>();
  /** The newest record time by partition. */
  private readonly newest = new Map<number, number>();
  private windowMs = 0;
  /** Windows that start earlier may have left the topic. */
  private knownFromMs = -Infinity;
  private heartbeats = 0;
  private foreign = 0;
  /** Messages without a key of ours whose window is not on `data_clean`, by its start. */
  private readonly foreignAbsent = new Map<number, number>();
  private readonly wrongTimes = new Map<WrongTimes["kind"], WrongTimes>();
  private readonly starts = new Set<number>();
  private isPublished = false;

  constructor(private readonly limits: AuditLimits) {}

  /** Adds a message of `data_clean`; it replaces an earlier one with the same key, unless it is an older version. */
  takeWindow(key: string, window: WindowMessage): void {
    const held = this.windows.get(key);
    if (held !== undefined && isOutdated(window, held)) return;
    this.windowMs = window.window.end_ms - window.window.start_ms;
    this.windows.set(key, window);
    this.starts.add(window.window.start_ms);
  }

  /**
   * Notes that a partition of `data_clean` has lost older messages. Its first remaining message may correct a window
   * that is older than the lost ones by at most the allowed lateness.
   * @param firstStartMs start of its window; null when the partition is empty
   */
  takeCut(firstStartMs: number | null): void {
    const knownFromMs =
      firstStartMs === null ? Infinity : firstStartMs + this.limits.allowedLatenessMs + 2 * this.windowMs;
    this.knownFromMs = Math.max(this.knownFromMs, knownFromMs);
  }

  /** Adds a record of `data_raw`, in partition order; returns true to request the next record. */
  takeRecord(record: AuditRecord): true {
    const { key, value, timestampMs, partition } = record;
    this.publishAll();
    if (isKeepAlive(key)) return true;
    const startMs = Math.floor(timestampMs / this.windowMs) * this.windowMs;
    this.held.set(startMs, (this.held.get(startMs) ?? 0) + 1);
    const newest = Math.max(timestampMs, this.newest.get(partition) ?? 0);
    this.newest.set(partition, newest);
    const sequenceKey = key === null ? null : decodeSequenceKey(key.toString());
    if (sequenceKey !== null) this.count(sequenceKey, record, newest);
    else if (value === null || value.length === 0) this.heartbeats += 1;
    else this.countForeign(record);
    return true;
  }

  private countForeign(record: AuditRecord): void {
    this.foreign += 1;
    const { timestampMs } = record;
    const startMs =
      this.windowMs === 0 ? timestampMs : Math.floor(timestampMs / this.windowMs) * this.windowMs;
    if (this.starts.has(startMs) || this.isWrongTime(record)) return;
    if (this.knownFromMs === Infinity || startMs < this.knownFromMs) return;
    this.foreignAbsent.set(startMs, (this.foreignAbsent.get(startMs) ?? 0) + 1);
  }

  /** Counts a record that is in no window because of its timestamp; false for any other cause. */
  private isWrongTime({ timestampMs, partition, offset }: AuditRecord): boolean {
    const kind = wrongTimeOf(timestampMs);
    if (kind === null) return false;
    const first = { kind, messages: 0, partition, offset: offset === undefined ? null : Number(offset) };
    const counted = this.wrongTimes.get(kind) ?? first;
    counted.messages += 1;
    this.wrongTimes.set(kind, counted);
    return true;
  }

  private count(key: SequenceKey, record: AuditRecord, newestMs: number): void {
    const { timestampMs } = record;
    const sent = this.sentBy(key);
    const { sequence } = key;
    sent.messages += 1;
    if (sent.seen.has(sequence)) sent.repeated.set(sequence, (sent.repeated.get(sequence) ?? 0) + 1);
    sent.seen.add(sequence);
    if (sent.published.has(sequence)) return;
    this.isWrongTime(record);
    if (timestampMs >= this.limits.settledMs) sent.recent.add(sequence);
    const startMs = Math.floor(timestampMs / this.windowMs) * this.windowMs;
    if (this.knownFromMs === Infinity || startMs < this.knownFromMs) {
      sent.unknown.add(sequence);
      return;
    }
    const absent = sent.absent.get(startMs) ?? new RangeSet();
    absent.add(sequence);
    sent.absent.set(startMs, absent);
    if (newestMs >= startMs + this.windowMs + this.limits.allowedLatenessMs) sent.tooLate.add(sequence);
  }

  /**
   * Messages of any producer, in settled windows, that the job has not read.
   * @param tally of the job; read later than the records
   */
  unread(tally: CounterReader): number {
    const settled = [...this.held.keys()].filter(
      (startMs) => startMs + this.windowMs <= this.limits.settledMs,
    );
    return settled.reduce((sum, startMs) => sum + (this.unreadOf(tally, startMs) ?? 0), 0);
  }

  /** Null outside the range of the tally. */
  private unreadOf(tally: CounterReader, startMs: number): number | null {
    const knownFromMs = tally.cutMs + this.limits.allowedLatenessMs + 2 * this.windowMs;
    if (!(startMs > knownFromMs)) return null;
    const read = tally.windows.get(startMs)?.messages ?? 0;
    return Math.max(0, (this.held.get(startMs) ?? 0) - read);
  }

  /** @param tally of the job; null when there is none */
  report(tally: CounterReader | null = null): AuditReport {
    const sent = [...this.sources.values()].filter(({ messages }) => messages > 0);
    const sources = sent.map((source) => compare(source, this.missingOf(source, tally)));
    const unread = tally === null ? null : this.unread(tally);
    const windows = [...this.windows.values()];
    const wrongLedgers = windows.filter(({ ledger }) => ledgerGap(ledger) !== 0).length;
    const foreignAbsent = [...this.foreignAbsent]
      .filter(([startMs]) => startMs + this.windowMs <= this.limits.settledMs)
      .reduce((sum, [, messages]) => sum + messages, 0);
    return {
      complete:
        wrongLedgers === 0 &&
        foreignAbsent === 0 &&
        this.wrongTimes.size === 0 &&
        (unread ?? 0) === 0 &&
        sources.every((source) => source.missing.length === 0 && source.doubled === 0),
      sources,
      windows: windows.length,
      partial_windows: windows.filter(({ partial }) => partial).length,
      rows: windows.reduce((sum, { ledger }) => sum + ledger.rows, 0),
      heartbeats: this.heartbeats,
      foreign_messages: this.foreign,
      foreign_in_no_window: foreignAbsent,
      wrong_times: [...this.wrongTimes.values()],
      unread_messages: unread,
      wrong_ledgers: wrongLedgers,
    };
  }

  /**
   * In a window whose records the job has all read, absent messages were late; otherwise they may never have been
   * read.
   */
  private missingOf({ absent, tooLate }: Sent, tally: CounterReader | null): RangeSet {
    const missing = new RangeSet();
    for (const [startMs, numbers] of absent) {
      const unread = tally === null ? null : this.unreadOf(tally, startMs);
      if (unread === 0) continue;
      const lost = unread === null ? numbers.minus(tooLate) : numbers;
      for (const [first, last] of lost.ranges) missing.add(first, last);
    }
    return missing;
  }

  /** Collects the numbers listed in the windows, once all windows are known. */
  private publishAll(): void {
    if (this.isPublished) return;
    this.isPublished = true;
    for (const { sources } of this.windows.values()) sources.forEach((source) => this.publish(source));
  }

  private publish(source: WindowMessage["sources"][number]): void {
    const sent = this.sentBy(source);
    for (const [first, last] of source.ranges) {
      sent.published.add(first, last);
      sent.publishedMessages += last - first + 1;
    }
    sent.publishedMessages += source.duplicates;
    if (source.truncated === true) sent.truncated += 1;
  }

  private sentBy({ id, epoch, partition }: Omit<SequenceKey, "sequence">): Sent {
    const name = `${id}:${epoch}:${partition}`;
    let sent = this.sources.get(name);
    if (sent === undefined) this.sources.set(name, (sent = nothingSent({ id, epoch, partition })));
    return sent;
  }
}

function nothingSent(source: Omit<SequenceKey, "sequence">): Sent {
  return {
    ...source,
    ...{ messages: 0, publishedMessages: 0, truncated: 0 },
    ...{ seen: new RangeSet(), recent: new RangeSet(), unknown: new RangeSet() },
    ...{ tooLate: new RangeSet(), published: new RangeSet() },
    ...{ absent: new Map<number, RangeSet>(), repeated: new Map<number, number>() },
  };
}

/** @param lost messages in no window that were not late; recent ones may be in an open window */
function compare(sent: Sent, lost: RangeSet): SourceAudit {
  const { id, epoch, partition, messages, seen, published } = sent;
  const absent = seen.minus(published);
  const notOpen = absent.minus(sent.recent);
  const missing = lost.minus(sent.recent);
  const unknown = sent.unknown.minus(sent.recent);
  const late = notOpen.minus(missing).minus(unknown);
  return {
    id,
    epoch,
    partition,
    messages,
    duplicates: messages - seen.size,
    missing: [...missing.ranges],
    late: [...late.ranges],
    late_by_tally: late.minus(sent.tooLate).size,
    unknown: [...unknown.ranges],
    open: absent.size - notOpen.size,
    never_sent: [...gapsOf(seen).ranges],
    doubled: doubledOf(sent),
    truncated_windows: sent.truncated,
  };
}

/**
 * Messages that windows count in excess of the topic; unknown when lists are truncated or records have left the
 * topic.
 */
function doubledOf({ seen, published, publishedMessages, repeated, truncated }: Sent): number {
  if (truncated > 0 || published.minus(seen).size > 0) return 0;
  const again = [...repeated].filter(([sequence]) => published.has(sequence));
  const expected = again.reduce((sum, [, times]) => sum + times, published.size);
  return Math.max(0, publishedMessages - expected);
}

function gapsOf(seen: RangeSet): RangeSet {
  const all = new RangeSet();
  const [first, last] = [seen.ranges[0], seen.ranges.at(-1)];
  if (first !== undefined && last !== undefined) all.add(first[0], last[1]);
  return all.minus(seen);
}
