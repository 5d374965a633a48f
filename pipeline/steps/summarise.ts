/** Summarising: turns the counts of a window into the message of schema 1. */
import {
  cellsPerChamber,
  messageSchema,
  windowIdAt,
  type ChannelCounts,
  type DetectorConfig,
  type DriftTimes,
  type Histogram,
  type MessageWindow,
  type PerChamber,
  type WindowMessage,
} from "../model/index.js";
import { boundSize } from "./bound-size.js";
import { muonKeys } from "./muons/keys.js";
import { sharedChannels, sharedEdges } from "./shared-edges.js";
import { multiplicityCount, type ShardResult } from "./shard-result.js";
import { extractSources } from "./sources.js";
import { systemCResult } from "./system-c.js";

/** Fields of a message besides its counts. */
interface MessageFacts {
  window: MessageWindow;
  detector: DetectorConfig;
  partial: boolean;
  revision: number;
  emittedMs: number;
}

/**
 * The message of a window, keys in schema order, at most `maxMessageBytes` long; `result` is the sum of all its
 * shards.
 */
export function summarise(result: ShardResult, facts: MessageFacts): WindowMessage {
  const { window, detector } = facts;
  const hits = result.header.ledger.hits;
  const { chambers } = detector;
  const hitsOfChambers = chambers.map((_, chamber) => sum(ofChamber(result.channelCounts, chamber)));
  const perChamber = <T>(make: (chamber: number) => T): PerChamber<T> =>
    Object.fromEntries(chambers.map((_, chamber) => [String(chamber), make(chamber)])) as PerChamber<T>;
  return boundSize({
    msg_ID: windowIdAt(window.start_ms, window.end_ms - window.start_ms),
    hit_count: hits,
    hit_count_chamber: hitsOfChambers,
    tdc_counts_chamber: perChamber((chamber) => channelCounts(detector, chamber, result.channelCounts)),
    active_tdc_chamber: perChamber((chamber) => ofIndex(result.active, chamber).extract()),
    active_tdc_multiplicity_chamber: perChamber((chamber) =>
      numbersOf(result.multiplicity, chamber * multiplicityCount, (chamber + 1) * multiplicityCount),
    ),
    scint_tdc_counts_chamber: perChamber((chamber) =>
      channelCounts(detector, chamber, result.scintChannelCounts),
    ),
    drift_time_chamber: perChamber((chamber) => driftTimes(ofIndex(result.driftTimes, chamber))),
    orbit_count: result.orbitCount,
    scint_orbit_count: result.scintOrbitCount,
    ledger: result.header.ledger,
    ...(window.time === "arrival" ? { messages: result.header.messages } : {}),
    sources: window.time === "arrival" ? extractSources(result.header.sources) : [],
    orbit_first: result.orbitCount > 0 ? result.orbitFirst : null,
    orbit_last: result.orbitCount > 0 ? result.orbitLast : null,
    ...(result.muons === null
      ? {}
      : muonKeys(result.muons, {
          detector,
          time: window.time,
          readOut: result.header.readOut,
          channelCounts: result.channelCounts,
        })),
    partial: facts.partial,
    window,
    ...(result.header.run === null ? {} : { run: result.header.run }),
    schema: messageSchema,
    revision: facts.revision,
    ...(detector.systemC === undefined
      ? {}
      : { system_c: systemCResult(result, window, detector, detector.systemC) }),
    ...(detector.configHash === undefined ? {} : { config_hash: detector.configHash }),
    ...(detector.configHash === undefined || detector.name === undefined ? {} : { detector: detector.name }),
    emitted_ms: facts.emittedMs,
  });
}

function ofChamber(counts: Float64Array, chamber: number): Float64Array {
  return counts.subarray(chamber * cellsPerChamber, (chamber + 1) * cellsPerChamber);
}

function channelCounts(detector: DetectorConfig, chamber: number, counts: Float64Array): ChannelCounts {
  return {
    bin_edges: sharedChannels(ofIndex(detector.chambers, chamber)) as number[],
    hist_counts: numbersOf(counts, chamber * cellsPerChamber, (chamber + 1) * cellsPerChamber),
  };
}

function driftTimes({ axis, counts, underflow, overflow }: Histogram): DriftTimes {
  const edges = sharedEdges(axis) as number[];
  return { bin_edges: edges, hist_counts: numbersOf(counts, 0, counts.length), underflow, overflow };
}

/** The counts [from, to) as an array, five times faster than Array.from. */
function numbersOf(counts: Float64Array, from: number, to: number): number[] {
  const numbers: number[] = [];
  for (let i = from; i < to; i += 1) numbers.push(counts[i] as number);
  return numbers;
}

function ofIndex<T>(values: readonly T[], index: number): T {
  return values[index] as T;
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
