import { describe, expect, it } from "vitest";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import { ledgerGap, type ReadOutCounts, type WindowMessage } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";

const small = { orbits: 5 };

function filled(ids: number[], capacity = 4): WindowHistory {
  const history = new WindowHistory(capacity, 0);
  for (const id of ids) history.put(makeMessage({ id, ...small }));
  return history;
}

function heldIds(history: WindowHistory): number[] {
  return history.trend().map(({ msg_ID }) => msg_ID);
}

function sumOf(messages: WindowMessage[]): number {
  return messages.reduce((sum, { hit_count }) => sum + hit_count, 0);
}

describe("the ring of windows", () => {
  it("keeps the newest windows by start time, in any order of arrival", () => {
    expect(heldIds(filled([3, 1, 2, 6, 5, 4]))).toEqual([3, 4, 5, 6]);
  });

  it("returns the last windows up to a given window, or null if it no longer has them all", () => {
    const history = filled([1, 2, 3, 5, 6]);
    expect(history.upTo(5, 3)?.map(({ msg_ID }) => msg_ID)).toEqual([2, 3, 5]);
    expect([history.upTo(5, 4), history.upTo(1, 1), history.upTo(4, 1)]).toEqual([null, null, null]);
  });

  it("loses no more than one place to a window in the far future", () => {
    expect(heldIds(filled([1, 2, 1_000_000, 3, 4, 5]))).toEqual([3, 4, 5, 1_000_000]);
  });

  it("returns windows by number, without those that it no longer has", () => {
    const ids = filled([1, 2, 3, 4, 5])
      .byIds([5, 1, 2, 99])
      .map(({ msg_ID }) => msg_ID);
    expect(ids).toEqual([5, 2]);
  });
});

describe("totals", () => {
  it("replace corrected counts, and their ledger still adds up", () => {
    const history = filled([1, 2]);
    const corrected = makeMessage({ id: 1, orbits: 9, revision: 1, malformed: 7 });
    history.put(corrected);
    const truth = [corrected, makeMessage({ id: 2, ...small })];
    expect(history.totals.windows).toBe(2);
    expect(history.totals.hit_count).toBe(sumOf(truth));
    expect(history.totals.hit_count_chamber.reduce((a, b) => a + b)).toBe(sumOf(truth));
    expect(history.totals.ledger.malformed).toBe(10);
    expect(ledgerGap(history.totals.ledger)).toBe(0);
  });

  it("do not count a corrected window twice if its first version is no longer in memory", () => {
    const history = filled([1, 2, 3, 4, 5, 6], 2);
    history.put(makeMessage({ id: 1, orbits: 9, revision: 1 }));
    expect(history.totals.windows).toBe(6);
    expect(heldIds(history)).toEqual([5, 6]);
  });

  it("do not change when a message is repeated", () => {
    const history = filled([1, 2]);
    const before = history.totals;
    history.put(makeMessage({ id: 2, ...small }));
    expect(history.totals).toEqual(before);
  });

  it("sum the rows of the read-out's own channels, and follow corrections", () => {
    const history = new WindowHistory(4, 0);
    const withSignals = (id: number, revision: number, rows: number): WindowMessage => ({
      ...makeMessage({ id, ...small, revision }),
      read_out: { "1": { internal: { "138": rows } } as unknown as ReadOutCounts },
      timing: {
        scintillator: { signals: 90, orbits: 80, repeated: 10, alone: 0 },
        "fpga1-129": { signals: 5, orbits: 5, repeated: 0, alone: 1 },
      },
    });
    history.put(withSignals(1, 0, 3));
    history.put(withSignals(2, 0, 4));
    expect(history.totals.known_unmapped).toBe(17);
    history.put(withSignals(1, 1, 1));
    expect(history.totals.known_unmapped).toBe(15);
    const sum = sumWindows([withSignals(1, 0, 3), withSignals(2, 0, 4)]);
    expect(sum!.known_unmapped).toBe(17);
    expect(sumWindows([makeMessage({ id: 1, ...small })])).not.toHaveProperty("known_unmapped");
  });

  it("sum the reasons of malformed rows, without those that a correction removed", () => {
    const history = new WindowHistory(4, 0);
    const message = makeMessage({ id: 1, ...small });
    history.put({ ...message, ledger: { ...message.ledger, malformed_reasons: { json: 3 } } });
    expect(history.totals.ledger.malformed_reasons).toEqual({ json: 3 });
    history.put({ ...message, revision: 1 });
    expect(history.totals.ledger.malformed_reasons).toBeUndefined();
  });
});

describe("resuming from a cursor", () => {
  it("returns later windows, each once in its newest version", () => {
    const history = filled([1, 2, 3]);
    history.put(makeMessage({ id: 2, ...small, revision: 1 }));
    const missed = history.since(1)?.map(({ cursor, message }) => [cursor, message.msg_ID, message.revision]);
    expect(missed).toEqual([
      [3, 3, 0],
      [4, 2, 1],
    ]);
  });

  it("returns nothing if all is known, and null for a cursor that is too old or unknown", () => {
    const history = filled([1, 2, 3, 4, 5, 6]);
    expect(history.since(6)).toEqual([]);
    expect(history.since(2)).toHaveLength(4);
    expect(history.since(1)).toBeNull();
    expect(history.since(7)).toBeNull();
  });
});
