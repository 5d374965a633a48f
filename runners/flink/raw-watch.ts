/**
 * Watches the topic of rows for conditions that a running job cannot detect: another topic under the same name
 * (KafkaIO restores by offset only), and transactions that stay open, behind which nothing is read. Also keeps quiet
 * partitions from holding back windows.
 */
import {
  isOtherTopic,
  isRefusal,
  reasonOf,
  TopicReader,
  type KafkaAccess,
  type PartitionEnds,
  type TopicReaderOptions,
} from "../kafka/index.js";
import { pause } from "../process/index.js";
import { KeepAlive, type KeepAliveRule } from "./keep-alive.js";

export interface RawWatchOptions {
  access: KafkaAccess;
  topic: string;
  windowMs: () => number;
  keepAlive: KeepAliveRule;
  /** Remedy that makes the job read the new topic, in the imperative. */
  cure: string;
  log: (line: string) => void;
  limits?: TopicReaderOptions["limits"];
  /** Pause between two checks, ms; default 1000. */
  everyMs?: number;
}

const usualEveryMs = 1000;
const closeWithinMs = 1000;
/** Time for a newly submitted job to report which topic it reads; shorter for short windows. */
const otherForMs = 3000;

/** Time for which a new leader of a partition may report an earlier end than the previous one: followers lag behind. */
const shortForMs = 60_000;

interface OpenTransaction {
  stable: bigint;
  /** Wall clock of the first and of the last check that found it, ms. */
  sinceMs: number;
  seenMs: number;
}

export class RawWatch {
  private readonly reader: TopicReader;
  private readonly keepAlive: KeepAlive;
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** Id of the topic that the job reads. */
  private readId: string | null = null;
  private isMissing = false;
  /** Partition ends of the topic that the job reads. */
  private readTo = new Map<number, bigint>();
  private ends: readonly PartitionEnds[] = [];
  private isCut = false;
  /** Time since which the topic ends before {@link readTo}. */
  private shortSinceMs: number | null = null;
  /** Time since which the job reads a topic other than this one. */
  private otherSinceMs: number | null = null;
  private readonly open = new Map<number, OpenTransaction>();
  private reported: string | null = null;
  /** The access rule that the login lacks. */
  private refusal: string | null = null;

  constructor(private readonly options: RawWatchOptions) {
    const { access, topic, keepAlive, limits } = options;
    const { bootstrapServers, kafkaSettings = new Map<string, string>() } = access;
    this.reader = new TopicReader({
      ...{ bootstrapServers, kafkaSettings, topic, clientId: "muonitor-watch" },
      ...(limits === undefined ? {} : { limits }),
    });
    this.keepAlive = new KeepAlive({ access, reader: this.reader, rule: keepAlive });
  }

  start(): void {
    this.running = this.watch();
  }

  /** Notes the topic that the job reports to read. */
  jobReads(id: string): void {
    if (id === this.readId) return;
    this.readId = id;
    this.isCut = false;
    this.shortSinceMs = null;
    this.readTo.clear();
  }

  private async watch(): Promise<void> {
    const { signal } = this.ending;
    const { everyMs = usualEveryMs } = this.options;
    while (!signal.aborted) {
      // While Kafka is down the state is unknown; the outage is reported elsewhere.
      await this.look().then(
        () => (this.refusal = null),
        (error: unknown) => this.noteRefusal(error),
      );
      this.report();
      await pause(everyMs, signal).catch(() => undefined);
    }
  }

  private noteRefusal(error: unknown): void {
    if (isRefusal(error)) this.refusal = reasonOf(error);
  }

  private async look(): Promise<void> {
    const { reader } = this;
    this.isMissing = !(await reader.refresh());
    if (this.isMissing) return;
    this.readId ??= reader.id;
    this.ends = await reader.ends();
    if (isOtherTopic(this.readId, reader.id)) this.otherSinceMs ??= performance.now();
    else {
      this.otherSinceMs = null;
      this.compareEnds();
    }
    this.watchTransactions();
    await this.keepAlive.look(this.ends);
  }

