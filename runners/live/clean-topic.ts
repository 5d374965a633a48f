/** The topic of windows as an engine reads it: windows, rates and problems. */
import {
  decayedRate,
  defaultFreshness,
  windowAgeLimits,
  type HopStatus,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import type { WindowPosition } from "../../dashboard/bridge/index.js";
import { changeText, KafkaWindowSource, type KafkaWindowSourceOptions } from "../kafka/index.js";
import { clockTime } from "../services/index.js";
import type { EngineRun } from "./engine.js";
import { RateMeter } from "./rate-meter.js";

/** A reader that reconnects takes some seconds. */
const readerMs = 10_000;
/** How long a change of the topic is shown; the log keeps it. */
const changeShownMs = 600_000;

export class CleanTopic {
  /** The window that begins last; null before the first. */
  newest: WindowMessage | null = null;
  /** Wall clock when the newest message came that is not of the past, ms. */
  lastWindowMs: number | null = null;
  private readonly source: KafkaWindowSource;
  private readonly startedMs = Date.now();
  private readonly windowRate = new RateMeter(60_000);
  private windows = 0;

  constructor(options: KafkaWindowSourceOptions) {
    this.source = new KafkaWindowSource(options);
  }

  /** @param take gets each message after it is counted here, and whether it is not of the past */
  start(
    run: EngineRun,
    positions: readonly WindowPosition[],
    take: (message: WindowMessage) => void = () => undefined,
  ): Promise<void> {
    const window = (message: WindowMessage, position: WindowPosition): void => {
      const now = Date.now();
      const isNew = message.emitted_ms >= this.startedMs;
      this.windows += 1;
      if (isNew) this.lastWindowMs = now;
      if (this.newest === null || message.window.start_ms >= this.newest.window.start_ms)
        this.newest = message;
      take(message);
      run.window(message, isNew ? now - message.window.end_ms : null, position);
    };
    return this.source.start({ window }, positions);
  }

  /** Whether its messages begin with the first that was ever written. */
  get isWhole(): boolean {
    return this.source.isWhole;
  }

  /** Messages that are no windows. */
  get invalid(): number {
    return this.source.invalid;
  }

  /** Why nothing more of it is read; null while it is. */
  get problem(): string | null {
    return this.source.problem;
  }

  /** Since when its brokers have been silent; null while they answer. */
  silentSince(): string | null {
    const { heardMs } = this.source;
    return Date.now() - heardMs <= readerMs ? null : clockTime(heardMs);
  }

  /** What happened to the topic lately. */
  changeText(): string | null {
    const { change } = this.source;
    return change === null || Date.now() - change.atMs > changeShownMs ? null : changeText(change);
  }

  /** Rows/s in the newest window, 0 when the next ones do not come; null before the first. */
  rowRate(windowMs: number): number | null {
    if (this.newest === null || this.lastWindowMs === null) return null;
    const rate = (this.newest.ledger.rows * 1000) / windowMs;
    return decayedRate(rate, Date.now() - this.lastWindowMs, windowAgeLimits(windowMs, defaultFreshness));
  }

  hop(): HopStatus {
    const rate = this.windowRate.update(this.windows);
    return { hop: "data_clean", last_ms: this.lastWindowMs, rate_hz: rate, unit: "windows" };
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
