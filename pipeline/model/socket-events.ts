/** The one map of socket events that bridge and page share. */
import type { Faults } from "./faults.js";
import type { Ledger } from "./ledger.js";
import type { WindowMessage } from "./message.js";
import type { SystemStatus } from "./status.js";

/** Grows when an event changes its meaning; a page of another number reloads itself. */
export const socketProtocol = 1;

/** The numbers of one window that the trend plots need. */
export interface TrendPoint {
  msg_ID: number;
  start_ms: number;
  end_ms: number;
  hit_count: number;
  hit_count_chamber: number[];
  ledger: Ledger;
  partial: boolean;
  revision: number;
}

/** The numbers of a window for the trend. */
export function trendPointOf(message: WindowMessage): TrendPoint {
  return {
    msg_ID: message.msg_ID,
    start_ms: message.window.start_ms,
    end_ms: message.window.end_ms,
    hit_count: message.hit_count,
    hit_count_chamber: message.hit_count_chamber,
    ledger: message.ledger,
    partial: message.partial,
    revision: message.revision,
  };
}

/** Sums since the bridge began, by replacement of corrected windows. */
export interface Totals {
  since_ms: number;
  windows: number;
  hit_count: number;
  hit_count_chamber: number[];
  ledger: Ledger;
}

/** A window as the bridge sends it. */
export interface WindowUpdate {
  /** Place in the bridge's own order of updates; grows. A resumed viewer gets only the newest of each window. */
  cursor: number;
  message: WindowMessage;
  totals: Totals;
}

/** All that a page needs to begin. */
export interface Snapshot {
  protocol: number;
  /** Changes when the bridge restarts: cursors of another epoch mean nothing. */
  epoch: string;
  cursor: number;
  status: SystemStatus | null;
  totals: Totals;
  /** Every window that the bridge still holds, oldest first. */
  trend: TrendPoint[];
  /** The newest windows in full, oldest first. */
  windows: WindowMessage[];
}

/** Largest number of windows in one request. */
export const maxRequestedWindows = 24;

/** The answer to a request of a viewer; `error` is one line. */
export type Answer<T> = { ok: true; value: T } | { ok: false; error: string };

export interface ServerToClientEvents {
  /** Sent on connect, unless the handshake names a place in the order from which the updates are still held. */
  snapshot: (snapshot: Snapshot) => void;
  /** A new window or a corrected one. */
  window: (update: WindowUpdate) => void;
  /** Once a second. */
  status: (status: SystemStatus) => void;
}

export interface ClientToServerEvents {
  /** Whole windows by number, those that the bridge still holds. */
  windows: (ids: number[], answer: (answer: Answer<WindowMessage[]>) => void) => void;
  /** Sets the rate of the simulator (practice mode), rows/s; answers with the rate that is set. */
  rate: (rateHz: number, answer: (answer: Answer<number>) => void) => void;
  /** Switches faults of the simulator (practice mode); answers with all faults. */
  faults: (change: Partial<Faults>, answer: (answer: Answer<Faults>) => void) => void;
}

/** What a page tells in the handshake to get only what it missed. */
export interface HandshakeAuth {
  protocol: number;
  epoch?: string;
  cursor?: number;
}
