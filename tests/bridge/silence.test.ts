/** Times without data: an hour of silence, and the time before the first window of a started bridge. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Monitor, type MonitorListener } from "../../dashboard/bridge/monitor/monitor.js";
import type { Alarm, Quality } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { makeStatus } from "../dashboard/support.js";

const windowMs = 5000;
const startMs = 1_700_000_000_000;

interface Published {
  qualities: Quality[];
  alarms: Alarm[];
}

function start(): { monitor: Monitor; store: Store; published: Published } {
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const store = new Store({ file: null });
  onTestFinished(() => {
    vi.useRealTimers();
    store.close();
  });
  return { ...startOn(store), store };
}

function startOn(store: Store): { monitor: Monitor; published: Published } {
  const published: Published = { qualities: [], alarms: [] };
  const listener: MonitorListener = {
    window: () => undefined,
    quality: (quality) => published.qualities.push(quality),
    alarm: (alarm) => published.alarms.push(structuredClone(alarm)),
    references: () => undefined,
    remark: () => undefined,
    run: () => undefined,
  };
  return { monitor: new Monitor({ store, history: new WindowHistory(20, 0), listener }), published };
}

/** A status `n` seconds after the start; the last heartbeats were at the start, that of data_raw a second earlier. */
function second(monitor: Monitor, n: number): void {
  const now_ms = startMs + n * 1000;
  vi.setSystemTime(now_ms);
  const hop = { rate_hz: 1, unit: "rows" } as const;
  const hops = [
    { ...hop, hop: "readout" as const, last_ms: startMs },
    { ...hop, hop: "data_raw" as const, last_ms: startMs - 1000 },
  ];
  monitor.takeStatus(makeStatus({ now_ms, hops }));
}

it("lights, alarms, API and store agree during an hour of silence, with only a few messages", () => {
  const { monitor, store, published } = start();
  monitor.takeWindow(makeMessage({ id: startMs / windowMs - 1, even: true }));
  published.qualities.length = 0;
  for (let n = 1; n <= 3600; n += 1) second(monitor, n);
  const late = monitor.quality!;
  expect(late.whole).toMatchObject({
    state: "bad",
    reason: "the read-out has been silent since 22:13:20 UTC",
  });
  expect(published.qualities.at(-1)).toEqual({ ...late, judged_ms: expect.any(Number) });
  // data_raw is reported first, then the read-out, which is upstream of it.
  expect(published.qualities).toHaveLength(2);
  expect(published.alarms.map(({ finding }) => finding.reason)).toEqual([
    "the topic of rows has been silent since 22:13:19 UTC",
    "the read-out has been silent since 22:13:20 UTC",
  ]);
  expect(published.alarms.at(-1)).toEqual(monitor.alarms[0]);
  expect(store.records.alarms(Infinity, 9)).toEqual(monitor.alarms);
});

describe("a bridge started on an old history", () => {
  const oldId = startMs / windowMs - 10_000;
  const newest = "the newest known window ended at 08:20:05 UTC";

  function startOnHistory(): ReturnType<typeof start> {
    const { store } = start();
    for (let id = oldId - 6; id <= oldId; id += 1) store.putWindow(makeMessage({ id, even: true }));
    store.flush();
    return { ...startOn(store), store };
  }

  function tick(monitor: Monitor, seconds: number): void {
    vi.setSystemTime(startMs + 1000 * seconds);
    monitor.takeStatus(makeStatus({ now_ms: Date.now(), hops: [] }));
  }

  it("waits for the first window, and raises no alarm when it arrives", () => {
    const { monitor, published } = startOnHistory();
    for (let n = 0; n <= 20; n += 1) tick(monitor, n);
    expect(monitor.quality!.whole).toMatchObject({
      state: "none",
      reason: `waiting for the first window: ${newest}`,
    });
    expect(monitor.quality!.chambers[0]?.reason).toBe("no data: waiting for the first window");
    monitor.takeWindow(makeMessage({ id: startMs / windowMs + 3, even: true }));
    tick(monitor, 21);
    expect(monitor.quality!.whole.state).not.toBe("none");
    expect(published.alarms).toEqual([]);
  });

  it("reports a stream that stays silent, and does not clear that alarm after a restart", () => {
    const { monitor, store, published } = startOnHistory();
    for (let n = 0; n <= 22; n += 1) tick(monitor, n);
    expect(published.alarms).toMatchObject([{ finding: { rule: "stream-silent", state: "bad" } }]);
    const again = startOn(store);
    tick(again.monitor, 30);
    expect(again.monitor.quality!.whole.state).toBe("bad");
    expect(again.monitor.alarms).toMatchObject([{ id: published.alarms[0]!.id, cleared_ms: null }]);
    expect(again.published.alarms).toEqual([]);
  });

  it("does not call its own pause a silence, but reports one that stays, and keeps an older alarm", () => {
    const { monitor, published } = startOnHistory();
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    onTestFinished(() => now.mockRestore());
    monitor.takeWindow(makeMessage({ id: startMs / windowMs - 1, even: true }));
    tick(monitor, 1);
    now.mockReturnValue(20_000);
    tick(monitor, 21);
    expect(published.alarms).toEqual([]);
    for (let n = 22; n <= 60; n += 1) tick(monitor, n);
    expect(published.alarms).toMatchObject([{ finding: { rule: "stream-silent", state: "bad" } }]);
    now.mockReturnValue(40_000);
    for (let n = 80; n <= 90; n += 1) tick(monitor, n);
    expect(monitor.alarms).toMatchObject([{ id: published.alarms[0]!.id, cleared_ms: null }]);
  });

  it("does not report a silence after catching up", () => {
    const { monitor, published } = startOnHistory();
    vi.setSystemTime(startMs + 300_000);
    for (let id = oldId + 1; id < oldId + 9; id += 1) monitor.takeWindow(makeMessage({ id, even: true }));
    for (let n = 300; n <= 315; n += 1) tick(monitor, n);
    expect(monitor.quality!.whole.state).toBe("none");
    expect(published.alarms).toEqual([]);
    for (let n = 316; n <= 330; n += 1) tick(monitor, n);
    expect(published.alarms).toMatchObject([{ finding: { state: "bad" } }]);
  });
});
