/** Hit rate vs time over any range: the page's requests to the bridge, and the joining of long history and recent windows. */
import { computed, effectScope, nextTick, shallowRef } from "vue";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Ask } from "../../dashboard/src/composables/ask.js";
import { useLongTrend } from "../../dashboard/src/composables/useLongTrend.js";
import { joined, rangeStartMs, withDetail } from "../../dashboard/src/live/long-trend.js";
import { emptyState } from "../../dashboard/src/live/state.js";
import { usualView, type RangeChoice, type View } from "../../dashboard/src/view/view.js";
import {
  trendPointOf,
  type RunState,
  type StoreStatus,
  type TrendPoint,
  type TrendRequest,
} from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { makeStatus } from "./support.js";

const hourMs = 3_600_000;
const nowMs = 1_000 * hourMs;

const runOf = (startedMs: number): RunState => ({
  current: {
    number: 7,
    started_ms: startedMs,
    stopped_ms: null,
    comment: "",
    windows: 0,
    rows: 0,
    hit_count: 0,
    demo: false,
  },
  since_ms: startedMs,
  next_number: 8,
});

const store: StoreStatus = {
  state: "ok",
  problem: null,
  bytes: 0,
  max_bytes: 1,
  oldest_window_ms: nowMs - 24 * hourMs,
  oldest_trend_ms: nowMs - 900 * hourMs,
};

/** A page that was opened an hour ago, and its requests. */
function start(
  range: RangeChoice,
  run: RunState | null,
): {
  asked: TrendRequest[];
  look: (range: RangeChoice) => void;
  zoom: (range: [number, number] | null) => void;
} {
  const asked: TrendRequest[] = [];
  const ask = ((_: string, request: TrendRequest) => {
    asked.push(request);
    return Promise.resolve({ ok: false, error: "" });
  }) as unknown as Ask;
  const view = shallowRef<View>({ ...usualView, range });
  const own = trendPointOf(makeMessage({ id: (nowMs - hourMs) / 5_000, orbits: 1 }));
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  scope.run(() =>
    useLongTrend(
      {
        view,
        ask,
        shown: computed(() => ({ ...emptyState, trend: [own] })),
        connection: computed(() => "live" as const),
        status: shallowRef(makeStatus({ store })),
        run: shallowRef(run),
        serverNow: computed(() => nowMs),
      },
      "history",
    ),
  );
  return {
    asked,
    look: (next) => (view.value = { ...view.value, range: next }),
    zoom: (to) => (view.value = { ...view.value, zoom: to === null ? {} : { history: to } }),
  };
}

describe("a range of hit rate vs time", () => {
  it.each<[RangeChoice, RunState | null, number]>([
    ["120", null, 2],
    ["1440", null, 24],
    ["run", runOf(nowMs - 50 * hourMs), 50],
    ["run", null, 900],
    ["all", runOf(nowMs - 50 * hourMs), 900],
  ])("of %s requests its whole time span", (range, run, hours) => {
    const { asked } = start(range, run);
    expect(asked).toEqual([{ from_ms: nowMs - hours * hourMs, to_ms: nowMs, points: 1500 }]);
  });

  it("that the page already has causes no request, and a longer range does", async () => {
    const { asked, look } = start("30", runOf(nowMs - hourMs / 2));
    look("run");
    await nextTick();
    expect(asked).toEqual([]);
    look("120");
    await nextTick();
    expect(asked).toHaveLength(1);
  });

  it("is requested again in detail where it is zoomed", async () => {
    const { asked, zoom } = start("all", null);
    zoom([nowMs - 8 * hourMs, nowMs - 2 * hourMs]);
    await nextTick();
    expect(asked.slice(1)).toEqual([
      { from_ms: nowMs - 8 * hourMs, to_ms: nowMs - 2 * hourMs, points: 1500 },
    ]);
    zoom(null);
    await nextTick();
    expect(asked).toHaveLength(2);
  });

  it("starts at the time given by its name", () => {
    expect(rangeStartMs("30", nowMs, null)).toBe(nowMs - hourMs / 2);
    expect(rangeStartMs("run", nowMs, 5)).toBe(5);
    expect([rangeStartMs("run", nowMs, null), rangeStartMs("all", nowMs, 5)]).toEqual([null, null]);
  });
});

describe("the long history and the page's own windows", () => {
  const point = (start_ms: number, end_ms: number): TrendPoint => ({
    ...trendPointOf(makeMessage({ id: 1, orbits: 1 })),
    start_ms,
    end_ms,
  });
  const times = (points: readonly TrendPoint[]): number[][] =>
    points.map(({ start_ms, end_ms }) => [start_ms, end_ms]);

  it("contain a part in more detail", () => {
    const hours = [point(0, 60), point(60, 120), point(120, 180), point(180, 240)];
    expect(times(withDetail(hours, [point(70, 80), point(80, 130)]))).toEqual([
      [0, 60],
      [60, 70],
      [70, 80],
      [80, 130],
      [180, 240],
    ]);
    expect(withDetail(hours, [])).toBe(hours);
    expect(times(withDetail([], [point(70, 80)]))).toEqual([[70, 80]]);
  });

  it("are in order of time, even if a bucket overlaps the first windows", () => {
    const own = [point(70, 75), point(75, 80)];
    const before = [point(0, 40), point(40, 80), point(80, 120)];
    expect(times(joined(before, own))).toEqual([
      [0, 40],
      [40, 70],
      [70, 75],
      [75, 80],
    ]);
    expect(joined([], own)).toBe(own);
    expect(times(joined(before, []))).toEqual(times(before));
  });
});
