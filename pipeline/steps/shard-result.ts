/** Merged content of one orbit shard of a window: counts only, no hits. */
import {
  cellsPerChamber,
  createHistogram,
  mergeHistogram,
  mergeLedger,
  orbitRangesOf,
  type DetectorConfig,
  type Histogram,
} from "../model/index.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { mergeMuons, readMuons, writeMuons, type MuonResult } from "./muons/result.js";
import { OrbitRanges } from "./orbit-ranges.js";
import { createPartialHeader, readHeader, writeHeader, type PartialHeader } from "./partial-header.js";
import { ReadOutSums } from "./read-out.js";
import { mergeSources } from "./sources.js";
import { mergeSystemC, readSystemC, writeSystemC, type SystemCCounts } from "./system-c.js";

/** Number of possible multiplicities of an orbit in a chamber: 0..64 distinct channels. */
export const multiplicityCount = cellsPerChamber + 1;

export interface ShardResult {
  header: PartialHeader;
  /** Hits by code (chamber x 64 + cell), shape (chambers x 64). */
  channelCounts: Float64Array;
  /** The same for orbits with a scintillator row. */
  scintChannelCounts: Float64Array;
  /** Per chamber. */
  driftTimes: Histogram[];
  /** Orbits by number of distinct channels, shape (chambers x multiplicityCount). */
  multiplicity: Float64Array;
  /** Per chamber. */
  active: OrbitRanges[];
  orbitCount: number;
  scintOrbitCount: number;
  /** Infinity and -Infinity if there are no hits. */
  orbitFirst: number;
  orbitLast: number;
  /** Null when not requested. */
  systemC: SystemCCounts | null;
  /** Null when not requested. */
  muons: MuonResult | null;
}

export function createShardResult({ chambers, driftTimeAxisNs }: DetectorConfig): ShardResult {
  const codeCount = chambers.length * cellsPerChamber;
  const mostRanges = orbitRangesOf(chambers.length);
  return {
    header: createPartialHeader(),
    channelCounts: new Float64Array(codeCount),
    scintChannelCounts: new Float64Array(codeCount),
    driftTimes: chambers.map(() => createHistogram(driftTimeAxisNs)),
    multiplicity: new Float64Array(chambers.length * multiplicityCount),
    active: chambers.map(() => new OrbitRanges(mostRanges)),
    orbitCount: 0,
    scintOrbitCount: 0,
    orbitFirst: Infinity,
    orbitLast: -Infinity,
    systemC: null,
    muons: null,
  };
}

export function mergeHeader(into: PartialHeader, from: PartialHeader): void {
  into.messages += from.messages;
  mergeLedger(into.ledger, from.ledger);
  mergeSources(into.sources, from.sources);
  if (from.run !== null) into.run = Math.max(into.run ?? 0, from.run);
  if (from.readOut !== null) (into.readOut ??= new ReadOutSums()).merge(from.readOut);
}

/** Adds the result of another shard of the same window; the two have no orbits in common. */
export function mergeShardResult(into: ShardResult, from: ShardResult): void {
  mergeHeader(into.header, from.header);
  addCounts(into.channelCounts, from.channelCounts);
  addCounts(into.scintChannelCounts, from.scintChannelCounts);
  addCounts(into.multiplicity, from.multiplicity);
  into.driftTimes.forEach((histogram, chamber) =>
    mergeHistogram(histogram, from.driftTimes[chamber] as Histogram),
  );
  into.active.forEach((ranges, chamber) => ranges.merge(from.active[chamber] as OrbitRanges));
  into.orbitCount += from.orbitCount;
  into.scintOrbitCount += from.scintOrbitCount;
  into.orbitFirst = Math.min(into.orbitFirst, from.orbitFirst);
  into.orbitLast = Math.max(into.orbitLast, from.orbitLast);
  into.systemC = mergeSystemC(into.systemC, from.systemC);
  into.muons = mergeMuons(into.muons, from.muons);
}

function addCounts(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < into.length; i += 1) into[i] = (into[i] as number) + (from[i] as number);
}

export function encodeShardResult(result: ShardResult): Uint8Array {
  const writer = new ByteWriter(1 << 13);
  writeHeader(writer, result.header);
  for (const counts of [result.channelCounts, result.scintChannelCounts, result.multiplicity]) {
    writeCounts(writer, counts);
  }
  for (const { counts, underflow, overflow } of result.driftTimes) {
    writeCounts(writer, counts);
    writer.varint(underflow);
    writer.varint(overflow);
  }
  result.active.forEach((ranges) => writeRanges(writer, ranges));
  writer.varint(result.orbitCount);
  writer.varint(result.scintOrbitCount);
  if (result.orbitCount > 0) {
    writer.varint(result.orbitFirst);
    writer.varint(result.orbitLast);
  }
  writeSystemC(writer, result.systemC);
  writeMuons(writer, result.muons);
  return writer.view();
}

/** @throws FormatError when the bytes are not a shard result */
export function decodeShardResult(bytes: Uint8Array, detector: DetectorConfig): ShardResult {
  const reader = new ByteReader(bytes);
  const result = createShardResult(detector);
  result.header = readHeader(reader);
  for (const counts of [result.channelCounts, result.scintChannelCounts, result.multiplicity])
    readCounts(reader, counts);
  for (const histogram of result.driftTimes) {
    readCounts(reader, histogram.counts);
    histogram.underflow = reader.varint();
    histogram.overflow = reader.varint();
  }
  result.active.forEach((ranges) => readRanges(reader, ranges));
  result.orbitCount = reader.varint();
  result.scintOrbitCount = reader.varint();
  if (result.orbitCount > 0) {
    result.orbitFirst = reader.varint();
    result.orbitLast = reader.varint();
  }
  result.systemC = readSystemC(reader);
  result.muons = readMuons(reader);
  return result;
}

function writeCounts(writer: ByteWriter, counts: Float64Array): void {
  for (const count of counts) writer.varint(count);
}

function readCounts(reader: ByteReader, counts: Float64Array): void {
  for (let i = 0; i < counts.length; i += 1) counts[i] = reader.varint();
}

function writeRanges(writer: ByteWriter, { orbitsPerBin, numbers, counts }: OrbitRanges): void {
  writer.varint(orbitsPerBin);
  writer.varint(numbers.length);
  let previous = 0;
  for (let i = 0; i < numbers.length; i += 1) {
    const number = numbers[i] as number;
    writer.varint(number - previous);
    writer.varint(counts[i] as number);
    previous = number;
  }
}

function readRanges(reader: ByteReader, ranges: OrbitRanges): void {
  ranges.orbitsPerBin = reader.varint();
  const length = reader.varint();
  let number = 0;
  for (let i = 0; i < length; i += 1) {
    ranges.numbers.push((number += reader.varint()));
    ranges.counts.push(reader.varint());
  }
}
