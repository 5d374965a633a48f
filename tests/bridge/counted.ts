/** All counts of windows, which must always agree. */
import type { WindowHistory } from "../../dashboard/bridge/history.js";
import type { Monitor } from "../../dashboard/bridge/monitor/monitor.js";
import type { Store } from "../../dashboard/bridge/store/index.js";

const nothing = (): void => undefined;
/** A listener that does nothing. */
export const noListener = {
  window: nothing,
  quality: nothing,
  alarm: nothing,
  references: nothing,
  run: nothing,
  remark: nothing,
};

export type Counts = Record<"run" | "totals" | "since" | "stored", number | undefined>;

interface Counted {
  monitor: Monitor;
  history: WindowHistory;
  store: Store;
}

export function countsOf({ monitor, history, store }: Counted): Counts {
  return {
    run: monitor.runState.current?.windows,
    totals: history.totals.windows,
    since: monitor.picture("since")?.windows ?? 0,
    stored: store.newestWindows(10_000).length,
  };
}

/** This number of windows in all counts. */
export function all(windows: number): Counts {
  return { run: windows, totals: windows, since: windows, stored: windows };
}
