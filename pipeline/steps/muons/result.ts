/** Results of orbits for segments, timing and trigger words: additive counters and a sample. */
import { FormatError, type MuonSegment } from "../../model/index.js";
import type { ByteReader, ByteWriter } from "../bytes.js";
import { hashOfOrbit, MuonSample } from "./sample.js";

export interface MuonResult {
  /** See layout.ts. */
  counts: Float64Array;
  sample: MuonSample;
}

export function createMuonResult(length: number): MuonResult {
  return { counts: new Float64Array(length), sample: new MuonSample() };
}

/** The sum of both; null counts as empty. */
export function mergeMuons(into: MuonResult | null, from: MuonResult | null): MuonResult | null {
  if (into === null || from === null) return into ?? from;
  for (let i = 0; i < into.counts.length; i += 1)
    into.counts[i] = (into.counts[i] as number) + (from.counts[i] as number);
  into.sample.merge(from.sample);
  return into;
}

/** Writes each non-zero counter as the distance from the previous non-zero one, and its count. */
export function writeMuons(writer: ByteWriter, muons: MuonResult | null): void {
  if (muons === null) return writer.varint(0);
  const { counts, sample } = muons;
  writer.varint(counts.length);
  let before = -1;
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i] as number;
    if (count === 0) continue;
    writer.varint(i - before);
    writer.varint(count);
    before = i;
  }
  writer.varint(0);
  writer.text(JSON.stringify(sample.orbits.map(({ segments }) => segments)));
}

/** @throws FormatError when the bytes are not those of {@link writeMuons} */
export function readMuons(reader: ByteReader): MuonResult | null {
  const length = reader.varint();
  if (length === 0) return null;
  const result = createMuonResult(length);
  let at = -1;
  for (let step = reader.varint(); step > 0; step = reader.varint()) {
    at += step;
    if (at >= length) throw new FormatError("a counter of segments is out of range");
    result.counts[at] = reader.varint();
  }
  for (const segments of JSON.parse(reader.text()) as MuonSegment[][]) {
    const [first] = segments;
    if (first === undefined) continue;
    const { orbit } = first;
    const several = segments.some(({ chamber }) => chamber !== first.chamber);
    result.sample.add({ orbit, rank: several ? 0 : 1, hash: hashOfOrbit(orbit), segments });
  }
  return result;
}
