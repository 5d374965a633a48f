import { describe, expect, it } from "vitest";
import { connectionOf } from "../../dashboard/src/live/connection.js";
import { checkSequences } from "../../dashboard/src/live/sequence-gaps.js";
import { pictureOf, sumPictures } from "../../dashboard/src/live/picture.js";
import {
  applySnapshot,
  applyUpdate,
  emptyState,
  fullWindows,
  windowsBehind,
  type LiveState,
} from "../../dashboard/src/live/state.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import type { Snapshot, SourceRanges, WindowMessage } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";

const message = (id: number, change: { orbits?: number; revision?: number } = {}): WindowMessage =>
  makeMessage({ id, orbits: 6, ...change });

/** What a page knows after these messages. */
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
  };
}

describe("the live state", () => {
  it("keeps the newest windows in full, all in short, in the order of their start", () => {
    const state = after([message(2), ...range(3, 40).map((id) => message(id)), message(1)]);
    expect(state.trend.map(({ msg_ID }) => msg_ID)).toEqual(range(1, 40));
    expect(state.windows.map(({ msg_ID }) => msg_ID)).toEqual(range(40 - fullWindows + 1, 40));
  });

  it("sums every window once, in its last version", () => {
    const corrected = message(2, { orbits: 9, revision: 1 });
    const state = after([message(1), message(2), message(3), corrected]);
    expect(state.sum).toEqual(sumPictures([message(1), corrected, message(3)]));
    expect(state.trend[1]).toMatchObject({ revision: 1 });
  });

  it("does not add a correction whose first version it has let go", () => {
    const all = range(1, 30).map((id) => message(id));
    const state = after([...all, message(1, { orbits: 9, revision: 1 })]);
    expect(state.sum?.windows).toBe(30);
    expect(state.sum).toEqual(sumPictures(all));
  });

  it("takes a second snapshot without counting anything twice, and keeps what the bridge has lost", () => {
    const first = applySnapshot(emptyState, snapshotOf([message(1), message(2)]));
    const second = applySnapshot(first, snapshotOf([message(2), message(3)]));
    expect(second.trend.map(({ msg_ID }) => msg_ID)).toEqual([1, 2, 3]);
    expect(second.sum).toEqual(sumPictures([message(1), message(2), message(3)]));
  });

  it("starts the sum anew when the bins change", () => {
    const other = message(2);
    for (const drift of Object.values(other.drift_time_chamber)) {
      drift.bin_edges = [0, 500, 1000];
      drift.hist_counts = [1, 2];
    }
    expect(after([message(1), other]).sum).toEqual(pictureOf(other));
  });
});

describe("a paused page", () => {
  it("counts new windows, not corrections, and has all of them when it goes on", () => {
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

  it("tell what is missing within and between windows", () => {
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

  it("may overlap and come in any order", () => {
    const windows = [
      with_({ ranges: [[10, 20]] }),
      with_({ ranges: [[0, 12]] }),
      with_({ ranges: [[3, 4]] }),
    ];
    expect(checkSequences(windows).missing).toBe(0);
  });

  it("of other partitions and epochs are others, and nothing is said of truncated or foreign ones", () => {
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

describe("the connection in words", () => {
  const line = { connected: true, heardMs: 100_000, openedMs: 0 };
  it.each([
    ["connecting", { ...line, connected: false, heardMs: null, openedMs: 99_000 }],
    ["live", line],
    ["reconnecting", { ...line, connected: false }],
    ["reconnecting", { ...line, heardMs: 94_000 }],
    ["lost", { ...line, heardMs: 80_000 }],
    ["lost", { connected: false, heardMs: null, openedMs: 80_000 }],
  ])("is %s", (word, state) => expect(connectionOf(state, 100_000)).toBe(word));
});
