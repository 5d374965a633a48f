/** Rows dropped as late, from tally and messages; a job that is restored from a checkpoint repeats panes. */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import {
  decodeTallyPane,
  encodeTallyPane,
  wholeStream,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { LateCounters } from "../../runners/kafka/late-counters.js";

const windowMs = 1000;
const allowedLatenessMs = 2000;
let clock = 0;

function tallyOf(isWhole = true): LateCounters {
  return new LateCounters({
    ...{ windowMs, allowedLatenessMs, settleMs: 100 },
    ...{ isWhole: () => isWhole, now: () => clock },
  });
}

const pane = (number: number, ...windows: [start: number, messages: number, rows: number][]) => ({
  stream: "s",
  pane: number,
  windows: windows.map(([start_ms, messages, rows]) => ({ start_ms, messages, rows })),
});

const message = (start_ms: number, messages: number, rows: number): WindowMessage =>
  ({
    window: { start_ms, end_ms: start_ms + windowMs, time: "arrival" },
    ledger: { rows },
    messages,
  }) as WindowMessage;

beforeEach(() => {
  clock = 0;
});

describe("late rows", () => {
  it("are the rows missing in the message of a closed window, after some time", () => {
    const tally = tallyOf();
    tally.takePane(pane(0, [0, 3, 30], [5000, 1, 10]));
    tally.takeWindow(message(0, 2, 25));
    tally.takeWindow(message(5000, 1, 10));
    expect(tally.late()).toEqual({ messages: 0, rows: 0 });
    clock = 100;
    expect(tally.late()).toEqual({ messages: 1, rows: 5 });
    expect(tally.lateWindows()).toEqual([{ start_ms: 0, messages: 1, rows: 5 }]);
  });

  it("are not rows missing in an older version that a replaced task writes after the newer one", () => {
    const tally = tallyOf();
    tally.takePane(pane(0, [0, 3, 30], [5000, 1, 10]));
    tally.takeWindow({ ...message(0, 3, 30), revision: 1, emitted_ms: 2000 });
    tally.takeWindow({ ...message(0, 2, 25), revision: 0, emitted_ms: 1000 });
    tally.takeWindow(message(5000, 1, 10));
    clock = 100;
    expect(tally.late()).toEqual({ messages: 0, rows: 0 });
  });

  it("are not rows of windows whose messages were lost before they were read, which count as unread", () => {
    const tally = tallyOf();
    tally.takePane(pane(0, [0, 3, 30], [1000, 4, 40], [2000, 5, 50], [20_000, 1, 10], [30_000, 2, 20]));
    tally.takeWindow(message(0, 3, 30));
    tally.windowsLost();
    tally.takeWindow(message(20_000, 1, 10));
    tally.takeWindow(message(30_000, 1, 15));
    tally.takeWindow(message(40_000, 0, 0));
    clock = 100;
    expect(tally.unread()).toEqual({ messages: 9, rows: 90 });
    // A window that was read remains late if it lacks rows.
    expect(tally.late()).toEqual({ messages: 1, rows: 5 });
    // The messages arrive after all.
    tally.takeWindow(message(1000, 4, 40));
    expect(tally.unread()).toEqual({ messages: 5, rows: 50 });
  });

  it("are not rows of a window that can still be corrected, or that is corrected", () => {
    const tally = tallyOf();
    tally.takePane(pane(0, [0, 2, 20]));
    tally.takeWindow(message(0, 1, 10));
    tally.takeWindow(message(2000, 0, 0));
    clock = 1000;
    expect(tally.late()).toEqual({ messages: 0, rows: 0 });
    tally.takeWindow(message(0, 2, 20));
    tally.takeWindow(message(9000, 0, 0));
    clock = 2000;
    expect(tally.late()).toEqual({ messages: 0, rows: 0 });
  });

  it("are all rows of a window that never had a message", () => {
    const tally = tallyOf();
    tally.takeWindow(message(9000, 0, 0));
    tally.takePane(pane(0, [1000, 2, 20]));
    clock = 1000;
    expect(tally.late()).toEqual({ messages: 2, rows: 20 });
  });

  it("are not counted in windows whose messages were not read", () => {
    const tally = tallyOf(false);
    tally.takeWindow(message(50_000, 0, 0));
    tally.takePane(pane(0, [1000, 2, 20], [60_000, 1, 4]));
    tally.takeWindow(message(90_000, 0, 0));
    clock = 1000;
    expect(tally.late()).toEqual({ messages: 1, rows: 4 });
  });

  it("are reset by a job that starts from scratch", () => {
    const tally = tallyOf();
    tally.takePane(pane(0, [0, 3, 30]));
    tally.takePane(pane(1, [0, 1, 10]));
    tally.takePane(pane(0, [0, 4, 40]));
    for (const window of [message(0, 4, 40), message(9000, 0, 0)]) tally.takeWindow(window);
    clock = 1000;
    expect(tally.late()).toEqual({ messages: 0, rows: 0 });
  });

  it("are the same however often the job is restored and however its panes are divided", () => {
    const bundles = fc.array(fc.record({ window: fc.nat(9), messages: fc.nat(9), rows: fc.nat(99) }), {
      maxLength: 40,
    });
    const restarts = fc.array(
      fc.record({ keep: fc.nat(30), cuts: fc.array(fc.integer({ min: 1, max: 5 })) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(bundles, restarts, (all, runs) => {
        clock = 0;
        const tally = tallyOf();
        /** Number of bundles counted by the panes up to each pane. */
        let ends: number[] = [];
        runs.forEach(({ keep, cuts }, run) => {
          ends = ends.slice(0, run === 0 ? 0 : keep);
          const isLast = run === runs.length - 1;
          const sizes = isLast ? [...cuts, all.length] : cuts;
          for (const size of sizes) {
            const from = ends.at(-1) ?? 0;
            const part = all.slice(from, from + size);
            if (part.length === 0) break;
            const windows = part.map(
              ({ window, messages, rows }) => [window * windowMs, messages, rows] as [number, number, number],
            );
            tally.takePane(pane(ends.length, ...windows));
            ends.push(from + part.length);
          }
        });
        tally.takeWindow(message(1_000_000, 0, 0));
        clock = 1000;
        const total = { messages: 0, rows: 0 };
        for (const { messages, rows } of all) {
          total.messages += messages;
          total.rows += rows;
        }
        expect(tally.late()).toEqual(total);
      }),
    );
  });
});

describe("a record of the tally", () => {
  it("is read as it was written", () => {
    const written = pane(7, [5000, 3, 30], [-5000, 0, 0]);
    expect(decodeTallyPane(encodeTallyPane(written))).toEqual(written);
    const begin = { ...wholeStream, wholeFromMs: 15_000 };
    const withOrigin = { ...written, origin: { begin, partitions: 3 } };
    expect(decodeTallyPane(encodeTallyPane(withOrigin))).toEqual(withOrigin);
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"tally":2,"stream":"s","pane":0,"windows":[]}',
    '{"tally":1,"stream":"s","pane":-1,"windows":[]}',
    '{"tally":1,"stream":"s","pane":0,"windows":[[1,2]]}',
    '{"tally":1,"stream":"s","pane":0,"windows":[[1,2,"3"]]}',
  ])("cannot be %j", (text) => {
    expect(decodeTallyPane(text)).toBeNull();
  });
});
