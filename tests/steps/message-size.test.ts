/** The largest message: every counter has the number of digits for 25 million rows, and every list is full. */
import { describe, expect, it } from "vitest";
import {
  defaultDetector,
  maxMessageBytes,
  orbitRangesOf,
  type ChamberConfig,
  type ChannelConfig,
  type DetectorConfig,
  type MuonSegment,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { encodeMessage, mergePartials, summarise, type ShardResult } from "../../pipeline/steps/index.js";
import { boundSize } from "../../pipeline/steps/bound-size.js";
import { muonLayout } from "../../pipeline/steps/muons/layout.js";
import { createMuonResult } from "../../pipeline/steps/muons/result.js";
import { ReadOutSums } from "../../pipeline/steps/read-out.js";

const window = { start_ms: 1_764_130_000_000, end_ms: 1_764_130_005_000, time: "arrival" as const };
const facts = { partial: false, revision: 0, emittedMs: 1_800_000_000_000, window };

const segment: MuonSegment = {
  orbit: 4_294_056_117,
  chamber: 3,
  cells: [63, 61, 62, 60],
  drift_ns: [389.123, 389.123, 389.123, 389.123],
  sides: "LRLR",
  t0_ns: 88_123.123,
  x_mm: -345.123,
  tan: -1.12345,
  residual_mm: 1.123,
  timing_ns: -45_123.123,
};

/** The largest result of four chambers; the keys of segments are those of the detector. */
function fullResult(detector: DetectorConfig): ShardResult {
  const result = mergePartials([], detector);
  // 12.5 million hits: 50 000 in each of 256 cells, and 125 000 in each bin of a chamber's drift times.
  result.channelCounts.fill(48_828);
  result.scintChannelCounts.fill(48_828);
  result.multiplicity.fill(99_999);
  for (const histogram of result.driftTimes) histogram.counts.fill(31_250);
  for (const ranges of result.active)
    for (let i = 0; i < orbitRangesOf(detector.chambers.length); i += 1) {
      ranges.numbers.push(4_294_000_000 + 2 * i);
      ranges.counts.push(1562);
    }
  result.orbitCount = 56_117;
  result.scintOrbitCount = 56_117;
  [result.orbitFirst, result.orbitLast] = [4_294_000_000, 4_294_056_117];
  Object.assign(result.header.ledger, { rows: 25e6, head_rejected: 125e5, hits: 125e5 });
  // Three million segments: at most five digits in each bin of a chamber, for any distribution.
  result.muons = createMuonResult(muonLayout(detector).length);
  result.muons.counts.fill(15_625);
  result.muons.sample.add({ orbit: segment.orbit, rank: 0, hash: 1, segments: Array(24).fill(segment) });
  result.header.readOut = readOutOf(8);
  return result;
}

function readOutOf(fpgas: number): ReadOutSums {
  const sums = new ReadOutSums();
  for (let counter = 0; counter < 8 * fpgas; counter += 1) sums.add(counter, 1_562_500);
  for (let fpga = 0; fpga < fpgas; fpga += 1) sums.orbits(fpga, 4_294_000_000, 4_294_056_117);
  return sums;
}

/** Sequence ranges of a producer with ten partitions and every second message missing. */
const sources: WindowMessage["sources"] = Array.from({ length: 10 }, (_, partition) => ({
  id: "legnaro-telescope",
  epoch: 1_764_130_000_000,
  partition,
  ranges: Array.from({ length: 64 }, (__, i): [number, number] => [1_234_567 + 2 * i, 1_234_567 + 2 * i]),
  duplicates: 12_345,
  truncated: true,
}));

const channels = (fpga: number, from: number, count: number): ChannelConfig[] =>
  Array.from({ length: count }, (_, i) => ({ fpga, channel: from + i }));

const sizeOf = (message: WindowMessage): number => encodeMessage(message).length;
const edgesOf = (message: WindowMessage): number[] =>
  Object.values(message.active_tdc_chamber).map(({ bin_edges }) => bin_edges.length);
const sumsOf = (message: WindowMessage): number[] =>
  Object.values(message.active_tdc_chamber).map(({ hist_counts }) => hist_counts.reduce((a, b) => a + b, 0));

describe("a full message stays below 200 000 bytes", () => {
  it("for four chambers and two FPGAs, with unchanged orbit ranges", () => {
    const result = fullResult(defaultDetector);
    result.header.readOut = readOutOf(2);
    const message = summarise(result, { ...facts, detector: defaultDetector });
    expect(edgesOf(message)).toEqual([2000, 2000, 2000, 2000]);
    expect(sizeOf(message)).toBeLessThanOrEqual(maxMessageBytes);
    expect(sizeOf(message)).toBeGreaterThan(180_000);
  });

  it("for four chambers, eight FPGAs and ten partitions of a producer, with longer orbit ranges", () => {
    const result = fullResult(defaultDetector);
    const whole = summarise(fullResult(defaultDetector), { ...facts, detector: defaultDetector });
    for (const { id, epoch, partition, ranges } of sources) {
      const tally = { id, epoch, partition, messages: 12_345, ranges };
      result.header.sources.set(`${id}:${epoch}:${partition}`, tally);
    }
    const message = summarise(result, { ...facts, detector: defaultDetector });
    expect(message.sources).toHaveLength(10);
    expect(Object.keys(message.read_out!)).toHaveLength(8);
    expect(sizeOf(message)).toBeLessThanOrEqual(maxMessageBytes);
    expect(Math.min(...edgesOf(message))).toBeGreaterThanOrEqual(1000);
    expect(sumsOf(message)).toEqual(sumsOf(whole));
  });

  it("for eight chambers of one view with eight timing inputs, with as many orbit ranges in all as four chambers", () => {
    const detector: DetectorConfig = {
      ...defaultDetector,
      chambers: Array.from({ length: 8 }, (_, i): ChamberConfig => ({
        ...{ fpga: i, firstChannel: 0, heightMm: 300.5 * i, rotated: i === 7, driftOffsetNs: 90 },
      })),
      timing: [
        ...defaultDetector.timing.slice(0, 1),
        ...channels(1, 129, 7).map((place) => ({
          ...place,
          name: `fpga1-${place.channel}`,
          givesT0: false,
          plate: { heightMm: 1032, sideMm: 700 },
        })),
      ],
      internalChannels: channels(1, 138, 16),
    };
    const full = summarise(fullResult(detector), { ...facts, detector });
    const ranges = orbitRangesOf(8);
    expect(ranges).toBe(1000);
    const whole: WindowMessage = { ...full, sources };
    expect(Object.keys(whole.segment_chamber!)).toHaveLength(8);
    expect(Object.keys(whole.timing!)).toHaveLength(8);
    expect(Object.keys(whole.chamber_pair!).length).toBe(7 * 6 + 5);
    expect(sizeOf(whole)).toBeGreaterThan(maxMessageBytes);
    const message = boundSize(whole);
    expect(sizeOf(message)).toBeLessThanOrEqual(maxMessageBytes);
    expect(Math.min(...edgesOf(message))).toBeGreaterThanOrEqual(250);
    expect(sumsOf(message)).toEqual(sumsOf(whole));
    expect(Object.keys(message)).toEqual(Object.keys(whole));
  });
});
