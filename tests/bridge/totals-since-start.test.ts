import { expect, it } from "vitest";
import { TotalsSinceStart } from "../../dashboard/bridge/monitor/totals-since-start.js";
import { trendPointOf, type WindowMessage } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";

const first = makeMessage({ id: 1, orbits: 5 });
const corrected = makeMessage({ id: 1, orbits: 9, revision: 1, malformed: 7 });

/** The same rows with different bins of the drift time. */
function otherBins(message: WindowMessage): WindowMessage {
  const copy = structuredClone(message);
  for (const histogram of Object.values(copy.drift_time_chamber))
    histogram.bin_edges = histogram.bin_edges.map((edge) => 2 * edge);
  return copy;
}

function filled(...messages: WindowMessage[]): TotalsSinceStart {
  const totals = new TotalsSinceStart(0);
  for (const message of messages) totals.put(message, null);
  return totals;
}

/** Totals of another bridge, restored from the store. */
function restarted(totals: TotalsSinceStart): TotalsSinceStart {
  const next = new TotalsSinceStart(99);
  next.restore(JSON.parse(JSON.stringify(totals.note())) as ReturnType<TotalsSinceStart["note"]>);
  return next;
}

it("numbers and histograms cover the same windows", () => {
  const totals = filled(first, makeMessage({ id: 2, orbits: 3 }));
  totals.put(corrected, { point: trendPointOf(first), message: first });
  const { windows, hit_count, ledger } = totals.totals;
  expect(totals.sum).toMatchObject({ windows, hit_count, ledger });
  expect([windows, ledger.malformed]).toEqual([2, corrected.ledger.malformed + first.ledger.malformed]);
});

it("the numbers survive a restart, also for windows whose bins differ from those of the histograms", () => {
  const totals = filled(first, otherBins(makeMessage({ id: 2, orbits: 3 })));
  expect([totals.totals.windows, totals.sum?.windows]).toEqual([2, 1]);
  const next = restarted(totals);
  expect([next.totals, next.sum, next.sinceMs]).toEqual([totals.totals, totals.sum, 0]);
});

it("a correction changes the numbers even if the replaced message is no longer known", () => {
  const totals = filled(first);
  totals.put(corrected, { point: trendPointOf(first), message: null });
  expect(totals.totals).toMatchObject({
    windows: 1,
    hit_count: corrected.hit_count,
    ledger: corrected.ledger,
  });
  expect(totals.sum?.hit_count).toBe(first.hit_count);
});

it("windows that ended before a reset do not count, even after a restart", () => {
  const totals = filled(first);
  totals.reset(first.window.end_ms);
  const next = restarted(totals);
  next.put(corrected, null);
  expect([next.totals.windows, next.sum, next.sinceMs]).toEqual([0, null, first.window.end_ms]);
});

it("a note written by an older version, without totals, is read; its sum gives the totals", () => {
  const { since_ms, reset_ms, sum } = filled(first).note();
  const next = new TotalsSinceStart(99);
  next.restore({ since_ms, reset_ms, sum });
  expect(next.totals).toEqual(filled(first).totals);
});
