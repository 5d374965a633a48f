/**
 * Histograms of the earlier system C. The histograms by channel are derived from the channel counts of a window. The
 * histograms by orbit and drift time are filled during merging, before anything is grouped, so that all are exact.
 */
import {
  binAt,
  binsOf,
  cellsPerChamber,
  channelNumbers,
  leftEdgesOf,
  type DetectorConfig,
  type MessageWindow,
  type StepAxis,
  type SystemCBins,
  type SystemCChamber,
  type SystemCHistogram,
  type SystemCResult,
} from "../model/index.js";
import type { ByteReader, ByteWriter } from "./bytes.js";

/** Counts by chamber and bin. */
export interface SystemCCounts {
  /** Active channels, shape (chambers x bins of the orbits). */
  orbits: Float64Array;
  /** Hits, shape (chambers x bins of the drift times). */
  driftTimes: Float64Array;
}

export function createSystemCCounts(bins: SystemCBins, chambers: number): SystemCCounts {
  return {
    orbits: new Float64Array(chambers * binsOf(bins.orbits)),
    driftTimes: new Float64Array(chambers * binsOf(bins.driftTimeNs)),
  };
}

/** Fills the counts, orbit by orbit. */
export class SystemCFiller {
  private readonly orbitBins: number;
  private readonly driftBins: number;

  constructor(
    private readonly counts: SystemCCounts,
    private readonly bins: SystemCBins,
  ) {
    this.orbitBins = binsOf(bins.orbits);
    this.driftBins = binsOf(bins.driftTimeNs);
  }

  /** Adds an orbit with `active` distinct active channels in a chamber. */
  orbit(chamber: number, orbit: number, active: number): void {
    add(this.counts.orbits, chamber * this.orbitBins, binAt(this.bins.orbits, orbit), active);
  }

  /** A hit whose orbit has a scintillator row. */
  driftTime(chamber: number, driftTimeNs: number): void {
    add(this.counts.driftTimes, chamber * this.driftBins, binAt(this.bins.driftTimeNs, driftTimeNs), 1);
  }
}

function add(counts: Float64Array, from: number, bin: number, count: number): void {
  if (bin >= 0) counts[from + bin] = (counts[from + bin] as number) + count;
}

/** The sum of both; null counts as zero. */
export function mergeSystemC(into: SystemCCounts | null, from: SystemCCounts | null): SystemCCounts | null {
  if (into === null || from === null) return into ?? from;
  return { orbits: sumOf(into.orbits, from.orbits), driftTimes: sumOf(into.driftTimes, from.driftTimes) };
}

function sumOf(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((count, i) => count + (b[i] as number));
}

export function writeSystemC(writer: ByteWriter, counts: SystemCCounts | null): void {
  writer.varint(counts === null ? 0 : 1);
  for (const part of counts === null ? [] : [counts.orbits, counts.driftTimes]) {
    writer.varint(part.length);
    part.forEach((count) => writer.varint(count));
  }
}

/** @throws FormatError when the bytes end too early */
export function readSystemC(reader: ByteReader): SystemCCounts | null {
  if (reader.varint() === 0) return null;
  const [orbits, driftTimes] = [readCounts(reader), readCounts(reader)];
  return { orbits, driftTimes };
}

function readCounts(reader: ByteReader): Float64Array {
  const counts = new Float64Array(reader.varint());
  for (let i = 0; i < counts.length; i += 1) counts[i] = reader.varint();
  return counts;
}

/** Counts of a window that this output needs. */
interface SystemCWindow {
  /** Hits by code (chamber x 64 + cell), shape (chambers x cellsPerChamber). */
  channelCounts: Float64Array;
  scintChannelCounts: Float64Array;
  systemC: SystemCCounts | null;
}

/** A window in the format of the earlier system. */
export function systemCResult(
  counted: SystemCWindow,
  window: MessageWindow,
  detector: DetectorConfig,
  bins: SystemCBins,
): SystemCResult {
  const counts = counted.systemC ?? createSystemCCounts(bins, detector.chambers.length);
  const chamberOf = (chamber: number): SystemCChamber => {
    const channels = byChannel(detector, bins.channels, chamber);
    return {
      Count: partOf(counted.channelCounts, chamber, cellsPerChamber).reduce((sum, count) => sum + count, 0),
      Hist_1: channels(counted.channelCounts),
      Hist_2: histogramOf(bins.orbits, partOf(counts.orbits, chamber, binsOf(bins.orbits))),
      Hist_3: channels(counted.scintChannelCounts),
      Hist_4: histogramOf(bins.driftTimeNs, partOf(counts.driftTimes, chamber, binsOf(bins.driftTimeNs))),
    };
  };
  const chambers = detector.chambers.map((_, chamber) => chamberOf(chamber));
  const total = chambers.reduce((sum, { Count }) => sum + Count, 0);
  const named = Object.fromEntries(chambers.map((one, i) => [`Chamber_${i + 1}`, one]));
  return { ...named, Index: window.start_ms / 1000, "Total Count": total } as SystemCResult;
}

function partOf(counts: Float64Array, chamber: number, length: number): Float64Array {
  return counts.subarray(chamber * length, (chamber + 1) * length);
}

/** Hits of a chamber's cells, grouped into bins of channels. */
function byChannel(
  detector: DetectorConfig,
  axis: StepAxis,
  chamber: number,
): (counts: Float64Array) => SystemCHistogram {
  const config = detector.chambers[chamber];
  const channels = config === undefined ? [] : channelNumbers(config);
  return (counts) => {
    const binned = new Float64Array(binsOf(axis));
    partOf(counts, chamber, cellsPerChamber).forEach((count, cell) =>
      add(binned, 0, binAt(axis, channels[cell] as number), count),
    );
    return histogramOf(axis, binned);
  };
}

function histogramOf(axis: StepAxis, counts: Float64Array): SystemCHistogram {
  return { Bins: leftEdgesOf(axis), Counts: Array.from(counts) };
}
