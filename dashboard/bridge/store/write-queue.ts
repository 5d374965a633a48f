/**
 * What waits to be written: windows, and where to read on after them. While writing fails they wait on, so that no
 * window is lost and no position runs ahead of the windows before it.
 */
import type { Alarm, Remark, WindowMessage } from "../../../pipeline/model/index.js";
import type { WindowPosition } from "../source.js";
import type { Value } from "./database.js";
import { windowValues } from "./window-row.js";

/** More do not wait: memory is bounded, and the topic has them. */
export const maxWaiting = 1000;

/** Data that memory can give to a rebuilt store. */
export interface MemoryState {
  /** The newest, oldest first. */
  windows: readonly WindowMessage[];
  alarms: readonly Alarm[];
  remarks: readonly Remark[];
}

export class WriteQueue {
  /** By their start. */
  windows = new Map<number, WindowMessage>();
  alarms: readonly Alarm[] = [];
  remarks: readonly Remark[] = [];
  /** Of the windows that begin before this, some were counted and are not in the store; 0: none is lacking. */
  lackingBeforeMs = 0;
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
    this.lack((oldest as number) + 1);
  }

  /** The store has lost its content: it is refilled with the windows that are in memory. */
  refill({ windows, alarms, remarks }: MemoryState): void {
    const all = [...windows, ...this.windows.values()];
    this.windows = new Map(all.map((message) => [message.window.start_ms, message]));
    this.alarms = alarms;
    this.remarks = remarks;
    const [oldest] = windows;
    if (oldest !== undefined) this.lack(oldest.window.start_ms);
  }

  /** From now on the place to read on at the next start stays where nothing is lacking. */
  private lack(beforeMs: number): void {
    this.lackingBeforeMs = Math.max(this.lackingBeforeMs, beforeMs);
    this.keepsPositions = false;
    this.positions.clear();
  }

  /** A window as a row, made once: compressing takes the time, and while writing fails it is tried again. */
  rowOf(message: WindowMessage): Value[] {
    const row = this.rows.get(message) ?? windowValues(message);
    this.rows.set(message, row);
    return row;
  }

  get newestPositions(): readonly WindowPosition[] {
    return [...this.positions.values()];
  }

  /** All is written. */
  clear(): void {
    this.windows.clear();
    this.rows = new WeakMap();
    this.positions.clear();
    this.alarms = [];
    this.remarks = [];
  }
}
