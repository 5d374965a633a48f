/** The audit's arithmetic: messages that are missing, late, open, duplicate or undecidable. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLedger, type SourceRanges, type WindowMessage } from "../../pipeline/model/index.js";
import { verdict } from "../../runners/cli/audit-verdict.js";
import { Audit } from "../../runners/flink/audit.js";
import type { AuditReport } from "../../runners/flink/audit-report.js";
import { RangeSet } from "../../runners/flink/range-set.js";
import { CounterReader } from "../../runners/kafka/index.js";

const windowMs = 1000;

interface Sent {
  sequence: number;
  timeMs: number;
}

/**
 * @param read messages that the job has read, by window start; none without a tally
 * @param cutAt window of the first message left in a topic that has lost older messages; null if no message is left
 */
function auditOf(
  sent: readonly Sent[],
  windows: Record<number, Partial<SourceRanges>>,
  read?: CounterReader,
  cutAt?: number | null,
): AuditReport {
  const audit = new Audit({ allowedLatenessMs: 1000, settledMs: 100_000 });
  for (const [start, source] of Object.entries(windows)) {
    const sources = [{ id: "s", epoch: 1, partition: 0, ranges: [], duplicates: 0, ...source }];
    const window = { start_ms: Number(start), end_ms: Number(start) + windowMs, time: "arrival" };
    audit.takeWindow(`k:${start}`, {
      window,
      sources,
      ledger: createLedger(),
      partial: false,
    } as unknown as WindowMessage);
  }
  if (cutAt !== undefined) audit.takeCut(cutAt);
  for (const { sequence, timeMs } of sent) {
    const key = Buffer.from(`m1:s:1:0:${sequence}`);
    audit.takeRecord({ key, value: key, timestampMs: timeMs, partition: 0 });
  }
  return audit.report(read);
}

/** The tally of a job, with the number of its first pane. */
function tallyOf(firstPane: number, ...read: readonly [start_ms: number, messages: number][]): CounterReader {
  const tally = new CounterReader();
  read.forEach(([start_ms, messages], i) =>
    tally.take({ stream: "s", pane: firstPane + i, windows: [{ start_ms, messages, rows: messages }] }),
  );
  return tally;
}

const steady = Array.from({ length: 10 }, (_, sequence) => ({ sequence, timeMs: sequence * 500 }));

