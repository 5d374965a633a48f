/** Reads the topic of windows for an engine: windows, rates and problems. */
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

/** A reconnecting reader needs some seconds. */
const readerMs = 10_000;
/** Time for which a change of the topic is shown; it is also logged. */
const changeShownMs = 600_000;

export class CleanTopic {
  /** The window with the latest start; null before the first window. */
  newest: WindowMessage | null = null;
  /** Arrival time of the newest message emitted since the start of this reader, wall clock, ms. */
  lastWindowMs: number | null = null;
  private readonly source: KafkaWindowSource;
  private readonly startedMs = Date.now();
  private readonly windowRate = new RateMeter(60_000);
  private windows = 0;

  constructor(options: KafkaWindowSourceOptions) {
    this.source = new KafkaWindowSource(options);
  }

  /** @param take receives each message after it is counted here */
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

  /** Whether reading starts with the first message ever written. */
  get isWhole(): boolean {
    return this.source.isWhole;
  }

  /** Number of messages that are not windows. */
  get invalid(): number {
    return this.source.invalid;
  }

  /** Reason why reading has stopped; null otherwise. */
  get problem(): string | null {
    return this.source.problem;
  }

  /** Time since which the brokers have not answered; null while they answer. */
  silentSince(): string | null {
    const { silence } = this.source;
    return silence === null || silence.ms <= readerMs ? null : clockTime(silence.sinceMs);
  }

  /** Recent change of the topic. */
  changeText(): string | null {
    const { change } = this.source;
    return change === null || Date.now() - change.atMs > changeShownMs ? null : changeText(change);
  }

  /** Rows/s in the newest window; 0 if later windows are overdue, null before the first window. */
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
