/** Sums over windows: the picture of some time, and the reference, which is a named picture to compare with. */
import type { Ledger } from "./ledger.js";
import type { ChannelCounts, DriftTimes, PerChamber } from "./message.js";

export const referenceSchema = 1;

/** The sum of some windows; keys and shapes as in a message. */
export interface WindowSum {
  windows: number;
  /** Length of the windows together, s. */
  seconds: number;
  /** Start of the first and end of the last window, ms; null of nothing. */
  start_ms: number | null;
  end_ms: number | null;
  ledger: Ledger;
  /** Rows of the ledger's unmapped ones whose channels the detector names; absent without any. */
  known_unmapped?: number;
  hit_count: number;
  hit_count_chamber: number[];
  tdc_counts_chamber: PerChamber<ChannelCounts>;
  scint_tdc_counts_chamber: PerChamber<ChannelCounts>;
  drift_time_chamber: PerChamber<DriftTimes>;
  active_tdc_multiplicity_chamber: PerChamber<number[]>;
  orbit_count: number;
  scint_orbit_count: number;
}

/** What a healthy telescope looks like: written by a bounded run, or taken from the current picture. */
export interface Reference extends WindowSum {
  schema: typeof referenceSchema;
  name: string;
  /** Wall clock, ms. */
  created_ms: number;
  /** Where it comes from, in words: "process run12/", "windows 352 to 711 of minidt". */
  source: string;
}

/** A stored reference in short. */
export interface ReferenceInfo {
  id: string;
  name: string;
  created_ms: number;
  source: string;
  windows: number;
  seconds: number;
  hit_count: number;
  /** Whether the rules compare with it. */
  chosen: boolean;
}

/** The windows of a picture: all since the last reset, or so many of the newest. */
export type PictureSpan = "since" | { windows: number };

/** So many windows up to and with one of the past, by its msg_ID. */
export interface PastSpan {
  windows: number;
  up_to: number;
}

/** Largest `windows` of a {@link PastSpan}: each of them has to be unpacked. */
export const maxPastWindows = 60;
