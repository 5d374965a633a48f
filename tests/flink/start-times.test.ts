/** Start time of a job's results, and the state that a resumed job inherits. */
import { describe, expect, it } from "vitest";
import { decodeTallyPane, encodeTallyPane, wholeStream } from "../../pipeline/model/index.js";
import { partialFormat } from "../../pipeline/steps/index.js";
import { formatFaults, partitionFaults } from "../../runners/flink/job-origin.js";
import { restoredTimes, startTimes } from "../../runners/flink/start-times.js";

const windowMs = 5000;
const always = Number.MIN_SAFE_INTEGER;

describe("the start of a stream", () => {
  it("is the window after that of the oldest row, which may be incomplete", () => {
    const begins = [
      { firstMs: 12_001, isCut: false },
      { firstMs: 99_000, isCut: false },
    ];
    expect(startTimes(begins, null, windowMs)).toEqual({ wholeFromMs: 15_000, publishFromMs: always });
  });

  it("is the window of the oldest row if the row is at the window's start", () => {
    const begins = [{ firstMs: 15_000, isCut: false }];
    expect(startTimes(begins, null, windowMs).wholeFromMs).toBe(15_000);
  });

  it("is after the oldest row of a partition that has lost older rows", () => {
    const begins = [
      { firstMs: 12_001, isCut: false },
      { firstMs: 31_000, isCut: true },
    ];
    expect(startTimes(begins, null, windowMs).wholeFromMs).toBe(35_000);
  });

  it("is after existing results, which are never replaced by results with fewer rows", () => {
    const begins = [{ firstMs: 31_000, isCut: true }];
    const kept = { wholeFromMs: 35_000, publishFromMs: 35_000 };
    expect(startTimes(begins, 60_000, windowMs)).toEqual(kept);
    expect(startTimes(begins, 30_000, windowMs)).toEqual(kept);
  });

  it("is after existing results even if they end before the first whole window; later windows are published", () => {
    const begins = [
      { firstMs: 100_000, isCut: true },
      { firstMs: 20_000, isCut: true },
    ];
    const begin = { wholeFromMs: 100_000, publishFromMs: 65_000 };
    expect(startTimes(begins, 60_000, windowMs)).toEqual(begin);
  });
});

describe("the start of a resumed stream", () => {
  const kept = { wholeFromMs: 35_000, publishFromMs: 20_000 };

  it("is that of the job that wrote the savepoint, even if the topic has lost rows that were read", () => {
    const begins = [
      { firstMs: 50_000, isCut: true },
      { firstMs: 90_000, isCut: false },
    ];
    expect(restoredTimes(kept, begins, 60_000, windowMs)).toEqual(kept);
    expect(restoredTimes(wholeStream, begins, 60_000, windowMs)).toEqual(wholeStream);
  });

  it("is after the oldest remaining row if unread rows were lost", () => {
    const begins = [
      { firstMs: 50_000, isCut: true },
      { firstMs: 91_000, isCut: true },
    ];
    expect(restoredTimes(kept, begins, 60_000, windowMs)).toEqual({ ...kept, wholeFromMs: 95_000 });
    expect(restoredTimes(kept, begins, null, windowMs)).toEqual({ ...kept, wholeFromMs: 95_000 });
  });
});

describe("the partitions of a resumed job", () => {
  it("must be those of the job that wrote the savepoint", () => {
    expect(partitionFaults("data_raw", 3, 3)).toEqual([]);
    expect(partitionFaults("data_raw", 3, 4)).toEqual([
      "topic data_raw has 4 partitions, but the job of the savepoint had 3: only a job that begins without a savepoint reads them all",
    ]);
  });
});

describe("the partial results of a resumed job", () => {
  it("must have the format of this version, otherwise the savepoint is refused in one line", () => {
    expect(formatFaults(partialFormat)).toEqual([]);
    // Before format 2, jobs did not write the format to their tally.
    expect(formatFaults(undefined)).toEqual([
      "the savepoint is from an older Muonitor: its partial results have format 1, not 2; only a job that begins without a savepoint can run",
    ]);
    expect(formatFaults(3)).toEqual([
      expect.stringMatching(/^the savepoint is from a newer Muonitor: [^\n]*$/),
    ]);
  });

  it("have their format recorded in the tally", () => {
    const origin = { begin: wholeStream, partitions: 3, rawId: "abc", partialFormat };
    const pane = { stream: "test", pane: 4, windows: [], origin };
    expect(decodeTallyPane(encodeTallyPane(pane))).toEqual(pane);
    const older = { ...pane, origin: { begin: wholeStream, partitions: 3 } };
    expect(decodeTallyPane(encodeTallyPane(older))).toEqual(older);
  });
});
