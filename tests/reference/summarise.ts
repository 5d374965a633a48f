/** Computes the message of a window from its rows, counting each quantity separately. */
import type { Ledger } from "../../pipeline/model/ledger.js";
import type { PerChamber, SourceRanges, WindowMessage } from "../../pipeline/model/message.js";
import type { TimeKind } from "../../pipeline/model/timing.js";
import { activeOf, multiplicityOf } from "./active.js";
import { driftTimesOf } from "./drift.js";
import { muonKeysOf } from "./muon-keys.js";
import { chambers, firstChannelOfChamber, placeOf, type ChamberIndex } from "./place.js";
import { malformedLedger, type Decoded, type Row } from "./row.js";

/** All keys except `emitted_ms`. */
export type ReferenceMessage = Omit<WindowMessage, "emitted_ms">;

interface WindowOf {
  id: number;
  windowMs: number;
  time: TimeKind;
  sources: SourceRanges[];
  /** Rows of each Kafka message in the window; only in arrival time. */
  messages?: Row[][];
}

export function summarise(content: Decoded, window: WindowOf): ReferenceMessage {
  const ledger = ledgerOf(content);
  const hits = content.rows.filter(isHit);
  const starts = content.rows.filter((row) => placeOf(row) === "scintillator");
  const scintOrbits = new Set(starts.map((row) => row.orbit));
  const scintHits = hits.filter((hit) => scintOrbits.has(hit.orbit));
  const orbits = distinct(hits.map((hit) => hit.orbit));
  return {
    msg_ID: window.id,
    hit_count: hits.length,
    hit_count_chamber: chambers.map((chamber) => hitsOf(hits, chamber).length),
    tdc_counts_chamber: perChamber((chamber) => channelCounts(hitsOf(hits, chamber), chamber)),
    active_tdc_chamber: perChamber((chamber) => activeOf(hitsOf(hits, chamber))),
    active_tdc_multiplicity_chamber: perChamber((chamber) => multiplicityOf(hitsOf(hits, chamber))),
    scint_tdc_counts_chamber: perChamber((chamber) => channelCounts(hitsOf(scintHits, chamber), chamber)),
    drift_time_chamber: perChamber((chamber) => driftTimesOf(hitsOf(scintHits, chamber), chamber, starts)),
    orbit_count: orbits.length,
    scint_orbit_count: orbits.filter((orbit) => scintOrbits.has(orbit)).length,
    ledger,
    ...(window.messages === undefined ? {} : { messages: window.messages.length }),
    sources: window.sources,
    orbit_first: orbits[0] ?? null,
    orbit_last: orbits.at(-1) ?? null,
    ...muonKeysOf(content.rows, window.messages),
    partial: false,
    window: {
      start_ms: window.id * window.windowMs,
      end_ms: (window.id + 1) * window.windowMs,
      time: window.time,
    },
    schema: 1,
    revision: 0,
  };
}

export function ledgerOf(content: Decoded): Ledger {
  const ledger = malformedLedger(content.malformed);
  for (const row of content.rows) {
    const place = placeOf(row);
    ledger.rows += 1;
    ledger[typeof place === "number" ? "hits" : place] += 1;
  }
  return ledger;
}

function distinct(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function isHit(row: Row): boolean {
  return typeof placeOf(row) === "number";
}

function hitsOf(hits: Row[], chamber: ChamberIndex): Row[] {
  return hits.filter((hit) => placeOf(hit) === chamber);
}

function channelCounts(hits: Row[], chamber: ChamberIndex): { bin_edges: number[]; hist_counts: number[] } {
  const channels = Array.from({ length: 64 }, (_, cell) => firstChannelOfChamber[chamber] + cell);
  const counts = channels.map((channel) => hits.filter((hit) => hit.channel === channel).length);
  return { bin_edges: channels, hist_counts: counts };
}

function perChamber<T>(make: (chamber: ChamberIndex) => T): PerChamber<T> {
  return { "0": make(0), "1": make(1), "2": make(2), "3": make(3) };
}
