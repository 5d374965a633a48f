/**
 * What a streaming job has read of each window, summed up from the panes of its side tally. A job that goes back to a
 * checkpoint gives its panes since then again, differently cut, with their old numbers.
 */
import type { TallyPane } from "../../pipeline/model/index.js";

export interface Counts {
  messages: number;
  rows: number;
}

/** Panes that are remembered, for a job that goes back to a checkpoint; about one per second. */
const maxPanes = 3600;

export class CounterReader {
  /** By start of the window, ms. */
  readonly windows = new Map<number, Counts>();
  /** The newest window that may have been read from before the first pane known; -Infinity when there is none before. */
  cutMs = -Infinity;
  private panes: TallyPane[] = [];

  /** Whether this pane is of a job that begins anew and counts anew. */
  isBegin({ pane }: TallyPane): boolean {
    return this.panes.length === 0 || pane === 0 || pane < (this.panes[0]?.pane ?? 0);
  }

  /**
   * Takes a record of the tally, in the order of its topic.
   * @param changed is told of each window whose counts are others now
   */
  take(pane: TallyPane, changed: (startMs: number) => void = () => undefined): void {
    if (this.isBegin(pane)) this.begin(pane);
    while ((this.panes.at(-1)?.pane ?? -1) >= pane.pane) this.add(this.panes.pop() as TallyPane, -1, changed);
    this.add(pane, 1, changed);
    this.panes.push(pane);
    if (this.panes.length > maxPanes) this.panes.shift();
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
