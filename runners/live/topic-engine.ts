/** The engine without a pipeline: any `data_clean` of a Kafka, whoever writes it. */
import {
  decayedRate,
  defaultFreshness,
  windowAgeLimits,
  tallyTopicOf,
  type HopStatus,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import type { WindowPosition } from "../../dashboard/bridge/index.js";
import { clockTime } from "../services/index.js";
import type { KeepAliveRule } from "../flink/keep-alive.js";
import { RawWatch } from "../flink/raw-watch.js";
import type { Engine, EngineRun, EngineStatus } from "./engine.js";
import { RateMeter } from "./rate-meter.js";
import { changeText, KafkaCounterSource, KafkaWindowSource, type KafkaAccess } from "../kafka/index.js";
import { endsWithin } from "../process/index.js";

interface TopicEngineOptions {
  kafka: KafkaAccess;
  topic: string;
  stream: string;
  /** So many messages of each partition are read at the first start; later ones go on where the last one stopped. */
  lastMessages: number;
  /** What is watched for the job that fills the topic; null where the topic of its rows is not known. */
  watch: { rawTopic: string; keepAlive: KeepAliveRule } | null;
  log: (line: string) => void;
}

/** A reader that reconnects takes some seconds. */
const readerMs = 10_000;
const sourceCloseMs = 2500;
/** How long a change of the topic of windows is shown; the log keeps it. */
const changeShownMs = 600_000;
/** The simulator's name in the sequence keys: its data is made up, wherever it comes from. */
const simulatorId = "simulator";

export class TopicEngine implements Engine {
  readonly runner = "kafka";
  private run: EngineRun | null = null;
  private readonly startedMs = Date.now();
  private readonly source: KafkaWindowSource;
  private readonly rawWatch: RawWatch | null;
  private readonly tallySource: KafkaCounterSource;
  private readonly windowRate = new RateMeter(60_000);
  private newest: WindowMessage | null = null;
  private lastWindowMs: number | null = null;
  private windows = 0;

  constructor(private readonly options: TopicEngineOptions) {
    const { kafka, topic, stream, lastMessages, log } = options;
    this.source = new KafkaWindowSource({ ...kafka, topic, stream, lastMessages, log });
    this.tallySource = new KafkaCounterSource({ ...kafka, topic: tallyTopicOf(topic), stream });
    const { watch } = options;
    this.rawWatch =
      watch === null
        ? null
        : new RawWatch({
            ...{ access: kafka, topic: watch.rawTopic, keepAlive: watch.keepAlive, log },
            windowMs: () => this.windowMs,
            cure: "muonitor cancel and submit the job again, without a savepoint",
          });
  }

  private get windowMs(): number {
    return this.newest === null ? 5000 : this.newest.window.end_ms - this.newest.window.start_ms;
  }

  start(run: EngineRun): Promise<null> {
    this.run = run;
    return Promise.resolve(null);
  }

  async startWindows(positionsOf: (topic: string) => WindowPosition[]): Promise<void> {
    await this.source.start(
      { window: (message, position) => this.take(message, position) },
      positionsOf(this.options.topic),
    );
    if (this.rawWatch !== null) await this.watchJob(this.rawWatch);
  }

  private async watchJob(rawWatch: RawWatch): Promise<void> {
    rawWatch.start();
    // Another program than ours may fill the topic: it has no tally.
    await this.tallySource
      .start(({ origin }) => {
        if (origin?.rawId !== undefined) rawWatch.jobReads(origin.rawId);
      })
      .catch(() => undefined);
  }

  private take(message: WindowMessage, position: WindowPosition): void {
    const isNew = message.emitted_ms >= this.startedMs;
    this.windows += 1;
    if (this.newest === null || message.window.start_ms >= this.newest.window.start_ms) this.newest = message;
    if (isNew) this.lastWindowMs = Date.now();
    this.run?.window(message, isNew ? Date.now() - message.window.end_ms : null, position);
  }

  status(): EngineStatus {
    const { topic, kafka } = this.options;
    const { newest, source, rawWatch, windowMs } = this;
    return {
      source: `topic ${topic} at ${kafka.bootstrapServers}`,
      demo: newest?.sources.some(({ id }) => id === simulatorId) ?? false,
      windowMs,
      hops: this.hops(windowMs),
      late: null,
      unread: { raw_messages: rawWatch?.skipped ?? null, window_rows: null },
      backlogBytes: null,
      openWindows: 0,
      parts: [],
      notices: [],
      troubles: [
        source.problem,
        this.silenceText(),
        rawWatch?.problem ?? null,
        this.changeText(),
        this.invalidText(),
      ],
      hasInput: false,
    };
  }

  private silenceText(): string | null {
    const { heardMs } = this.source;
    if (Date.now() - heardMs <= readerMs) return null;
    return `Kafka at ${this.options.kafka.bootstrapServers} has not answered since ${clockTime(heardMs)}`;
  }

  /** What happened to the topic of windows lately. */
  private changeText(): string | null {
    const { change } = this.source;
    return change === null || Date.now() - change.atMs > changeShownMs ? null : changeText(change);
  }

  private invalidText(): string | null {
    const { invalid } = this.source;
    return invalid === 0 ? null : `${invalid} messages of ${this.options.topic} are not window messages`;
  }

  /** Of what lies before the topic only the windows tell: how many rows they hold. */
  private hops(windowMs: number): HopStatus[] {
    const rows = this.windowRows(windowMs);
    const windows = this.windowRate.update(this.windows);
    return [
      { hop: "readout", last_ms: null, rate_hz: rows, unit: "rows" },
      { hop: "data_raw", last_ms: null, rate_hz: null, unit: "messages" },
      { hop: "pipeline", last_ms: null, rate_hz: rows, unit: "rows" },
      { hop: "data_clean", last_ms: this.lastWindowMs, rate_hz: windows, unit: "windows" },
    ];
  }

  /** Rows/s in the newest window, 0 when the next ones do not come; null before the first. */
  private windowRows(windowMs: number): number | null {
    if (this.newest === null || this.lastWindowMs === null) return null;
    const rate = (this.newest.ledger.rows * 1000) / windowMs;
    return decayedRate(rate, Date.now() - this.lastWindowMs, windowAgeLimits(windowMs, defaultFreshness));
  }

  async close(): Promise<void> {
    const { source, tallySource, rawWatch } = this;
    await endsWithin(sourceCloseMs, `topic ${this.options.topic}`, async () => {
      await Promise.all([source.close(), tallySource.close(), rawWatch?.close()]);
    });
  }
}
