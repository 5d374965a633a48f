/** Run numbers in the data begin runs, but do not override runs that a person starts or stops. */
import { describe, expect, it } from "vitest";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Monitor } from "../../dashboard/bridge/monitor/monitor.js";
import { Store } from "../../dashboard/bridge/index.js";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { noListener } from "./counted.js";
import { SimulatedStream, windowMs } from "./quality/simulated-stream.js";

function start() {
  const stream = new SimulatedStream({ firstId: Math.floor(Date.now() / windowMs) - 20 });
  const store = new Store({ file: null });
  const monitor = new Monitor({ store, history: new WindowHistory(100, 0), listener: noListener });
  const take = (run?: number): WindowMessage => {
    const [message] = stream.next() as [WindowMessage];
    const own = { ...message, emitted_ms: Date.now(), ...(run === undefined ? {} : { run }) };
    monitor.takeWindow(own);
    return own;
  };
  const seen = () => {
    const { current } = monitor.runState;
    return [current?.number, current?.windows];
  };
  return { monitor, take, seen };
}

describe("a run number in the data", () => {
  it("begins its run and new totals with its first window", () => {
    const { monitor, take, seen } = start();
    take();
    expect(seen()).toEqual([undefined, undefined]);
    const first = take(591);
    take(591);
    expect(seen()).toEqual([591, 2]);
    expect(monitor.runState.since_ms).toBe(first.window.start_ms);
    expect(monitor.picture("since")?.windows).toBe(2);
    take(592);
    expect(seen()).toEqual([592, 1]);
  });

  it("begins its run only once, even after late windows or a run started by a person", () => {
    const { monitor, take, seen } = start();
    take(591);
    take(592);
    take(591);
    expect(seen()).toEqual([592, 2]);
    monitor.stopRun();
    take(592);
    expect(seen()).toEqual([undefined, undefined]);
    monitor.startRun(7, undefined);
    take(592);
    expect(seen()[0]).toBe(7);
  });

  it("that is not a valid run number begins no run", () => {
    const { take, seen } = start();
    take(4294967295);
    expect(seen()).toEqual([undefined, undefined]);
  });
});