describe("the audit", () => {
  it("finds every message in its window", () => {
    const report = auditOf(steady, { 0: { ranges: [[0, 1]] }, 1000: { ranges: [[2, 9]] } });
    expect(report).toMatchObject({ complete: true, sources: [{ messages: 10, missing: [], doubled: 0 }] });
    expect(verdict(report)).toMatch(/^every message is accounted for: 10 messages of 1 sources/);
  });

  it("names missing messages", () => {
    const report = auditOf(steady, {
      0: {
        ranges: [
          [0, 1],
          [4, 6],
        ],
      },
      1000: { ranges: [[8, 9]] },
    });
    expect(report.complete).toBe(false);
    expect(verdict(report)).toMatch(/^NOT accounted for: s epoch 1 partition 0 lacks 3 messages \(2-3, 7\)/);
  });

  it("finds messages that two windows count", () => {
    const report = auditOf(steady, { 0: { ranges: [[0, 5]] }, 1000: { ranges: [[5, 9]] } });
    expect(report).toMatchObject({ complete: false, sources: [{ doubled: 1 }] });
  });

  it("keeps the newest version of a window if an older version is written after it", () => {
    const audit = new Audit({ allowedLatenessMs: 1000, settledMs: 100_000 });
    const versions = [
      { revision: 1, emitted_ms: 2000, ledger: { ...createLedger(), rows: 7, hits: 7 } },
      { revision: 0, emitted_ms: 1000, ledger: { ...createLedger(), rows: 5, hits: 5 } },
    ];
    const window = { start_ms: 0, end_ms: windowMs, time: "arrival" };
    for (const version of versions)
      audit.takeWindow("k:0", {
        window,
        sources: [],
        partial: false,
        ...version,
      } as unknown as WindowMessage);
    expect(audit.report()).toMatchObject({ windows: 1, rows: 7 });
  });

  it("counts a repeated message as sent twice", () => {
    const report = auditOf([...steady, { sequence: 9, timeMs: 4500 }], {
      0: { ranges: [[0, 9]], duplicates: 1 },
    });
    expect(report).toMatchObject({ complete: true, sources: [{ duplicates: 1, doubled: 0 }] });
  });

  it("distinguishes late messages and messages of open windows from missing messages", () => {
    const sent = [...steady, { sequence: 10, timeMs: 0 }, { sequence: 11, timeMs: 100_000 }];
    const report = auditOf(sent, { 0: { ranges: [[0, 9]] } });
    expect(report).toMatchObject({ complete: true, sources: [{ late: [[10, 10]], open: 1, missing: [] }] });
  });

  describe("of a topic that has lost older windows", () => {
    const sent = Array.from({ length: 20 }, (_, sequence) => ({ sequence, timeMs: sequence * 500 }));

    it("counts messages that may be in the lost windows as unknown, and others as missing", () => {
      const windows = { 3000: { ranges: [[6, 7]] as [number, number][] } };
      const report = auditOf(sent, windows, undefined, 3000);
      expect(report.complete).toBe(false);
      // The first message left can be a correction, so messages are unknown for the lateness of 1 s and two windows after it.
      expect(report.sources).toMatchObject([
        {
          unknown: [
            [0, 5],
            [8, 11],
          ],
          missing: [[12, 19]],
        },
      ]);
      const rest = { ...windows, 6000: { ranges: [[12, 19]] as [number, number][] } };
      const fine = auditOf(sent, rest, undefined, 3000);
      expect(fine).toMatchObject({ complete: true, sources: [{ missing: [], late: [] }] });
      expect(verdict(fine)).toMatch(
        /^every message in the windows still in the topic is accounted for: .*, 10 whose windows are no longer in the topic, /,
      );
    });

    it("counts no message as late that may be in a lost window, even if the job has read it", () => {
      const windows = { 6000: { ranges: [[12, 19]] as [number, number][] } };
      const read = tallyOf(0, ...[0, 1000, 2000, 3000, 4000, 5000].map((ms): [number, number] => [ms, 2]));
      expect(auditOf(sent, windows, read, 3000).sources).toMatchObject([{ unknown: [[0, 11]], late: [] }]);
    });

    it("counts all messages as unknown if no window is left", () => {
      expect(auditOf(sent, {}, undefined, null)).toMatchObject({
        complete: true,
        sources: [{ unknown: [[0, 19]], missing: [] }],
      });
      expect(auditOf(sent, {})).toMatchObject({
        complete: false,
        sources: [{ missing: [[0, 19]], unknown: [] }],
      });
    });
  });

  describe("with the job's tally", () => {
    // Five windows begin at 0, 1000, 2000, 3000 and 4000, each with two messages; the second of window 1000 is absent.
    const windows = {
      0: { ranges: [[0, 2]] as [number, number][] },
      2000: { ranges: [[4, 9]] as [number, number][] },
    };
    const readAll = [0, 2000, 3000, 4000].map((start): [number, number] => [start, 2]);
    const late = { sequence: 10, timeMs: 0 };

    it("counts messages that the job has not read as missing, even if their times are late", () => {
      const report = auditOf(
        [...steady, late],
        { 0: { ranges: [[0, 9]] } },
        tallyOf(0, ...readAll, [1000, 2]),
      );
      expect(report).toMatchObject({ complete: false, unread_messages: 1 });
      expect(report.sources).toMatchObject([{ missing: [[10, 10]], late: [] }]);
      expect(verdict(report)).toContain("the job has not read 1 messages");
    });

    it("counts messages that the job has read as late if their times are late too", () => {
      const read = tallyOf(0, ...readAll, [1000, 2], [0, 1]);
      const report = auditOf([...steady, late], { 0: { ranges: [[0, 9]] } }, read);
      expect(report).toMatchObject({ complete: true, unread_messages: 0 });
      expect(report.sources).toMatchObject([{ missing: [], late: [[10, 10]], late_by_tally: 0 }]);
      expect(verdict(report)).toContain(" 1 late and dropped,");
    });

    it("reports when only the tally shows that it is late", () => {
      const report = auditOf(steady, windows, tallyOf(0, ...readAll, [1000, 2]));
      expect(report.sources).toMatchObject([{ missing: [], late: [[3, 3]], late_by_tally: 1 }]);
      expect(verdict(report)).toContain(" 1 late and dropped (1 of them according to the tally only: ");
    });

    it("counts absent messages of a window as missing if the job has read too few of it", () => {
      const report = auditOf(steady, windows, tallyOf(0, ...readAll, [1000, 1]));
      expect(report.sources).toMatchObject([{ missing: [[3, 3]], late: [] }]);
    });

    it("finds unread messages of other producers", () => {
      const audit = new Audit({ allowedLatenessMs: 1000, settledMs: 100_000 });
      audit.takeWindow("k:0", {
        window: { start_ms: 0, end_ms: windowMs, time: "arrival" },
        ...{ sources: [], ledger: createLedger(), partial: false },
      } as unknown as WindowMessage);
      for (const timestampMs of [1, 2, 200_000])
        audit.takeRecord({ key: null, value: Buffer.from("x"), timestampMs, partition: 0 });
      expect(audit.report(tallyOf(0, [0, 2]))).toMatchObject({ complete: true, unread_messages: 0 });
      expect(audit.report(tallyOf(0, [0, 1]))).toMatchObject({ complete: false, unread_messages: 1 });
    });

    it("uses message times for windows before the start of the tally", () => {
      const report = auditOf([...steady, late], { 0: { ranges: [[0, 9]] } }, tallyOf(7, [4000, 2]));
      expect(report).toMatchObject({ complete: true, unread_messages: 0 });
      expect(report.sources).toMatchObject([{ late: [[10, 10]], missing: [] }]);
    });
  });

  it("reports sequence numbers that were never sent", () => {
    const sent = steady.filter(({ sequence }) => sequence !== 4);
    const report = auditOf(sent, {
      0: {
        ranges: [
          [0, 3],
          [5, 9],
        ],
      },
    });
    expect(report).toMatchObject({ complete: true, sources: [{ never_sent: [[4, 4]] }] });
  });

  it("reports truncated lists", () => {
    const report = auditOf(steady, { 0: { ranges: [[0, 5]], truncated: true } });
    expect(report.complete).toBe(false);
    expect(verdict(report)).toContain("1 windows list only their first 64 ranges");
  });

  it("does not count a newer message of a window as a duplicate", () => {
    const audit = new Audit({ allowedLatenessMs: 0, settledMs: 0 });
    for (const last of [3, 9]) {
      audit.takeWindow("k:0", {
        window: { start_ms: 0, end_ms: windowMs, time: "arrival" },
        sources: [{ id: "s", epoch: 1, partition: 0, ranges: [[0, last]], duplicates: 0 }],
        ledger: createLedger(),
        partial: false,
      } as unknown as WindowMessage);
    }
    expect(audit.report()).toMatchObject({ windows: 1 });
  });
});

