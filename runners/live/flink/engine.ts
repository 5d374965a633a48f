/** The engine on Kafka and Flink: sends rows to a topic, and reads the job's windows from another topic. */
import {
  isKeepAlive,
  tallyTopicOf,
  type HopStatus,
  type PartStatus,
  type RawRecord,
  type RowSample,
} from "../../../pipeline/model/index.js";
import type { PipelineConfig } from "../../../pipeline/steps/index.js";
import type { WindowPosition } from "../../../dashboard/bridge/index.js";
import {
  KafkaSender,
  KafkaCounterSource,
  LateCounters,
  TopicSample,
  type KafkaAccess,
} from "../../kafka/index.js";
import { clockTime } from "../../services/index.js";
import { RateMeter } from "../rate-meter.js";
import { RowSampler } from "../row-sampler.js";
import { SampleRing } from "../sample-ring.js";
import { CleanTopic } from "../clean-topic.js";
import type { Engine, EngineRun, EngineStatus, RowTarget, Starting } from "../engine.js";
import type { LiveOptions } from "../live-system.js";

/** State of the cluster side. */
export interface ClusterState {
  parts: PartStatus[];
  /** Notices for operators that are not problems. */
  notices: string[];
  /** Reason why the job is not running; null while it runs. */
  job: string | null;
  /** Number of messages of a recreated topic of rows that the job skips; null if unknown. */
  skipped: number | null;
  /** Text about partitions that the job does not read; null if it reads all. */
  unread: string | null;
}

interface FlinkEngineOptions extends Pick<
  LiveOptions,
  "stream" | "windowMs" | "allowedLatenessMs" | "detector" | "log"
> {
  kafka: KafkaAccess;
  partitions: number;
  rawTopic: string;
  cleanTopic: string;
  cluster: () => ClusterState;
  /** Whether Kafka was started empty for this system: positions of an earlier system are those of other topics. */
  isNewKafka: boolean;
  /** Format of the values in the topic of rows; only rows are sampled. */
  rawFormat: PipelineConfig["format"];
  /** Called with the id of the topic of rows that the job reads. */
  jobReads: (rawId: string) => void;
  /** Starts the job if it does not run yet; resolves when Flink has accepted it. */
  submit?: () => Promise<Starting>;
}

/** Number of past messages shown when the page is opened for the first time. */
const pastMessages = 720;
/** Records arrive every second, and the job reports the rows it has read every second. */
const inputMs = 5000;
const workMs = 10_000;
export class FlinkEngine implements Engine {
  readonly runner = "flink";
  private run: EngineRun | null = null;
  /** Time since when the job has been expected to work, ms. */
  private expectedSinceMs = Date.now();
  private readonly sender: KafkaSender;
  private readonly windows: CleanTopic;
  private readonly tallySource: KafkaCounterSource;
  private readonly tally: LateCounters;
  private readonly topicSample: TopicSample;
  private readonly sampler: RowSampler;
  private readonly sampleRing = new SampleRing();
  private readonly messageRate = new RateMeter();
  /** Wall clock time of the job's newest report of rows read, ms. */
  private lastWorkMs: number | null = null;
  /** Wall clock times when the newest record, and the newest record with rows, were seen in the topic, ms. */
  private lastRecordMs: number | null = null;
  private lastRowRecordMs: number | null = null;
  private inputSinceMs: number | null = null;
  private rows = 0;
  private lastRowsMs: number | null = null;
  private readonly ends = new Set<number>();

  constructor(private readonly options: FlinkEngineOptions) {
    const { kafka, rawTopic, cleanTopic, stream, windowMs, log } = options;
    this.sender = new KafkaSender({ ...kafka, topic: rawTopic });
    this.windows = new CleanTopic({
      ...kafka,
      topic: cleanTopic,
      stream,
      windowMs,
      lastMessages: pastMessages,
      log,
      changed: () => this.tally.windowsLost(),
    });
    this.tallySource = new KafkaCounterSource({ ...kafka, topic: tallyTopicOf(cleanTopic), stream });
    this.tally = new LateCounters({ ...options, isWhole: () => this.windows.isWhole });
    this.topicSample = new TopicSample({ ...kafka, topic: rawTopic });
    this.sampler = new RowSampler({ ...options, now: Date.now });
  }

  start(run: EngineRun): Promise<RowTarget> {
    this.run = run;
    return Promise.resolve({ sender: this.sender, partitions: this.options.partitions });
  }

  async finishStart(): Promise<Starting> {
    const job = (await this.options.submit?.()) ?? { done: Promise.resolve() };
    return { done: job.done.then(() => void (this.expectedSinceMs = Date.now())) };
  }

