/**
 * The message of schema 1: what one window gives on `data_clean`.
 * `message.schema.json` beside this file says the same as a JSON Schema. Readers accept unknown keys.
 */
import type { TimeKind } from "./timing.js";
import type { Ledger } from "./ledger.js";
import type { MuonKeys } from "./muons.js";
import type { SystemCResult } from "./system-c.js";

export const messageSchema = 1;

/** Largest number of entries of one chamber in {@link WindowMessage.active_tdc_chamber}. */
export const maxOrbitRanges = 2000;
/** Largest size of a message, bytes. */
export const maxMessageBytes = 200_000;
/** Largest number of ranges of one source in {@link WindowMessage.sources}. */
export const maxSourceRanges = 64;

/** The key of a chamber: "0".."3". */
export type ChamberKey = "0" | "1" | "2" | "3";
export const chamberKeys: readonly ChamberKey[] = ["0", "1", "2", "3"];

export type PerChamber<T> = Record<ChamberKey, T>;

/** Hits per TDC_CHANNEL; `bin_edges` are the 64 channel numbers. */
export interface ChannelCounts {
  bin_edges: number[];
  hist_counts: number[];
}

/** Distinct active channels per orbit, or summed per range [m p, (m+1) p) of p = `orbits_per_bin` orbits. */
export interface ActiveChannels {
  bin_edges: number[];
  hist_counts: number[];
  orbits_per_bin: number;
}

/** Drift times in ns: bins + 1 edges, bins are [lower, upper). */
export interface DriftTimes {
  bin_edges: number[];
  hist_counts: number[];
  underflow: number;
  overflow: number;
}

/** Which messages of one of our producers are in the window, by sequence number. */
export interface SourceRanges {
  id: string;
  epoch: number;
  partition: number;
  /** Closed ranges, ascending. */
  ranges: [number, number][];
  /** Messages whose sequence number had been seen already; counted, not removed. */
  duplicates: number;
  /** True when there were more than {@link maxSourceRanges} ranges; the first are given. */
  truncated?: true;
}

export interface MessageWindow {
  start_ms: number;
  end_ms: number;
  time: TimeKind;
}

/** The keys of segments, timing, read-out and trigger words are absent where nobody asked for them, and in older messages. */
export interface WindowMessage extends Partial<MuonKeys> {
  /** Window start / window length. */
  msg_ID: number;
  hit_count: number;
  hit_count_chamber: number[];
  tdc_counts_chamber: PerChamber<ChannelCounts>;
  active_tdc_chamber: PerChamber<ActiveChannels>;
  /** Element k: orbits with exactly k distinct active channels of the chamber, k = 0..64; element 0 is 0. */
  active_tdc_multiplicity_chamber: PerChamber<number[]>;
  /** Like tdc_counts_chamber, only hits whose orbit has a scintillator row in the window. */
  scint_tdc_counts_chamber: PerChamber<ChannelCounts>;
  drift_time_chamber: PerChamber<DriftTimes>;
  /** Distinct orbits with a hit. */
  orbit_count: number;
  /** Distinct orbits with a hit and a scintillator row. */
  scint_orbit_count: number;
  ledger: Ledger;
  /** Messages of `data_raw` in the window, heartbeats included; only with arrival time. */
  messages?: number;
  sources: SourceRanges[];
  orbit_first: number | null;
  orbit_last: number | null;
  partial: boolean;
  window: MessageWindow;
  schema: number;
  /** 0 for the first result of a window, above 0 for a corrected one. */
  revision: number;
  /** The window in the form of the earlier system C; only where it was asked for. */
  system_c?: SystemCResult;
  /** Hash of detector and window length; absent with the default detector. */
  config_hash?: string;
  /** Wall clock when the message was made. */
  emitted_ms: number;
}
