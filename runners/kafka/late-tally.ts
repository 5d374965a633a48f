/**
 * How much a streaming job has dropped as late: what its side tally has more than the newest message of each window that
 * can no longer be corrected. A window may still be behind for a moment, so a difference counts when it has lasted.
 */
import type { LateDropped, TallyPane, WindowMessage, WindowTally } from "../../pipeline/model/index.js";

export interface LateTallyOptions {
  windowMs: number;
  allowedLatenessMs: number;
  /** Whether the messages are taken from the first of all on; otherwise those of the oldest windows may be missing. */
  isWhole: () => boolean;
  /** A difference counts when it is so old. */
  settleMs?: number;
  /** Clock, ms; steady. */
  now?: () => number;
}

interface Counts {
  messages: number;
  rows: number;
}

/** Panes that are remembered, for a job that goes back to a checkpoint; about one per second. */
const maxPanes = 3600;
/** Windows of which the counts are kept; what older ones have lost is kept as a sum. */
const maxWindows = 50_000;

export class LateTally {
  private readonly read = new Map<number, Counts>();
  private readonly published = new Map<number, Counts>();
  /** Windows whose tally is above their message, and since when the two have not changed. */
  private readonly behind = new Map<number, number>();
  private panes: TallyPane[] = [];
  private newestEndMs = -Infinity;
  /** Of windows that start before, messages may be missing. */
  private knownFromMs = Infinity;
  /** Of windows that are no longer kept. */
  private readonly old: LateDropped = { messages: 0, rows: 0 };
  private readonly settleMs: number;
  private readonly now: () => number;

  constructor(private readonly options: LateTallyOptions) {
    this.settleMs = options.settleMs ?? 10_000;
    this.now = options.now ?? ((): number => performance.now());
  }

  /** A record of the tally, in the order of its topic. */
  takePane(pane: TallyPane): void {
    if (pane.pane === 0 || pane.pane < (this.panes[0]?.pane ?? 0)) this.forget();
    // The job has gone back to a checkpoint: what it gave since then comes again.
    while ((this.panes.at(-1)?.pane ?? -1) >= pane.pane) this.add(this.panes.pop() as TallyPane, -1);
    this.add(pane, 1);
    this.panes.push(pane);
    if (this.panes.length > maxPanes) this.panes.shift();
    this.prune();
  }

  /** A message of a window; a later one takes its place. */
  takeWindow({ window, ledger, messages }: WindowMessage): void {
    if (this.knownFromMs === Infinity) this.knownFromMs = this.knownFrom(window.start_ms);
    this.newestEndMs = Math.max(this.newestEndMs, window.end_ms);
    this.published.set(window.start_ms, { messages: messages ?? 0, rows: ledger.rows });
    this.compare(window.start_ms);
  }

  /** The first message can be a correction, of a window that is behind the newest by the allowed lateness at most. */
  private knownFrom(firstStartMs: number): number {
    const { isWhole, windowMs, allowedLatenessMs } = this.options;
    return isWhole() ? -Infinity : firstStartMs + allowedLatenessMs + 2 * windowMs;
  }

  /** A job that begins anew counts anew. */
  private forget(): void {
    this.read.clear();
    this.behind.clear();
    this.panes = [];
    this.old.messages = this.old.rows = 0;
  }

  private add({ windows }: TallyPane, sign: 1 | -1): void {
    for (const { start_ms, messages, rows } of windows) {
      const counts = this.read.get(start_ms) ?? { messages: 0, rows: 0 };
      counts.messages += sign * messages;
      counts.rows += sign * rows;
      this.read.set(start_ms, counts);
      this.compare(start_ms);
    }
  }

  private compare(startMs: number): void {
    const { messages, rows } = this.difference(startMs);
    if (messages > 0 || rows > 0) this.behind.set(startMs, this.now());
    else this.behind.delete(startMs);
  }

  private difference(startMs: number): LateDropped {
    const read = this.read.get(startMs);
    const published = this.published.get(startMs);
    return {
      messages: Math.max(0, (read?.messages ?? 0) - (published?.messages ?? 0)),
      rows: Math.max(0, (read?.rows ?? 0) - (published?.rows ?? 0)),
    };
  }

  /** What was dropped as late, as far as it is certain. */
  late(): LateDropped {
    const total = { ...this.old };
    for (const [startMs, sinceMs] of this.behind) {
      if (!this.isClosed(startMs) || this.now() - sinceMs < this.settleMs) continue;
      addTo(total, this.difference(startMs));
    }
    return total;
  }

  /** Windows that have lost rows for certain, in ascending order. */
  lateWindows(): WindowTally[] {
    const closed = [...this.behind.keys()].filter((startMs) => this.isClosed(startMs)).sort((a, b) => a - b);
    return closed.map((start_ms) => ({ start_ms, ...this.difference(start_ms) }));
  }

  /** Its messages are known, and one of a newer window says that the watermark is past its last correction. */
  private isClosed(startMs: number): boolean {
    const { windowMs, allowedLatenessMs } = this.options;
    return startMs >= this.knownFromMs && startMs + windowMs + allowedLatenessMs < this.newestEndMs;
  }

  private prune(): void {
    if (this.read.size <= maxWindows) return;
    const starts = [...this.read.keys()].sort((a, b) => a - b).slice(0, maxWindows / 2);
    for (const startMs of starts) {
      addTo(this.old, this.difference(startMs));
      for (const map of [this.read, this.published, this.behind]) map.delete(startMs);
    }
  }
}

function addTo(total: LateDropped, { messages, rows }: LateDropped): void {
  total.messages += messages;
  total.rows += rows;
}
