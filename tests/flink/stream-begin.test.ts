/** Where the results of a job begin that has no savepoint. */
import { describe, expect, it } from "vitest";
import { streamBegin } from "../../runners/flink/stream-begin.js";

const windowMs = 5000;
const always = Number.MIN_SAFE_INTEGER;

describe("the begin of a stream", () => {
  it("is the window after the oldest row: its own was open already", () => {
    const begins = [
      { firstMs: 12_001, isCut: false },
      { firstMs: 99_000, isCut: false },
    ];
    expect(streamBegin(begins, null, windowMs)).toEqual({ wholeFromMs: 15_000, publishFromMs: always });
  });

  it("is the window itself where the oldest row is its first moment", () => {
    const begins = [{ firstMs: 15_000, isCut: false }];
    expect(streamBegin(begins, null, windowMs).wholeFromMs).toBe(15_000);
  });

  it("is after the oldest row of a partition that has lost older ones", () => {
    const begins = [
      { firstMs: 12_001, isCut: false },
      { firstMs: 31_000, isCut: true },
    ];
    expect(streamBegin(begins, null, windowMs).wholeFromMs).toBe(35_000);
  });

  it("keeps the results that are there: less never takes their place", () => {
    const begins = [{ firstMs: 31_000, isCut: true }];
    const kept = { wholeFromMs: 35_000, publishFromMs: 35_000 };
    expect(streamBegin(begins, 60_000, windowMs)).toEqual(kept);
    expect(streamBegin(begins, 30_000, windowMs)).toEqual(kept);
    expect(streamBegin(begins, 25_000, windowMs).publishFromMs).toBe(always);
  });
});
