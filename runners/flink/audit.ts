/** The audit: are all messages of our producers, as their keys tell, in the windows of `data_clean`? */
import {
  decodeSequenceKey,
  ledgerGap,
  type RawRecord,
  type SequenceKey,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { RangeSet, type Range } from "./range-set.js";

/** What became of the messages of one source, epoch and partition. */
export interface SourceAudit {
  id: string;
  epoch: number;
  partition: number;
  /** Messages on `data_raw`, repeated ones too. */
  messages: number;
  /** Messages whose number was there already. */
  duplicates: number;
  /** Numbers that are in no window, but should be. */
  missing: Range[];
  /** Numbers that are in no window because they came after the allowed lateness. */
  late: Range[];
  /** Numbers that are in no window and so young that theirs may be open. */
  open: number;
  /** Numbers that the producer left out between its first and its last. */
  never_sent: Range[];
  /** Messages in windows above those on `data_raw`; 0 when the topic no longer holds them all. */
  doubled: number;
  /** Windows that list the first 64 ranges only, so that `missing` may hold what is there. */
  truncated_windows: number;
}

export interface AuditReport {
  complete: boolean;
  sources: SourceAudit[];
  windows: number;
  partial_windows: number;
  rows: number;
  heartbeats: number;
  /** Messages without a key of ours: nothing can be said about them. */
  foreign_messages: number;
  /** Windows whose ledger does not add up. */
  wrong_ledgers: number;
}

export interface AuditLimits {
  allowedLatenessMs: number;
  /** Messages that came after this may be in open windows. */
  settledMs: number;
}

interface Tally {
  id: string;
  epoch: number;
  partition: number;
  messages: number;
  seen: RangeSet;
  recent: RangeSet;
  tooLate: RangeSet;
  /** How often numbers were repeated. */
  repeated: Map<number, number>;
  published: RangeSet;
  publishedMessages: number;
  truncated: number;
}

/** Takes first the windows, then the records, and compares. */
export class Audit {
  private readonly tallies = new Map<string, Tally>();
  private readonly windows = new Map<string, WindowMessage>();
  /** The newest record time by partition. */
  private readonly newest = new Map<number, number>();
  private windowMs = 0;
  private heartbeats = 0;
  private foreign = 0;

  constructor(private readonly limits: AuditLimits) {}

  /** A message of `data_clean`; a later one of the same key takes its place. */
  takeWindow(key: string, window: WindowMessage): void {
    this.windowMs = window.window.end_ms - window.window.start_ms;
    this.windows.set(key, window);
  }

  /** A record of `data_raw`, in the order of its partition. */
  takeRecord({ key, value, timestampMs, partition }: RawRecord): void {
    const newest = Math.max(timestampMs, this.newest.get(partition) ?? 0);
    this.newest.set(partition, newest);
    const sequenceKey = key === null ? null : decodeSequenceKey(new TextDecoder().decode(key));
    if (sequenceKey !== null) this.count(sequenceKey, timestampMs, newest);
    else if (value.length === 0) this.heartbeats += 1;
    else this.foreign += 1;
  }

  private count(key: SequenceKey, timestampMs: number, newestMs: number): void {
    const tally = this.tallyOf(key);
    const { sequence } = key;
    tally.messages += 1;
    if (tally.seen.has(sequence)) tally.repeated.set(sequence, (tally.repeated.get(sequence) ?? 0) + 1);
    tally.seen.add(sequence);
    if (timestampMs >= this.limits.settledMs) tally.recent.add(sequence);
    const windowEndMs = (Math.floor(timestampMs / this.windowMs) + 1) * this.windowMs;
    if (newestMs >= windowEndMs + this.limits.allowedLatenessMs) tally.tooLate.add(sequence);
  }

  report(): AuditReport {
    for (const { sources } of this.windows.values()) sources.forEach((source) => this.publish(source));
    const sources = [...this.tallies.values()].filter(({ messages }) => messages > 0).map(compare);
    const windows = [...this.windows.values()];
    const wrongLedgers = windows.filter(({ ledger }) => ledgerGap(ledger) !== 0).length;
    return {
      complete:
        wrongLedgers === 0 && sources.every((source) => source.missing.length === 0 && source.doubled === 0),
      sources,
      windows: windows.length,
      partial_windows: windows.filter(({ partial }) => partial).length,
      rows: windows.reduce((sum, { ledger }) => sum + ledger.rows, 0),
      heartbeats: this.heartbeats,
      foreign_messages: this.foreign,
      wrong_ledgers: wrongLedgers,
    };
  }

  private publish(source: WindowMessage["sources"][number]): void {
    const tally = this.tallyOf(source);
    for (const [first, last] of source.ranges) {
      tally.published.add(first, last);
      tally.publishedMessages += last - first + 1;
    }
    tally.publishedMessages += source.duplicates;
    if (source.truncated === true) tally.truncated += 1;
  }

  private tallyOf({ id, epoch, partition }: Omit<SequenceKey, "sequence">): Tally {
    const name = `${id}:${epoch}:${partition}`;
    let tally = this.tallies.get(name);
    if (tally === undefined) this.tallies.set(name, (tally = createTally({ id, epoch, partition })));
    return tally;
  }
}

function createTally(source: Omit<SequenceKey, "sequence">): Tally {
  const [seen, recent, tooLate, published] = [new RangeSet(), new RangeSet(), new RangeSet(), new RangeSet()];
  const counts = { messages: 0, publishedMessages: 0, truncated: 0 };
  return { ...source, ...counts, seen, recent, tooLate, published, repeated: new Map() };
}

function compare(tally: Tally): SourceAudit {
  const { id, epoch, partition, messages, seen, published } = tally;
  const absent = seen.minus(published);
  const notOpen = absent.minus(tally.recent);
  const missing = notOpen.minus(tally.tooLate);
  return {
    id,
    epoch,
    partition,
    messages,
    duplicates: messages - seen.size,
    missing: [...missing.ranges],
    late: [...notOpen.minus(missing).ranges],
    open: absent.size - notOpen.size,
    never_sent: [...gapsOf(seen).ranges],
    doubled: doubledOf(tally),
    truncated_windows: tally.truncated,
  };
}

/** Messages that windows count above those of the topic; not to be told when lists are cut or records have left it. */
function doubledOf({ seen, published, publishedMessages, repeated, truncated }: Tally): number {
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
