/** The arrival-time windows that a range of a topic contains completely, in all partitions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullTimeRange, type ResultSpan } from "../../../pipeline/model/index.js";
import { fullTimeRangeOf, type ReadRange } from "../../../runners/batch/cluster/full-time-range.js";
import { parsePosition } from "../../../runners/kafka/index.js";

const windowMs = 5000;
const settledMs = 1_000_000;

interface Asked {
  from?: string;
  to?: string;
  /** Oldest offset that still exists. */
  low?: number;
}

const timeOf = (text: string): { from?: number; ms?: number } => {
  const place = parsePosition(text);
  return place.kind === "time"
    ? { ms: place.ms }
    : place.kind === "offset"
      ? { from: Number(place.offset) }
      : {};
};

/** The range of a partition whose records have these times; offsets count from 0. */
function rangeOf(times: readonly number[], { from = "earliest", to = "latest", low = 0 }: Asked): ReadRange {
  const offsetOf = (text: string, otherwise: number): number => {
    const { from: offset = otherwise, ms } = timeOf(text);
    const place = ms === undefined ? offset : times.findIndex((time) => time >= ms);
    return Math.min(times.length, Math.max(low, place < 0 ? times.length : place));
  };
  const [start, end] = [offsetOf(from, low), offsetOf(to, times.length)];
  const read = times.slice(start, Math.max(start, end));
  return {
    from: BigInt(start),
    to: BigInt(end),
    low: BigInt(low),
    high: BigInt(times.length),
    fromPlace: parsePosition(from),
    toPlace: parsePosition(to),
    firstMs: read[0] ?? null,
    lastMs: read.at(-1) ?? null,
  };
}

const steady = Array.from({ length: 100 }, (_, i) => i * 1000);
const spanOf = (...ranges: ReadRange[]): ResultSpan => fullTimeRangeOf(ranges, windowMs, settledMs);
const at = (ms: number): string => new Date(ms).toISOString();

describe("the whole windows of a range", () => {
  it("are all windows that can no longer get records, if the range has all records", () => {
    expect(spanOf(rangeOf(steady, {}))).toEqual({ ...fullTimeRange, wholeToMs: settledMs });
    expect(fullTimeRangeOf([rangeOf(steady, {})], windowMs, settledMs + 4999).wholeToMs).toBe(settledMs);
  });

  it("end where one partition ends, though another continues", () => {
    const cut = rangeOf(steady, { to: "12" });
    expect(spanOf(cut, rangeOf(steady, {}))).toEqual({ ...fullTimeRange, wholeToMs: 11_000 });
  });

  it("begin where the last partition begins, though another begins earlier", () => {
    const cut = rangeOf(steady, { from: "10" });
    expect(spanOf(cut, rangeOf(steady, {}))).toEqual({
      ...fullTimeRange,
      wholeFromMs: 10_000,
      wholeToMs: settledMs,
    });
  });

  it("begin after the oldest record of each partition whose older records have expired", () => {
    const spans = [rangeOf(steady, { low: 20 }), rangeOf(steady, { low: 43 })];
    expect(spanOf(...spans).wholeFromMs).toBe(43_000);
    // For any requested time.
    expect(spanOf(rangeOf(steady, { low: 43, from: at(5000) })).wholeFromMs).toBe(43_000);
  });

  it("are the windows between two times", () => {
    const ranges = [steady, [500, 90_500]].map((times) =>
      rangeOf(times, { from: at(10_000), to: at(20_000) }),
    );
    expect(spanOf(...ranges)).toMatchObject({ wholeFromMs: 10_000, wholeToMs: 20_000 });
  });

  it("are empty when a partition is left out", () => {
    const { wholeFromMs, wholeToMs } = spanOf(rangeOf(steady, {}), rangeOf(steady, { from: "50", to: "50" }));
    expect(wholeFromMs).toBeGreaterThan(wholeToMs);
  });

  it("lack no record of any partition", () => {
    const times = fc.array(fc.nat(60_000), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));
    const place = fc.oneof(
      fc.nat(30).map(String),
      fc.nat(60_000).map(at),
      fc.constantFrom("earliest", "latest"),
    );
    const asked = fc.record({ times, from: place, to: place, low: fc.nat(10) });
    fc.assert(
      fc.property(fc.array(asked, { minLength: 1, maxLength: 3 }), (partitions) => {
        const ranges = partitions.map(({ times, low, ...rest }) =>
          rangeOf(times, { ...rest, low: Math.min(low, times.length) }),
        );
        const { wholeFromMs, wholeToMs } = spanOf(...ranges);
        partitions.forEach(({ times }, i) => {
          const { from, to } = ranges[i]!;
          const left = times.filter((_, offset) => offset < Number(from) || offset >= Number(to));
          for (const time of left) {
            const start = Math.floor(time / windowMs) * windowMs;
            expect(start >= wholeFromMs && start + windowMs <= wholeToMs).toBe(false);
          }
        });
      }),
    );
  });
});
