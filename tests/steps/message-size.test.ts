/** The largest message: every counter with as many digits as 25 million rows give, every list full. */
import { expect, it } from "vitest";
import { defaultDetector, maxMessageBytes, type MuonSegment } from "../../pipeline/model/index.js";
import { createShardResult, encodeMessage, mergePartials, summarise } from "../../pipeline/steps/index.js";

it("a message stays below 200 000 bytes when all of it is full", () => {
  const result = mergePartials([], defaultDetector);
  const empty = createShardResult(defaultDetector.driftTimeAxisNs);
  expect(empty.muons).toBeNull();
  // 12.5 million hits: 50 000 in each of 256 cells, 125 000 in each bin of a chamber's drift times.
  result.channelCounts.fill(48_828);
  result.scintChannelCounts.fill(48_828);
  result.multiplicity.fill(99_999);
  for (const histogram of result.driftTimes) histogram.counts.fill(31_250);
  for (const ranges of result.active)
    for (let i = 0; i < 2000; i += 1) {
      ranges.numbers.push(4_294_000_000 + 2 * i);
      ranges.counts.push(1562);
    }
  result.orbitCount = 56_117;
  result.scintOrbitCount = 56_117;
  [result.orbitFirst, result.orbitLast] = [4_294_000_000, 4_294_056_117];
  Object.assign(result.header.ledger, { rows: 25e6, head_rejected: 125e5, hits: 125e5 });
  // Three million segments: at most five digits in each bin of a chamber, wherever they are.
  result.muons!.counts.fill(15_625);
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
  result.muons!.sample.add({ orbit: segment.orbit, rank: 0, hash: 1, segments: Array(24).fill(segment) });
  const window = { start_ms: 382_690_000, end_ms: 382_695_000, time: "detector" as const };
  const facts = { detector: defaultDetector, partial: false, revision: 0, emittedMs: 1_800_000_000_000 };
  const json = encodeMessage(summarise(result, { ...facts, window }));
  expect(json.length).toBeLessThanOrEqual(maxMessageBytes);
});