  async startWindows(positionsOf: (topic: string) => WindowPosition[]): Promise<void> {
    const { isNewKafka, cleanTopic } = this.options;
    const positions = isNewKafka ? [] : positionsOf(cleanTopic);
    await this.windows.start(this.run as EngineRun, positions, (message) => {
      this.tally.takeWindow(message);
      this.ends.add(message.window.end_ms);
    });
    await this.tallySource.start((pane, writtenMs) => {
      this.lastWorkMs = Math.max(this.lastWorkMs ?? 0, Math.min(writtenMs, Date.now()));
      this.tally.takePane(pane);
      if (pane.origin?.rawId !== undefined) this.options.jobReads(pane.origin.rawId);
    });
    await this.topicSample
      .start((record, offset) => this.look(record, offset))
      .catch((error: unknown) => this.options.log(`cannot sample rows: ${(error as Error).message}`));
  }

  private look(record: RawRecord, offset: string): void {
    if (isKeepAlive(record.key)) return;
    this.lastRecordMs = Date.now();
    if (record.value.length > 0) this.lastRowRecordMs = this.lastRecordMs;
    if (this.options.rawFormat === "rows") this.sampler.look(record, offset);
  }

  samples(): RowSample[] {
    return this.sampleRing.list();
  }

  status(): EngineStatus {
    const cluster = this.options.cluster();
    this.sampleRing.add(this.sampler.take());
    return {
      hops: [
        ...this.sourceHops(),
        { hop: "pipeline", last_ms: this.lastWorkMs, rate_hz: this.rowRate(), unit: "rows" },
        this.windows.hop(),
      ],
      late: this.tally.late(),
      unread: { raw_messages: cluster.skipped, window_rows: this.tally.unread().rows },
      backlogBytes: null,
      openWindows: this.correctable(),
      parts: cluster.parts,
      notices: cluster.notices,
      troubles: [cluster.job, cluster.unread, this.flowTrouble(Date.now()), this.changeText()],
      hasInput: this.inputSince(Date.now()) !== null,
    };
  }

  /** Notice of a recent change of the topic of windows and of the lost windows. */
  private changeText(): string | null {
    const change = this.windows.changeText();
    const { rows } = this.tally.unread();
    return change === null || rows === 0 ? change : `${change}; ${rows} rows are in unread windows`;
  }

  /** The stage that makes no progress although every part and the job seem to work; null if there is none. */
  private flowTrouble(nowMs: number): string | null {
    const dead = this.windows.problem ?? this.tallySource.problem;
    if (dead !== null) return dead;
    const silentSince = this.windows.silentSince();
    if (silentSince !== null)
      return `Kafka has not answered the reader of ${this.options.cleanTopic} since ${silentSince}`;
    const inputSinceMs = this.inputSince(nowMs);
    if (inputSinceMs === null) return null;
    const sinceMs = (lastMs: number | null): number =>
      Math.max(lastMs ?? 0, inputSinceMs, this.expectedSinceMs);
    const readMs = sinceMs(this.lastWorkMs);
    if (nowMs - readMs > workMs)
      return `records arrive, but the job has read none since ${clockTime(readMs)}`;
    const writtenMs = sinceMs(this.windows.lastWindowMs);
    if (nowMs - writtenMs <= 3 * this.options.windowMs + workMs) return null;
    return `the job reads, but has written no window since ${clockTime(writtenMs)}`;
  }

  /** Wall clock time since which records have arrived without a break, ms; null if none arrive. */
  private inputSince(nowMs: number): number | null {
    const sentMs = this.run?.production()?.lastSentMs ?? this.lastRecordMs;
    const comes = sentMs !== null && nowMs - sentMs <= inputMs;
    this.inputSinceMs = comes ? (this.inputSinceMs ?? nowMs) : null;
    return this.inputSinceMs;
  }

  private rowRate(): number | null {
    return this.windows.rowRate(this.options.windowMs);
  }

  /** State of read-out and topic: from our own production, or from samples of the topic for rows from outside. */
  private sourceHops(): HopStatus[] {
    const stats = this.run?.production() ?? null;
    if (stats === null) {
      const outside = { rate_hz: this.rowRate(), unit: "rows" } as const;
      return [
        { hop: "readout", last_ms: this.lastRowRecordMs, ...outside },
        { hop: "data_raw", last_ms: this.lastRecordMs, ...outside },
      ];
    }
    if (stats.rows > this.rows) this.lastRowsMs = stats.lastSentMs;
    this.rows = stats.rows;
    const messages = this.messageRate.update(stats.messages + stats.heartbeats);
    return [
      { hop: "readout", last_ms: this.lastRowsMs, rate_hz: stats.rateHz, unit: "rows" },
      { hop: "data_raw", last_ms: stats.lastSentMs, rate_hz: messages, unit: "messages" },
    ];
  }

  /** Number of windows that can still be corrected. */
  private correctable(): number {
    for (const end of this.ends) {
      if (end + this.options.allowedLatenessMs < Date.now()) this.ends.delete(end);
    }
    return this.ends.size;
  }

  async close(): Promise<void> {
    await Promise.all([
      this.sender.close(),
      this.windows.close(),
      this.tallySource.close(),
      this.topicSample.close(),
    ]);
  }
}
