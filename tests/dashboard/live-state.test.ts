import { describe, expect, it } from "vitest";
import { connectionOf } from "../../dashboard/src/live/connection.js";
import { elapsedMs, sleptMs, type Moment } from "../../dashboard/src/live/moment.js";
import { checkSequences } from "../../dashboard/src/live/sequence-gaps.js";
import { pictureOf, sumPictures, type Picture } from "../../dashboard/src/live/picture.js";
import {
  applySnapshot,
  applyUpdate,
  emptyState,
  fullWindows,
  sumUpTo,
  windowsBehind,
  type LiveState,
} from "../../dashboard/src/live/state.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import type { Snapshot, SourceRanges, TrendPoint, WindowMessage } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";

const message = (id: number, change: { orbits?: number; revision?: number } = {}): WindowMessage =>
  makeMessage({ id, orbits: 6, ...change });

/** State of a page after these messages. */
function after(messages: WindowMessage[], start: LiveState = emptyState): LiveState {
  const history = new WindowHistory(100, 0);
  return messages.reduce((state, one) => applyUpdate(state, history.put(one)), start);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

function snapshotOf(messages: WindowMessage[]): Snapshot {
  const history = new WindowHistory(100, 0);
  for (const one of messages) history.put(one);
  const { totals, cursor } = history;
  return {
    protocol: 1,
    epoch: "e",
    cursor,
    status: null,
    totals,
    trend: history.trend(),
    windows: history.newest(24),
    quality: null,
    alarms: [],
    references: [],
    run: { current: null, since_ms: 0, next_number: 1 },
    remarks: [],
  };
}

describe("the live state", () => {
  it("keeps the newest windows in full and all as trend points, ordered by start time", () => {
    const state = after([message(2), ...range(3, 40).map((id) => message(id)), message(1)]);
    expect(state.trend.map(({ msg_ID }) => msg_ID)).toEqual(range(1, 40));
    expect(state.windows.map(({ msg_ID }) => msg_ID)).toEqual(range(40 - fullWindows + 1, 40));
  });

  it("sums the last windows, each once in its newest version", () => {
    const corrected = message(2, { orbits: 9, revision: 1 });
    const state = after([message(1), message(2), message(3), corrected]);
    expect(sumUpTo(state, 3)).toEqual(sumOf(message(1), corrected, message(3)));
    expect(sumUpTo(state, 2)).toEqual(sumOf(corrected, message(3)));
    expect(sumUpTo(state, 2, 2)).toEqual(sumOf(message(1), corrected));
    expect(state.trend[1]).toMatchObject({ revision: 1 });
  });

  it("has no sum over more windows than it has in full", () => {
    const held = after([message(3), message(4)]);
    const state = { ...held, trend: after(range(1, 4).map((id) => message(id))).trend };
    expect(sumUpTo(state, 2)?.windows).toBe(2);
    expect(sumUpTo(state, 3)).toBeNull();
    expect(sumUpTo(held, 3)?.windows).toBe(2);
    expect(sumUpTo(state, 1, 1)).toBeNull();
  });

  it("accepts a second snapshot without counting anything twice, and keeps windows that the bridge has lost", () => {
    const first = applySnapshot(emptyState, snapshotOf([message(1), message(2)]));
    const second = applySnapshot(first, snapshotOf([message(2), message(3)]));
    expect(second.trend.map(({ msg_ID }) => msg_ID)).toEqual([1, 2, 3]);
    expect(sumUpTo(second, 9)).toEqual(sumOf(message(1), message(2), message(3)));
  });

  it("sums only windows with the same bins as the newest window", () => {
    const other = message(2);
    for (const drift of Object.values(other.drift_time_chamber)) {
      drift.bin_edges = [0, 500, 1000];
      drift.hist_counts = [1, 2];
    }
    expect(sumUpTo(after([message(1), other]), 2)).toEqual(pictureOf(other));
  });

  it("has a bounded size", () => {
    const trend = trendOf(after([message(1)]), 2161);
    expect(applySnapshot(emptyState, { ...snapshotOf([]), trend }).trend).toHaveLength(2160);
  });
});

/** A trend of `points` points, copied from the first point of a state. */
function trendOf({ trend }: LiveState, points: number): TrendPoint[] {
  return Array.from({ length: points }, (_, i) => ({ ...trend[0]!, msg_ID: i, start_ms: i, end_ms: i + 1 }));
}

function sumOf(...messages: WindowMessage[]): Picture | null {
  return sumPictures(messages.map(pictureOf));
}

describe("a paused page", () => {
  it("counts new windows but not corrections, and shows all of them when it resumes", () => {
    const paused = after([message(1), message(2)]);
    const live = after([message(2, { revision: 1 }), message(3), message(4)], paused);
    expect(windowsBehind(live, paused)).toBe(2);
    expect(windowsBehind(live, live)).toBe(0);
    expect(windowsBehind(paused, emptyState)).toBe(2);
    expect(paused.trend).toHaveLength(2);
  });
});

describe("the producers' sequence numbers", () => {
  const with_ = (...sources: Partial<SourceRanges>[]): WindowMessage => ({
    ...message(1),
    sources: sources.map((one) => ({ id: "a", epoch: 1, partition: 0, ranges: [], duplicates: 0, ...one })),
  });

  it("show losses within and between windows", () => {
    const windows = [
      with_({ ranges: [[5, 9]] }),
      with_({
        ranges: [
          [12, 14],
          [16, 20],
        ],
        duplicates: 2,
      }),
    ];
    expect(checkSequences(windows)).toEqual({ known: true, missing: 3, duplicates: 2 });
  });

  it("may overlap and arrive in any order", () => {
    const windows = [
      with_({ ranges: [[10, 20]] }),
      with_({ ranges: [[0, 12]] }),
      with_({ ranges: [[3, 4]] }),
    ];
    expect(checkSequences(windows).missing).toBe(0);
  });

  it("are separate for each partition and epoch, and are ignored if truncated or foreign", () => {
    expect(checkSequences([with_({ ranges: [[0, 1]] }, { partition: 1, ranges: [[7, 9]] })]).missing).toBe(0);
    const truncated = with_({
      ranges: [
        [0, 1],
        [9, 9],
      ],
      truncated: true,
    });
    expect(checkSequences([truncated])).toEqual({ known: true, missing: 0, duplicates: 0 });
    expect(checkSequences([with_()])).toEqual({ known: false, missing: 0, duplicates: 0 });
  });
});

describe("the text of the connection", () => {
  const at = (ms: number): Moment => ({ wallMs: ms, steadyMs: ms });
  const line = { connected: true, refused: null, heard: at(100_000), opened: at(0) };
  it.each([
    ["connecting", { ...line, connected: false, heard: null, opened: at(99_000) }],
    ["live", line],
    ["reconnecting", { ...line, connected: false }],
    ["reconnecting", { ...line, heard: at(94_000) }],
    ["lost", { ...line, heard: at(80_000) }],
    ["connecting", { ...line, connected: false, heard: null, opened: at(80_000) }],
    ["lost", { ...line, connected: false, heard: null, opened: at(50_000) }],
    ["refused", { ...line, connected: false, refused: "no token", heard: null, opened: at(80_000) }],
  ] as const)("is %s", (word, state) => expect(connectionOf(state, at(100_000))).toBe(word));
});

describe("elapsed time", () => {
  const start = { wallMs: 1_000_000, steadyMs: 5_000 };

  it.each([
    ["as usual", { wallMs: 1_003_000, steadyMs: 8_000 }, 3_000],
    [
      "while the machine sleeps, when the monotonic clock stops",
      { wallMs: 1_183_000, steadyMs: 8_000 },
      183_000,
    ],
    ["while the wall clock is set back", { wallMs: 400_000, steadyMs: 8_000 }, 3_000],
    ["not backwards", { wallMs: 999_000, steadyMs: 5_000 }, 0],
  ])("%s", (_, now, elapsed) => expect(elapsedMs(start, now)).toBe(elapsed));

  it("without ticks is a sleep, except in a background tab", () => {
    const later = (ms: number): Moment => ({ wallMs: start.wallMs + ms, steadyMs: start.steadyMs + ms });
    expect(sleptMs(start, later(1_000), true)).toBe(0);
    expect(sleptMs(start, later(60_000), true)).toBe(60_000);
    expect(sleptMs(start, later(60_000), false)).toBe(0);
    expect(sleptMs(start, later(600_000), false)).toBe(600_000);
  });
});
