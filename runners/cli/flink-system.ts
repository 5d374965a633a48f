/** The system on Kafka and Flink: source → Kafka → job on a cluster → Kafka → bridge. */
import {
  tallyTopicOf,
  type HopStatus,
  type RowSample,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import type { Position, Routes } from "../../dashboard/bridge/index.js";
import {
  KafkaSender,
  KafkaTallySource,
  KafkaWindowSource,
  LateTally,
  TopicSample,
  type KafkaAccess,
} from "../kafka/index.js";
import { RateMeter } from "../embedded/rate-meter.js";
import { RowSampler } from "../embedded/row-sampler.js";
import { SampleRing } from "../embedded/sample-ring.js";
import { LiveSystem, type EngineStatus, type LiveOptions, type RowTarget } from "./live-system.js";

/** What the cluster side says of itself. */
export interface ClusterState {
  /** Wall clock when the job was last seen running, ms. */
  runningMs: number | null;
  problem: string | null;
}

export interface FlinkSystemOptions extends LiveOptions {
  kafka: KafkaAccess;
  partitions: number;
  rawTopic: string;
  cleanTopic: string;
  cluster: () => ClusterState;
  routes: (system: FlinkSystem) => Routes;
}

/** So many messages of the past are shown when the page is opened for the first time. */
const pastMessages = 720;

export class FlinkSystem extends LiveSystem {
  readonly runner = "flink";
  private readonly sender: KafkaSender;
  private readonly source: KafkaWindowSource;
  private readonly tallySource: KafkaTallySource;
  private readonly tally: LateTally;
  private readonly topicSample: TopicSample;
  private readonly sampler: RowSampler;
  private readonly sampleRing = new SampleRing();
  private readonly messageRate = new RateMeter();
  private readonly windowRate = new RateMeter(60_000);
  private newest: WindowMessage | null = null;
  private lastWindowMs: number | null = null;
  private rows = 0;
  private lastRowsMs: number | null = null;
  private readonly ends = new Set<number>();

  constructor(private readonly options: FlinkSystemOptions) {
    super(options);
    const { kafka, rawTopic, cleanTopic, stream, windowMs, log } = options;
    this.sender = new KafkaSender({ ...kafka, topic: rawTopic });
    this.source = new KafkaWindowSource({
      ...kafka,
      topic: cleanTopic,
      stream,
      windowMs,
      lastMessages: pastMessages,
      log,
    });
    this.tallySource = new KafkaTallySource({ ...kafka, topic: tallyTopicOf(cleanTopic), stream });
    this.tally = new LateTally({ ...options, isWhole: () => this.source.isWhole });
    this.topicSample = new TopicSample({ ...kafka, topic: rawTopic });
    this.sampler = new RowSampler({ ...options, now: Date.now });
  }

  protected override startEngine(): Promise<RowTarget> {
    return Promise.resolve({ sender: this.sender, partitions: this.options.partitions });
  }

  protected override async startWindows(positionsOf: (topic: string) => Position[]): Promise<void> {
    const sink = { window: (message: WindowMessage, position: Position) => this.take(message, position) };
    await this.source.start(sink, positionsOf(this.options.cleanTopic));
    await this.tallySource.start((pane) => this.tally.takePane(pane));
    await this.topicSample
      .start((record, offset) => this.sampler.look(record, offset))
      .catch((error: unknown) => this.options.log(`no samples of rows: ${(error as Error).message}`));
  }

  protected override samples(): RowSample[] {
    return this.sampleRing.list();
  }

  protected override routes(): Routes {
    return this.options.routes(this);
  }

  private take(message: WindowMessage, position: Position): void {
    const now = Date.now();
    this.tally.takeWindow(message);
    const isNew = message.emitted_ms >= this.startedMs;
    if (isNew) this.lastWindowMs = now;
    if (this.newest === null || message.window.start_ms >= this.newest.window.start_ms) this.newest = message;
    this.ends.add(message.window.end_ms);
    this.takeWindow(message, isNew ? now - message.window.end_ms : null, position);
  }

  protected override engineStatus(): EngineStatus {
    const { runningMs, problem } = this.options.cluster();
    this.sampleRing.add(this.sampler.take());
    const windows = this.windowRate.update(this.windows);
    return {
      hops: [
        ...this.sourceHops(),
        { hop: "pipeline", last_ms: runningMs, rate_hz: this.windowRows(), unit: "rows" },
        { hop: "data_clean", last_ms: this.lastWindowMs, rate_hz: windows, unit: "windows" },
      ],
      late: this.tally.late(),
      backlogBytes: null,
      openWindows: this.correctable(),
      problem: problem ?? this.source.problem ?? this.tallySource.problem,
    };
  }

  /** Rows/s in the newest window; null before the first. */
  private windowRows(): number | null {
    if (this.newest === null || this.lastWindowMs === null) return null;
    return (this.newest.ledger.rows * 1000) / this.options.windowMs;
  }

  /** Read-out and topic as our own production sees them; with rows from outside the windows tell. */
  private sourceHops(): HopStatus[] {
    const stats = this.production?.stats();
    if (stats === undefined) {
      const outside = { last_ms: this.lastWindowMs, rate_hz: this.windowRows(), unit: "rows" } as const;
      return [
        { hop: "readout", ...outside },
        { hop: "data_raw", ...outside },
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

  /** Windows that may still be corrected. */
  private correctable(): number {
    for (const end of this.ends) {
      if (end + this.options.allowedLatenessMs < Date.now()) this.ends.delete(end);
    }
    return this.ends.size;
  }

  protected override async closeEngine(): Promise<void> {
    await Promise.all([
      this.sender.close(),
      this.source.close(),
      this.tallySource.close(),
      this.topicSample.close(),
    ]);
  }
}
