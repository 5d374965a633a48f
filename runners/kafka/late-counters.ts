/**
 * Rows dropped as late by a streaming job: for each window that can no longer be corrected, the rows in the job's side
 * tally minus the rows in its newest message. A message may lag behind for a moment, so a difference counts only after
 * it has lasted.
 */
import {
  isOutdated,
  type Version,
  type LateDropped,
  type TallyPane,
  type WindowMessage,
  type WindowTally,
} from "../../pipeline/model/index.js";
import { CounterReader } from "./read-counters.js";

interface LateCountersOptions {
  windowMs: number;
  allowedLatenessMs: number;
  /** Whether messages are read from the first one ever written; otherwise those of the oldest windows may be missing. */
  isWhole: () => boolean;
  /** Age from which a difference counts. */
  settleMs?: number;
  /** Monotonic clock, ms. */
  now?: () => number;
}

/** Windows with individual counts; losses of older ones are kept as a sum. */
const maxWindows = 50_000;

export class LateCounters {
  private readonly read = new CounterReader();
  private readonly published = new Map<number, Version & { messages: number }>();
  /** Windows whose tally exceeds their message, with the time since which neither has changed. */
  private readonly behind = new Map<number, number>();
  private newestEndMs = -Infinity;
  /** Messages of windows that start earlier may be missing. */
  private knownFromMs = Infinity;
  /** Windows that start earlier were never known. */
  private unknownBeforeMs = Infinity;
  private isCut = false;
  /** Losses of windows that are no longer kept. */
  private readonly old: LateDropped = { messages: 0, rows: 0 };
  private readonly settleMs: number;
  private readonly now: () => number;

  constructor(private readonly options: LateCountersOptions) {
    this.settleMs = options.settleMs ?? 10_000;
    this.now = options.now ?? ((): number => performance.now());
  }

  /** Adds a record of the tally, in topic order. */
  takePane(pane: TallyPane): void {
    if (this.read.isBegin(pane)) this.forget();
    this.read.take(pane, (startMs) => this.compare(startMs));
    this.prune();
  }

  /** Adds a message of a window; it replaces an earlier one, unless it is an older version. */
  takeWindow(message: WindowMessage): void {
    const { window, ledger, messages, revision, emitted_ms } = message;
    const held = this.published.get(window.start_ms);
    if (held !== undefined && isOutdated(message, held)) return;
    if (this.knownFromMs === Infinity) {
      this.knownFromMs = this.knownFrom(window.start_ms);
      if (!this.isCut) this.unknownBeforeMs = this.knownFromMs;
    }
    this.newestEndMs = Math.max(this.newestEndMs, window.end_ms);
    this.published.set(window.start_ms, {
      messages: messages ?? 0,
      ledger: { rows: ledger.rows },
      revision,
      emitted_ms,
    });
    this.compare(window.start_ms);
  }

  /** The first message may correct a window that is older than the newest window by at most the allowed lateness. */
  private knownFrom(firstStartMs: number): number {
    const { isWhole, windowMs, allowedLatenessMs } = this.options;
    return isWhole() && !this.isCut ? -Infinity : firstStartMs + allowedLatenessMs + 2 * windowMs;
  }

  /** Notes that messages were lost before they were read: windows without a message are then unread, not late. */
  windowsLost(): void {
    this.isCut = true;
    this.knownFromMs = Infinity;
  }

  /** Rows in windows whose messages were lost, according to the tally. */
  unread(): LateDropped {
    const total = { messages: 0, rows: 0 };
    for (const [startMs, sinceMs] of this.behind) {
      const isLost = this.isCut && startMs >= this.unknownBeforeMs && startMs < this.knownFromMs;
      if (isLost && this.isOver(startMs) && this.now() - sinceMs >= this.settleMs)
        addTo(total, this.difference(startMs));
    }
    return total;
  }

  /** A restarted job counts from zero. */
  private forget(): void {
    this.behind.clear();
    this.old.messages = this.old.rows = 0;
  }

  private compare(startMs: number): void {
    const { messages, rows } = this.difference(startMs);
    if (messages > 0 || rows > 0) this.behind.set(startMs, this.now());
    else this.behind.delete(startMs);
  }

  private difference(startMs: number): LateDropped {
    const read = this.read.windows.get(startMs);
    const published = this.published.get(startMs);
    return {
      messages: Math.max(0, (read?.messages ?? 0) - (published?.messages ?? 0)),
      rows: Math.max(0, (read?.rows ?? 0) - (published?.ledger.rows ?? 0)),
    };
  }

  /** Rows certainly dropped as late. */
  late(): LateDropped {
    const total = { ...this.old };
    for (const [startMs, sinceMs] of this.behind) {
      if (!this.isClosed(startMs) || this.now() - sinceMs < this.settleMs) continue;
      addTo(total, this.difference(startMs));
    }
    return total;
  }

  /** Windows that have certainly lost rows, in ascending order. */
  lateWindows(): WindowTally[] {
    const closed = [...this.behind.keys()].filter((startMs) => this.isClosed(startMs)).sort((a, b) => a - b);
    return closed.map((start_ms) => ({ start_ms, ...this.difference(start_ms) }));
  }

  /** Whether a window's messages are known, and a newer window shows that it can no longer be corrected. */
  private isClosed(startMs: number): boolean {
    return startMs >= this.knownFromMs && this.isOver(startMs);
  }

  private isOver(startMs: number): boolean {
    const { windowMs, allowedLatenessMs } = this.options;
    return startMs + windowMs + allowedLatenessMs < this.newestEndMs;
  }

  private prune(): void {
    const read = this.read.windows;
    if (read.size <= maxWindows) return;
    const starts = [...read.keys()].sort((a, b) => a - b).slice(0, maxWindows / 2);
    for (const startMs of starts) {
      addTo(this.old, this.difference(startMs));
      for (const map of [read, this.published, this.behind]) map.delete(startMs);
    }
  }
}

function addTo(total: LateDropped, { messages, rows }: LateDropped): void {
  total.messages += messages;
  total.rows += rows;
}