describe("a set of ranges", () => {
  const spans = fc.array(
    fc.tuple(fc.nat(60), fc.nat(8)).map(([first, more]) => [first, first + more] as const),
  );
  const numbersOf = (ranges: Iterable<readonly [number, number]>): number[] => {
    const numbers = new Set<number>();
    for (const [first, last] of ranges) for (let n = first; n <= last; n += 1) numbers.add(n);
    return [...numbers].sort((a, b) => a - b);
  };
  const setOf = (ranges: readonly (readonly [number, number])[]): RangeSet => {
    const set = new RangeSet();
    for (const [first, last] of ranges) set.add(first, last);
    return set;
  };

  it("contains everything added, in as few ranges as possible", () => {
    fc.assert(
      fc.property(spans, (ranges) => {
        const set = setOf(ranges);
        const numbers = numbersOf(ranges);
        expect(numbersOf(set.ranges)).toEqual(numbers);
        expect(set.size).toBe(numbers.length);
        for (let n = 0; n < 70; n += 1) expect(set.has(n)).toBe(numbers.includes(n));
        set.ranges.slice(1).forEach(([first], i) => expect(first).toBeGreaterThan(set.ranges[i]![1] + 1));
      }),
    );
  });

  it("minus another set has only the numbers that the other lacks", () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const without = new Set(numbersOf(b));
        const rest = numbersOf(a).filter((n) => !without.has(n));
        expect(numbersOf(setOf(a).minus(setOf(b)).ranges)).toEqual(rest);
      }),
    );
  });
});

describe("messages without a Muonitor key", () => {
  const settledMs = 1_800_000_000_000;
  const rows = Buffer.from("2,0,1,1,1,1");

  function auditForeign(...times: readonly number[]): AuditReport {
    const audit = new Audit({ allowedLatenessMs: 1000, settledMs });
    const window = { start_ms: 1_700_000_000_000, end_ms: 1_700_000_001_000, time: "arrival" };
    const message = { window, sources: [], ledger: createLedger(), partial: false };
    audit.takeWindow("k:1700000000000", message as unknown as WindowMessage);
    times.forEach((timestampMs, i) =>
      audit.takeRecord({ key: null, value: rows, timestampMs, partition: 3, offset: BigInt(i) }),
    );
    return audit.report();
  }

  it("are in their window, or in a window that may still be open", () => {
    const report = auditForeign(1_700_000_000_500, settledMs + 10);
    expect(report).toMatchObject({
      complete: true,
      foreign_messages: 2,
      foreign_in_no_window: 0,
      wrong_times: [],
    });
  });

  it("are not accounted for if their window is missing", () => {
    const report = auditForeign(1_700_000_000_500, 1_700_000_005_000);
    expect(report).toMatchObject({ complete: false, foreign_in_no_window: 1 });
    expect(verdict(report)).toMatch(/^NOT accounted for: 1 foreign messages are in no window/);
  });

  it.each([
    [-1, "missing", "no timestamp"],
    [1_700_000_000, "seconds", "a timestamp in seconds instead of ms"],
    [1_700_000_000_000_000, "microseconds", "a timestamp in µs instead of ms"],
  ])("with the time %d are named", (time, kind, words) => {
    const report = auditForeign(1_700_000_000_500, time, time);
    const wrong = { kind, messages: 2, partition: 3, offset: 1 };
    expect(report).toMatchObject({ complete: false, foreign_in_no_window: 0, wrong_times: [wrong] });
    expect(verdict(report)).toContain(
      `2 messages have ${words} and are in no window (first: partition 3 offset 1)`,
    );
  });
});

it("names messages of Muonitor's producers without a timestamp", () => {
  const report = auditOf([...steady, { sequence: 10, timeMs: -1 }], {
    0: { ranges: [[0, 1]] },
    1000: { ranges: [[2, 9]] },
  });
  expect(report).toMatchObject({
    complete: false,
    wrong_times: [{ kind: "missing", messages: 1, offset: null }],
  });
  expect(verdict(report)).toContain("1 messages have no timestamp and are in no window (first: partition 0)");
});
