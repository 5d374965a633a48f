/** The newest windows in memory: a bounded number, ordered by start, each in its newest version. */
import { trendPointOf } from "../../pipeline/model/index.js";
import type { Totals, TrendPoint, WindowMessage, WindowUpdate } from "../../pipeline/model/index.js";
import { TotalsSinceStart, type OldVersion, type SinceNote } from "./monitor/totals-since-start.js";

interface Held {
  /** Number of the update with this version. */
  cursor: number;
  message: WindowMessage;
}

/** The counts of this many more windows are kept, so that a late correction can replace them in the totals. */
const rememberedWindows = 4096;

export class WindowHistory {
  cursor = 0;
  readonly sinceStart: TotalsSinceStart;
  private readonly held = new Map<number, Held>();
  /** Counts of held and of recently dropped windows, for replacement in the totals. */
  private readonly counted = new Map<number, TrendPoint>();
  /** Held windows by start; the first is dropped first. */
  private order: Held[] = [];
  /** Newest update that is no longer held: a viewer cannot resume from an earlier one. */
  private lostCursor = 0;

  constructor(
    readonly capacity: number,
    sinceMs: number,
  ) {
    this.sinceStart = new TotalsSinceStart(sinceMs);
  }

  get totals(): Totals {
    return this.sinceStart.totals;
  }

  /** Restores windows from before a restart and their totals; null if no totals were stored. */
  restore(messages: readonly WindowMessage[], note: SinceNote | null): void {
    for (const message of messages) this.put(message, false);
    if (note !== null) this.sinceStart.restore(note);
  }

  /** The last known version of a window; null if it is not known. */
  before(id: number): OldVersion | null {
    const point = this.counted.get(id);
    return point === undefined ? null : { point, message: this.held.get(id)?.message ?? null };
  }

  /**
   * Stores a new window, or a new version that replaces the previous one.
   * @param counts whether to include it in the totals
   * @param before the version that it replaces
   */
  put(message: WindowMessage, counts = true, before = this.before(message.msg_ID)): WindowUpdate {
    this.cursor += 1;
    if (counts) this.sinceStart.put(message, before);
    this.remember(message);
    this.hold({ cursor: this.cursor, message });
    return { cursor: this.cursor, message, totals: this.totals };
  }

  /** Trend points of all windows in memory, oldest first. */
  trend(): TrendPoint[] {
    return this.order.map(({ message }) => trendPointOf(message));
  }

  /** The newest `count` windows, oldest first. */
  newest(count: number): WindowMessage[] {
    return this.order.slice(-count).map(({ message }) => message);
  }

  /** The `count` windows that end with window `id`, oldest first; null when not all of them are in memory. */
  upTo(id: number, count: number): WindowMessage[] | null {
    const held = this.held.get(id);
    const end = held === undefined ? 0 : this.order.indexOf(held) + 1;
    return end < count ? null : this.order.slice(end - count, end).map(({ message }) => message);
  }

  /** The requested windows that are held, in the order of the request. */
  byIds(ids: readonly number[]): WindowMessage[] {
    return ids.flatMap((id) => this.held.get(id)?.message ?? []);
  }

  /** Updates after `cursor`, oldest first; null when some of them are no longer held. */
  since(cursor: number): WindowUpdate[] | null {
    if (cursor < this.lostCursor || cursor > this.cursor) return null;
    return this.order
      .filter((held) => held.cursor > cursor)
      .sort((a, b) => a.cursor - b.cursor)
      .map((held) => ({ ...held, totals: this.totals }));
  }

  private remember(message: WindowMessage): void {
    this.counted.delete(message.msg_ID);
    this.counted.set(message.msg_ID, trendPointOf(message));
    const [oldest] = this.counted.keys();
    if (this.counted.size > this.capacity + rememberedWindows) this.counted.delete(oldest as number);
  }

  private hold(held: Held): void {
    const before = this.held.get(held.message.msg_ID);
    if (before !== undefined) this.order.splice(this.order.indexOf(before), 1);
    this.held.set(held.message.msg_ID, held);
    this.order.splice(this.placeOf(held.message.window.start_ms), 0, held);
    if (this.order.length > this.capacity) this.forget(this.order[0] as Held);
  }

  /** Index after the last window that does not start later; searched from the end, where most new windows belong. */
  private placeOf(startMs: number): number {
    return this.order.findLastIndex(({ message }) => message.window.start_ms <= startMs) + 1;
  }

  private forget(oldest: Held): void {
    this.order = this.order.slice(1);
    this.held.delete(oldest.message.msg_ID);
    this.lostCursor = Math.max(this.lostCursor, oldest.cursor);
  }
}
