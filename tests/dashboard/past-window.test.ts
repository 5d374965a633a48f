/** Past windows by number: each is shown with its own number, even if it is older than those that the page loads. */
import { computed, effectScope, nextTick, shallowRef } from "vue";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Ask } from "../../dashboard/src/composables/ask.js";
import type { Monitor } from "../../dashboard/src/composables/useMonitor.js";
import { useOlder } from "../../dashboard/src/composables/useOlder.js";
import { usePastLights } from "../../dashboard/src/composables/usePastLights.js";
import { usePastWindow } from "../../dashboard/src/composables/usePastWindow.js";
import { useScrub, type Scrub } from "../../dashboard/src/composables/useScrub.js";
import { emptyState, type LiveState } from "../../dashboard/src/live/state.js";
import { usualView, type View } from "../../dashboard/src/view/view.js";
import { Store } from "../../dashboard/bridge/index.js";
import {
  trendPointOf,
  type LightHistory,
  type PointsRequest,
  type QualityState,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { makeStatus } from "./support.js";

const message = (id: number): WindowMessage => makeMessage({ id, orbits: 4, malformed: 0 });
const windowMs = 5_000;

/** A page that knows some windows and has the newest in full, with a bridge that keeps more. */
function start(known: readonly number[], kept: readonly number[]): Page {
  const messages = known.map(message);
  const state = shallowRef<LiveState>({
    ...emptyState,
    trend: messages.map(trendPointOf),
    windows: messages.slice(-1),
  });
  const store = new Store({ file: null });
  for (const id of kept) store.putWindow(message(id));
  const asked: string[] = [];
  const line = { fails: false };
  const ask = ((name: string, payload: unknown) => {
    asked.push(name);
    if (line.fails) return Promise.resolve({ ok: false, error: "no answer" });
    const value =
      name === "points" ? store.points(payload as PointsRequest) : store.windowsByIds(payload as number[]);
    return Promise.resolve({ ok: true, value });
  }) as unknown as Ask;
  const [view, isLive] = [shallowRef<View>(usualView), shallowRef(true)];
  const scope = effectScope();
  vi.useFakeTimers();
  onTestFinished(() => {
    scope.stop();
    store.close();
    vi.useRealTimers();
  });
  return scope.run(() => {
    const past = usePastWindow(
      computed(() => view.value.window),
      state,
      ask,
      computed(() => isLive.value),
    );
    const older = useOlder(
      computed(() => state.value),
      ask,
    );
    const scrub = useScrub({
      ...older,
      ask,
      view,
      look: (change) => (view.value = { ...view.value, ...change }),
      selected: computed(() => past.message.value),
      paused: computed(() => false),
      status: shallowRef(makeStatus({ window_ms: windowMs })),
    });
    return { state, view, isLive, past, older, scrub, asked, line };
  })!;
}

interface Page {
  state: { value: LiveState };
  view: { value: View };
  isLive: { value: boolean };
  past: ReturnType<typeof usePastWindow>;
  older: ReturnType<typeof useOlder>;
  scrub: Scrub;
  asked: string[];
  /** Whether requests fail. */
  line: { fails: boolean };
}

/** Waits for the answers to pending requests. */
async function settle(): Promise<void> {
  await nextTick();
  await vi.advanceTimersByTimeAsync(1_000);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("a past window", () => {
  it("is empty until it arrives, not the previous one", async () => {
    const { view, past } = start(range(90, 99), range(1, 99));
    view.value = { ...usualView, window: 99 };
    await nextTick();
    expect(past.message.value?.msg_ID).toBe(99);
    view.value = { ...usualView, window: 95 };
    await nextTick();
    expect(past.message.value).toBeNull();
    await settle();
    expect(past.message.value?.msg_ID).toBe(95);
  });

  it("is empty while the connection is down, and is loaded when it is restored", async () => {
    const { view, isLive, past } = start(range(90, 99), range(1, 99));
    view.value = { ...usualView, window: 99 };
    await settle();
    isLive.value = false;
    view.value = { ...usualView, window: 40 };
    await settle();
    expect(past.message.value).toBeNull();
    isLive.value = true;
    await settle();
    expect(past.message.value?.msg_ID).toBe(40);
    // A loaded window remains when the connection breaks.
    isLive.value = false;
    await settle();
    expect(past.message.value?.msg_ID).toBe(40);
  });

  it("is requested again after a failed request", async () => {
    const { view, past, line, asked } = start(range(90, 99), range(1, 99));
    line.fails = true;
    view.value = { ...usualView, window: 40 };
    await settle();
    expect([past.message.value, past.problem.value]).toEqual([null, "no answer"]);
    line.fails = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([past.message.value?.msg_ID, past.problem.value]).toEqual([40, null]);
    const requests = asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(requests);
  });

  it("that the bridge does not have is reported as missing", async () => {
    const { view, past, scrub } = start(range(90, 99), range(50, 99));
    view.value = { ...usualView, window: 7 };
    await settle();
    expect([past.message.value, scrub.point.value]).toEqual([null, null]);
    expect(past.problem.value).toBe("The bridge no longer has window 7");
  });
});

describe("stepping through the windows", () => {
  it("reports the shown window even if it is older than all windows that the page knows", async () => {
    const { view, scrub } = start(range(90, 99), range(1, 99));
    view.value = { ...usualView, window: 12 };
    await nextTick();
    expect([scrub.point.value, scrub.index.value]).toEqual([null, -1]);
    await settle();
    expect(scrub.point.value).toEqual(trendPointOf(message(12)));
  });

  it("continues from there window by window, across gaps and into the known windows", async () => {
    const { view, scrub } = start(range(90, 93), [1, 2, 3, 12, 88, 89, ...range(90, 93)]);
    view.value = { ...usualView, window: 12 };
    await settle();
    const seen: (number | null)[] = [];
    for (const by of [-1, -1, 1, 1, 1, 1, 1, 1, 1, 1, -1] as const) {
      scrub.step(by);
      await settle();
      seen.push(view.value.window);
    }
    // The newest window of a running page is not a past window.
    expect(seen).toEqual([3, 2, 3, 12, 88, 89, 90, 91, 92, null, 92]);
  });

  it("continues before the oldest known window with those of the bridge, and stops at the oldest", async () => {
    const { view, scrub } = start([90, 91], [88, 89, 90, 91]);
    view.value = { ...usualView, window: 90 };
    for (const expected of [89, 88, 88]) {
      scrub.step(-1);
      await settle();
      expect(view.value.window).toBe(expected);
    }
  });

  it("finds a window that the page does not know, between two that it knows", async () => {
    const { view, scrub } = start([90, 91, 95, 96], [90, 91, 95, 96]);
    view.value = { ...usualView, window: 93 };
    await settle();
    scrub.step(-1);
    expect(view.value.window).toBe(91);
    view.value = { ...usualView, window: 93 };
    scrub.step(1);
    expect(view.value.window).toBe(95);
  });

  it("finds the window at a given time, known or older, if one exists", async () => {
    const { view, scrub } = start(range(90, 99), [20, 22, ...range(90, 99)]);
    const at = async (ms: number): Promise<number | null> => {
      scrub.goTo(ms);
      await settle();
      return view.value.window;
    };
    expect(await at(92.5 * windowMs)).toBe(92);
    expect(await at(20.5 * windowMs)).toBe(20);
    expect(await at(21.5 * windowMs)).toBe(20);
    expect(await at(22 * windowMs)).toBe(22);
    // A time before all kept windows: the window is requested, and the page reports that it is missing.
    expect(await at(3.5 * windowMs)).toBe(3);
  });
});

describe("older windows", () => {
  it("are loaded from the page's oldest window backwards, each once, until there are no more", async () => {
    const { state, older, asked } = start(range(90, 99), range(1, 99));
    await older.fetchOlder();
    expect(older.known.value.map(({ msg_ID }) => msg_ID)).toEqual(range(1, 99));
    await older.fetchOlder();
    expect(older.known.value).toHaveLength(99);
    expect(asked).toEqual(["points", "points"]);
    const newer = { ...state.value, trend: [...state.value.trend, trendPointOf(message(100))] };
    state.value = newer;
    expect(older.known.value.map(({ msg_ID }) => msg_ID)).toEqual(range(1, 100));
  });

  it("are kept, with those that the page drops as new windows arrive", async () => {
    const { state, older, asked } = start(range(90, 99), range(1, 99));
    await older.fetchOlder();
    for (const id of range(100, 105)) {
      const trend = [...state.value.trend.slice(1), trendPointOf(message(id))];
      state.value = { ...state.value, trend };
    }
    expect(older.known.value.map(({ msg_ID }) => msg_ID)).toEqual(range(1, 105));
    expect(asked).toEqual(["points"]);
  });

  it("are omitted if a gap may follow them", async () => {
    const { state, older } = start(range(90, 99), [...range(1, 99), ...range(120, 125)]);
    await older.fetchOlder();
    state.value = { ...state.value, trend: range(120, 125).map((id) => trendPointOf(message(id))) };
    expect(older.known.value.map(({ msg_ID }) => msg_ID)).toEqual(range(120, 125));
    await older.fetchOlder();
    expect(older.known.value.map(({ msg_ID }) => msg_ID)).toEqual([...range(1, 99), ...range(120, 125)]);
  });
});

describe("the lights of a past window", () => {
  const [id, noon] = [352_000_000, 352_000_000 * windowMs];
  /** The time for which the page shows the lights of the window. */
  const judgedMs = noon + 1.5 * windowMs;
  const history = (from_ms: number, state: QualityState): LightHistory[] => [
    { light: "whole", spans: [{ from_ms, to_ms: from_ms + 1, state, reason: "" }] },
  ];

  /** @param answers the state at a time, or null if the bridge does not answer */
  function pastLights(nowMs: number, answers: (ms: number) => QualityState | null, delayMs = 0) {
    vi.useFakeTimers({ now: nowMs });
    const ask = ((_: string, { from_ms }: { from_ms: number }) => {
      const state = answers(from_ms);
      const answer =
        state === null ? { ok: false, error: "no answer" } : { ok: true, value: history(from_ms, state) };
      return new Promise((resolve) => {
        if (delayMs === 0) resolve(answer);
        else setTimeout(() => resolve(answer), delayMs);
      });
    }) as unknown as Ask;
    const asked = vi.fn(ask);
    const selected = { ...message(id), emitted_ms: noon + windowMs };
    const scope = effectScope();
    onTestFinished(() => {
      scope.stop();
      vi.useRealTimers();
    });
    const serverNow = {
      get value() {
        return Date.now();
      },
    };
    const [connection, shown] = [shallowRef("live"), shallowRef<WindowMessage | null>(selected)];
    const [view, isMissing] = [shallowRef<View>({ ...usualView, window: id }), shallowRef(false)];
    const parts = { view, isMissing, selected: shown, connection };
    const monitor = { ...parts, ask: asked, serverNow } as unknown as Monitor;
    const past = scope.run(() => usePastLights(monitor));
    const state = (): QualityState | null => past?.value?.lights?.get("whole")?.state ?? null;
    return { ...parts, asked, past: () => past?.value ?? null, state };
  }

  it("remain until those of the next window are known, with their time", async () => {
    const next = noon + windowMs;
    const answers = (ms: number): QualityState => (ms < judgedMs + windowMs ? "good" : "bad");
    const page = pastLights(judgedMs + 60_000, answers, 300);
    // Nothing is known, which is not a state that was not recorded.
    expect(page.past()).toEqual({ atMs: judgedMs, lights: null });
    await vi.advanceTimersByTimeAsync(300);
    expect(page.state()).toBe("good");
    page.view.value = { ...usualView, window: id + 1 };
    page.selected.value = null;
    await vi.advanceTimersByTimeAsync(100);
    expect(page.past()).toMatchObject({ atMs: judgedMs });
    page.selected.value = { ...message(id + 1), emitted_ms: next + windowMs };
    await vi.advanceTimersByTimeAsync(100);
    expect([page.past()?.atMs, page.state()]).toEqual([judgedMs, "good"]);
    await vi.advanceTimersByTimeAsync(200);
    expect([page.past()?.atMs, page.state()]).toEqual([judgedMs + windowMs, "bad"]);
    page.connection.value = "lost";
    page.selected.value = { ...message(id), emitted_ms: noon + windowMs };
    await nextTick();
    expect(page.past()).toEqual({ atMs: judgedMs, lights: null });
    page.view.value = usualView;
    expect(page.past()).toBeNull();
  });

  it("are requested again until their time has passed", async () => {
    const changedMs = judgedMs - 200;
    const { asked, state } = pastLights(judgedMs + 100, (ms) => (ms < changedMs ? "good" : "bad"));
    await vi.advanceTimersByTimeAsync(0);
    expect(state()).toBe("good");
    await vi.advanceTimersByTimeAsync(1000);
    expect(state()).toBe("bad");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it("are requested again after a failed request", async () => {
    let fails = true;
    const { asked, state } = pastLights(judgedMs + 60_000, () => (fails ? null : "bad"));
    await vi.advanceTimersByTimeAsync(0);
    expect(state()).toBeNull();
    fails = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(state()).toBe("bad");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(2);
  });
});
