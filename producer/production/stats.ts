/** Counts of a production so far. */
import type { Batch } from "./batch.js";

export interface ProductionStats {
  /** Rows accepted by the sender, without those of duplicates. */
  rows: number;
  /** Messages with rows accepted by the sender, without duplicates. */
  messages: number;
  /** Bytes of these messages' values. */
  bytes: number;
  heartbeats: number;
  /** Messages and rows that the fault `duplicates` has sent a second time. */
  duplicateMessages: number;
  duplicateRows: number;
  /** Messages that the fault `late_data` has sent with a record time in the past. */
  lateMessages: number;
  /** Rows/s over the last five seconds. */
  rateHz: number;
  /** Delay of the accepted rows relative to the set rate, ms; 0 without a rate. */
  lagMs: number;
  /** Rows that were due but not read in time: the program was suspended or the sender was too slow. */
  skippedRows: number;
  /** Sends that failed and were retried. */
  retries: number;
  /** Rows that were read but not accepted when the production ended. */
  undeliveredRows: number;
  /** Rows accepted in earlier runs, which this run did not send again. */
  resumedRows: number;
  /** Wall clock of the last accepted send, ms; null before. */
  lastSentMs: number | null;
}

export class StatsKeeper {
  private readonly meter: ProductionRate;
  private readonly totals = {
    rows: 0,
    messages: 0,
    bytes: 0,
    heartbeats: 0,
    duplicateMessages: 0,
    duplicateRows: 0,
    lateMessages: 0,
    retries: 0,
    undeliveredRows: 0,
    lastSentMs: null as number | null,
  };

  /** @param startMs current time of a monotonic clock */
  constructor(startMs: number) {
    this.meter = new ProductionRate(startMs);
  }

  countAccepted(batch: Batch, nowMs: number, wallMs: number): void {
    const { totals } = this;
    totals.rows += batch.rows;
    totals.messages += batch.messages;
    totals.bytes += batch.bytes;
    totals.heartbeats += batch.heartbeats;
    totals.duplicateMessages += batch.duplicateMessages;
    totals.duplicateRows += batch.duplicateRows;
    totals.lateMessages += batch.lateMessages;
    totals.lastSentMs = wallMs;
    this.meter.add(batch.rows, nowMs);
  }

  countRetry(): void {
    this.totals.retries += 1;
  }

  countUndelivered(rows: number): void {
    this.totals.undeliveredRows += rows;
  }

  get acceptedRows(): number {
    return this.totals.rows;
  }

  read(nowMs: number, skippedRows: number): Omit<ProductionStats, "resumedRows" | "lagMs"> {
    return { ...this.totals, rateHz: this.meter.rateHz(nowMs), skippedRows: Math.round(skippedRows) };
  }
}

/** Number of full seconds in the average. */
const seconds = 5;
const msPerSecond = 1000;

class ProductionRate {
  /** Counts of the current second and the full seconds before it, in a ring indexed by second. */
  private readonly counts = new Float64Array(seconds + 1);
  private newest: number;

  /** @param startMs current time of a monotonic clock */
  constructor(private readonly startMs: number) {
    this.newest = secondOf(startMs);
  }

  add(count: number, nowMs: number): void {
    this.turnTo(secondOf(nowMs));
    const place = this.newest % this.counts.length;
    this.counts[place] = (this.counts[place] as number) + count;
  }

  /** Counts per second over the last five full seconds and the current one. */
  rateHz(nowMs: number): number {
    this.turnTo(secondOf(nowMs));
    const sinceMs = Math.max(this.startMs, (this.newest - seconds) * msPerSecond);
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    return nowMs > sinceMs ? (total * msPerSecond) / (nowMs - sinceMs) : 0;
  }

  private turnTo(second: number): void {
    const first = Math.max(this.newest + 1, second - seconds);
    for (let passed = first; passed <= second; passed += 1) this.counts[passed % this.counts.length] = 0;
    this.newest = Math.max(this.newest, second);
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / msPerSecond);
}
