/** The engine without a pipeline: reads windows from a Kafka topic that any system may write. */
import { tallyTopicOf, type HopStatus } from "../../pipeline/model/index.js";
import type { WindowPosition } from "../../dashboard/bridge/index.js";
import type { KeepAliveRule } from "../flink/keep-alive.js";
import { RawWatch } from "../flink/raw-watch.js";
import { CleanTopic } from "./clean-topic.js";
import type { Engine, EngineRun, EngineStatus } from "./engine.js";
import { isRefusal, KafkaCounterSource, type KafkaAccess } from "../kafka/index.js";
import { endsWithin } from "../process/index.js";
import { ServerWatch } from "./server-watch.js";

interface TopicEngineOptions {
  kafka: KafkaAccess;
  topic: string;
  stream: string;
  /** Number of messages per partition to read at the first start; later starts resume where the last one stopped. */
  lastMessages: number;
  /** Watches the job that fills the topic; null if the job's topic of rows is unknown. */
  watch: { rawTopic: string; keepAlive: KeepAliveRule } | null;
  /** REST interface of the Flink cluster whose TaskManagers are watched; null watches none. */
  flinkMaster: string | null;
  log: (line: string) => void;
}

const sourceCloseMs = 2500;

export class TopicEngine implements Engine {
  readonly runner = "kafka";
  private run: EngineRun | null = null;
  /** Why the tally, which names the topic that the job reads, cannot be read; null if it can. */
  private tallyRefusal: string | null = null;
  private readonly windows: CleanTopic;
  private readonly rawWatch: RawWatch | null;
  private readonly tallySource: KafkaCounterSource;
  private serverWatch: ServerWatch | null = null;

  constructor(private readonly options: TopicEngineOptions) {
    const { kafka, topic, stream, lastMessages, log } = options;
    this.windows = new CleanTopic({ ...kafka, topic, stream, lastMessages, log });
    this.tallySource = new KafkaCounterSource({ ...kafka, topic: tallyTopicOf(topic), stream });
    const { watch } = options;
    this.rawWatch =
      watch === null
        ? null
        : new RawWatch({
            ...{ access: kafka, topic: watch.rawTopic, keepAlive: watch.keepAlive, log },
            windowMs: () => this.windowMs,
            cure: "run muonitor cancel, then muonitor submit without a savepoint",
          });
  }

  private get windowMs(): number {
    const { newest } = this.windows;
    return newest === null ? 5000 : newest.window.end_ms - newest.window.start_ms;
  }

  start(run: EngineRun): Promise<null> {
    this.run = run;
    return Promise.resolve(null);
  }

  async startWindows(positionsOf: (topic: string) => WindowPosition[]): Promise<void> {
    await this.windows.start(this.run as EngineRun, positionsOf(this.options.topic));
    this.serverWatch = this.watchServers();
    if (this.rawWatch !== null) await this.watchJob(this.rawWatch);
  }

  private watchServers(): ServerWatch {
    const { kafka: access, topic, watch, flinkMaster, log } = this.options;
    const topics = watch === null ? [topic] : [watch.rawTopic, topic];
    return new ServerWatch({ kafka: { access, topics }, flinkMaster, log });
  }

  private async watchJob(rawWatch: RawWatch): Promise<void> {
    rawWatch.start();
    // If another program fills the topic, no tally exists.
    await this.tallySource
      .start(({ origin }) => {
        if (origin?.rawId !== undefined) rawWatch.jobReads(origin.rawId);
      })
      .catch((error: unknown) => {
        if (isRefusal(error)) this.tallyRefusal = (error as Error).message;
      });
    if (this.tallyRefusal !== null) this.options.log(this.tallyRefusal);
  }

  status(): EngineStatus {
    const { topic, kafka } = this.options;
    const { windows, rawWatch, windowMs } = this;
    return {
      source: `topic ${topic} at ${kafka.bootstrapServers}`,
      windowMs,
      hops: this.hops(windowMs),
      late: null,
      unread: { raw_messages: rawWatch?.skipped ?? null, window_rows: null },
      backlogBytes: null,
      openWindows: 0,
      parts: [],
      notices: [
        ...(this.serverWatch?.notices ?? []),
        ...[rawWatch?.notice ?? null, this.tallyRefusal ?? this.tallySource.problem].filter(
          (notice) => notice !== null,
        ),
      ],
      troubles: [
        windows.problem,
        this.silenceText(),
        rawWatch?.problem ?? null,
        windows.changeText(),
        this.invalidText(),
      ],
      hasInput: false,
    };
  }

  private silenceText(): string | null {
    const since = this.windows.silentSince();
    return since === null
      ? null
      : `Kafka at ${this.options.kafka.bootstrapServers} has not answered since ${since}`;
  }

  private invalidText(): string | null {
    const { invalid } = this.windows;
    return invalid === 0 ? null : `${invalid} messages of ${this.options.topic} are not window messages`;
  }

  /** State of the stages before the topic, inferred from the number of rows in the windows. */
  private hops(windowMs: number): HopStatus[] {
    const rows = this.windows.rowRate(windowMs);
    return [
      { hop: "readout", last_ms: null, rate_hz: rows, unit: "rows" },
      { hop: "data_raw", last_ms: null, rate_hz: null, unit: "messages" },
      { hop: "pipeline", last_ms: null, rate_hz: rows, unit: "rows" },
      this.windows.hop(),
    ];
  }

  async close(): Promise<void> {
    const { windows, tallySource, rawWatch, serverWatch } = this;
    await endsWithin(sourceCloseMs, `topic ${this.options.topic}`, async () => {
      await Promise.all([windows.close(), tallySource.close(), rawWatch?.close(), serverWatch?.close()]);
    });
  }
}