  private get isOther(): boolean {
    const forMs = Math.min(otherForMs, this.options.windowMs());
    return this.otherSinceMs !== null && performance.now() - this.otherSinceMs >= forMs;
  }

  /** If topics have no id, one that ends earlier is a different topic; otherwise it may be a new leader. */
  private compareEnds(): void {
    const isShort = this.ends.some(({ partition, high }) => high < (this.readTo.get(partition) ?? 0n));
    if (!isShort) this.shortSinceMs = null;
    else this.shortSinceMs ??= performance.now();
    const forMs = this.reader.id === null ? 0 : shortForMs;
    if (this.shortSinceMs !== null && performance.now() - this.shortSinceMs >= forMs) this.isCut = true;
    if (!isShort && !this.isCut)
      this.readTo = new Map(this.ends.map(({ partition, high }) => [partition, high]));
  }

  /** A transaction is open while every check finds the same start; while checks fail, nothing is known. */
  private watchTransactions(): void {
    const seenMs = Date.now();
    for (const { partition, stable, high } of this.ends) {
      const { stable: before, sinceMs } = this.open.get(partition) ?? {};
      if (stable >= high) this.open.delete(partition);
      else
        this.open.set(partition, {
          ...{ stable, seenMs },
          sinceMs: before === stable && sinceMs !== undefined ? sinceMs : seenMs,
        });
    }
  }

  /** Messages of another topic of the same name that the job skips; null before the topic was seen. */
  get skipped(): number | null {
    if (this.ends.length === 0) return null;
    return this.isOther || this.isCut ? Number(this.countSkipped()) : 0;
  }

  /** The problem in one line; null if there is none. */
  get problem(): string | null {
    const { topic, cure } = this.options;
    if (this.isMissing && this.ends.length > 0) return `topic ${topic} does not exist: the job reads nothing`;
    if (this.isOther || this.isCut) {
      const what = this.isOther ? "was deleted and created again" : "ends before what the job has read";
      return `topic ${topic} ${what}; the job skips ${this.countSkipped()} of its messages: ${cure}`;
    }
    return this.transactionText() ?? this.refusedText();
  }

  /** Why the topic cannot be watched, which alone holds back no window; null if it can. */
  get notice(): string | null {
    if (this.refusal === null) return null;
    return `topic ${this.options.topic} is not watched for open transactions and a new topic of its name: ${this.refusal}`;
  }

  /** Messages below the offsets up to which the old topic was read. */
  private countSkipped(): bigint {
    return this.ends.reduce((sum, { partition, low, high }) => {
      const to = this.readTo.get(partition) ?? 0n;
      const end = to < high ? to : high;
      return sum + (end > low ? end - low : 0n);
    }, 0n);
  }

  private transactionText(): string | null {
    const longMs = 2 * this.options.windowMs();
    const [old] = [...this.open].filter(([, { sinceMs, seenMs }]) => seenMs - sinceMs > longMs);
    if (old === undefined) return null;
    const [partition, transaction] = old;
    const time = new Date(transaction.sinceMs).toISOString().slice(11, 19);
    return (
      `a transaction is open in partition ${partition} of ${this.options.topic} since ${time} UTC ` +
      `(offset ${transaction.stable}): later rows and windows wait until its producer ends it`
    );
  }

  private refusedText(): string | null {
    const [partition] = this.keepAlive.refused;
    if (partition === undefined) return null;
    return (
      `partition ${partition} of ${this.options.topic} ends with a transaction marker, and windows wait for its next record: ` +
      `--keep-alive always allows an empty record there`
    );
  }

  private report(): void {
    const line = this.problem ?? this.notice;
    const kind = line?.replaceAll(/skips \d+/g, "skips") ?? null;
    if (kind !== null && kind !== this.reported) this.options.log(line ?? "");
    this.reported = kind;
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.reader.close();
    // Not awaited if a broker does not answer.
    await Promise.race([this.running, pause(closeWithinMs)]);
  }
}
