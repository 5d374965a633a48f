/** An hour without data: whoever looks, whenever they came, reads the same. */
import { expect, it, onTestFinished, vi } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Monitor, type MonitorListener } from "../../dashboard/bridge/monitor/monitor.js";
import type { Alarm, Quality } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { makeStatus } from "../dashboard/support.js";

const windowMs = 5000;
const startMs = 1_700_000_000_000;

interface Told {
  qualities: Quality[];
  alarms: Alarm[];
}

function start(): { monitor: Monitor; store: Store; told: Told } {
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const store = new Store({ file: null });
  onTestFinished(() => {
    vi.useRealTimers();
    store.close();
  });
  const told: Told = { qualities: [], alarms: [] };
  const listener: MonitorListener = {
    window: () => undefined,
    quality: (quality) => told.qualities.push(quality),
    alarm: (alarm) => told.alarms.push(structuredClone(alarm)),
    references: () => undefined,
    run: () => undefined,
  };
  return { monitor: new Monitor({ store, history: new WindowHistory(20, 0), listener }), store, told };
}

/** A second of the status clock; the stations gave their last signs of life at the start, data_raw a second before. */
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

it("lights, alarms, API and store say the same for an hour, in a few messages", () => {
  const { monitor, store, told } = start();
  monitor.takeWindow(makeMessage({ id: startMs / windowMs - 1, even: true }));
  told.qualities.length = 0;
  for (let n = 1; n <= 3600; n += 1) second(monitor, n);
  const late = monitor.quality!;
  expect(late.whole).toMatchObject({
    state: "bad",
    reason: "the read-out has been silent since 22:13:20 UTC",
  });
  expect(told.qualities.at(-1)).toEqual({ ...late, judged_ms: expect.any(Number) });
  // data_raw is the first to be missed, then the read-out before it.
  expect(told.qualities).toHaveLength(2);
  expect(told.alarms.map(({ finding }) => finding.reason)).toEqual([
    "the topic of rows has been silent since 22:13:19 UTC",
    "the read-out has been silent since 22:13:20 UTC",
  ]);
  expect(told.alarms.at(-1)).toEqual(monitor.alarms[0]);
  expect(store.records.alarms(Infinity, 9)).toEqual(monitor.alarms);
});
