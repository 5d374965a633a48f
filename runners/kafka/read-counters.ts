/**
 * Rows of each window read by a streaming job: the sum of the panes of its side tally. A job that returns to a
 * checkpoint repeats its panes since then, differently split, with their old numbers. A task on a host that was cut off
 * from the network may still write its last panes after those of the task that has replaced it: they do not count.
 */
import type { TallyPane } from "../../pipeline/model/index.js";

interface Counts {
  messages: number;
  rows: number;
}

/** Remembered panes, for a job that returns to a checkpoint; about one per second. */
const maxPanes = 3600;
const maxWorkers = 64;

export class CounterReader {
  /** By start of the window, ms. */
  readonly windows = new Map<number, Counts>();
  /** The newest window that may have rows from before the first known pane; -Infinity if no pane is missing. */
  cutMs = -Infinity;
  private panes: TallyPane[] = [];
  /** Workers whose panes were seen, the newest last. */
  private workers: (string | undefined)[] = [];

  /** Whether this pane is of a restarted job that counts from zero. */
  isBegin(record: TallyPane): boolean {
    if (this.isReplaced(record)) return false;
    const { pane } = record;
    return this.panes.length === 0 || pane === 0 || pane < (this.panes[0]?.pane ?? 0);
  }

  /**
   * Takes a record of the tally, in topic order.
   * @param changed is called for each window whose counts have changed
   */
  take(pane: TallyPane, changed: (startMs: number) => void = () => undefined): void {
    if (this.isReplaced(pane)) return;
    if (this.isBegin(pane)) this.begin(pane);
    while ((this.panes.at(-1)?.pane ?? -1) >= pane.pane) this.add(this.panes.pop() as TallyPane, -1, changed);
    this.add(pane, 1, changed);
    this.panes.push(pane);
    if (this.panes.length > maxPanes) this.panes.shift();
  }

  /** Whether the pane is from a worker that has been replaced. A pane that continues the sum may be from the same attempt. */
  private isReplaced({ worker, pane }: TallyPane): boolean {
    if (!this.workers.includes(worker)) this.workers = [...this.workers.slice(1 - maxWorkers), worker];
    return worker !== this.workers.at(-1) && pane !== (this.panes.at(-1)?.pane ?? -1) + 1;
  }

  private begin({ pane, windows }: TallyPane): void {
    this.windows.clear();
    this.panes = [];
    this.cutMs = pane === 0 ? -Infinity : Math.max(-Infinity, ...windows.map(({ start_ms }) => start_ms));
  }

  private add({ windows }: TallyPane, sign: 1 | -1, changed: (startMs: number) => void): void {
    for (const { start_ms, messages, rows } of windows) {
      const counts = this.windows.get(start_ms) ?? { messages: 0, rows: 0 };
      counts.messages += sign * messages;
      counts.rows += sign * rows;
      this.windows.set(start_ms, counts);
      changed(start_ms);
    }
  }
}
