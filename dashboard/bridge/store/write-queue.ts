/**
 * The queue of windows to be written, with the positions after them. While writing fails they stay in the queue, so
 * that no window is lost and no position is stored before its windows.
 */
import type { Alarm, Remark, WindowMessage } from "../../../pipeline/model/index.js";
import type { WindowPosition } from "../source.js";
import type { Value } from "./database.js";
import { windowValues } from "./window-row.js";

/** Maximum number of windows in the queue; more are dropped, because the topic still contains them. */
export const maxWaiting = 1000;

/** Data in memory for a rebuilt store. */
export interface MemoryState {
  /** The newest windows, oldest first. */
  windows: readonly WindowMessage[];
  alarms: readonly Alarm[];
  remarks: readonly Remark[];
}

export class WriteQueue {
  /** Windows by start time. */
  windows = new Map<number, WindowMessage>();
  alarms: readonly Alarm[] = [];
  remarks: readonly Remark[] = [];
  /** Some windows before this time were counted but are missing in the store; 0 if none are missing. */
  missingBeforeMs = 0;
  private rows = new WeakMap<WindowMessage, Value[]>();
  private positions = new Map<string, WindowPosition>();
  private keepsPositions = true;

  put(message: WindowMessage, position: WindowPosition | undefined): void {
    const { start_ms } = message.window;
    this.windows.delete(start_ms);
    this.windows.set(start_ms, message);
    if (position !== undefined && this.keepsPositions)
      this.positions.set(`${position.topic}/${position.partition}`, position);
    if (this.windows.size > maxWaiting) this.drop();
  }

  private drop(): void {
    const [oldest] = this.windows.keys();
    this.windows.delete(oldest as number);
    this.markMissing((oldest as number) + 1);
  }

  /** Refills a store that has lost its content with the windows in memory. */
  refill({ windows, alarms, remarks }: MemoryState): void {
    const all = [...windows, ...this.windows.values()];
    this.windows = new Map(all.map((message) => [message.window.start_ms, message]));
    this.alarms = alarms;
    this.remarks = remarks;
    const [oldest] = windows;
    if (oldest !== undefined) this.markMissing(oldest.window.start_ms);
  }

  /** Notes that windows are missing. The stored positions stay before the gap, so that the next start reads them. */
  private markMissing(beforeMs: number): void {
    this.missingBeforeMs = Math.max(this.missingBeforeMs, beforeMs);
    this.keepsPositions = false;
    this.positions.clear();
  }

  /** The row of a window, cached because compression is slow and failed writes are retried. */
  rowOf(message: WindowMessage): Value[] {
    const row = this.rows.get(message) ?? windowValues(message);
    this.rows.set(message, row);
    return row;
  }

  get newestPositions(): readonly WindowPosition[] {
    return [...this.positions.values()];
  }

  /** Empties the queue after a successful write. */
  clear(): void {
    this.windows.clear();
    this.rows = new WeakMap();
    this.positions.clear();
    this.alarms = [];
    this.remarks = [];
  }
}
