import { EventEmitter } from "node:events";
import { computed, effectScope, shallowRef, watch, type EffectScope } from "vue";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { batchPerFrame } from "../../dashboard/src/composables/batch.js";
import { drawInTurn } from "../../dashboard/src/components/draw-in-turn.js";
import { useClock } from "../../dashboard/src/composables/useClock.js";
import { useLiveWindows, type PageSocket } from "../../dashboard/src/composables/useLiveWindows.js";
import { usePause } from "../../dashboard/src/composables/usePause.js";
import { emptyState, type LiveState } from "../../dashboard/src/live/state.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { socketProtocol, trendPointOf, type HandshakeAuth } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { makeAlarm, makeStatus } from "./support.js";

/** Runs a composable as a component would; the scope ends with the test. */
function within<T>(use: () => T): { result: T; scope: EffectScope } {
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  return { result: scope.run(use)!, scope };
}

function stateOf(...ids: number[]): LiveState {
  return { ...emptyState, trend: ids.map((id) => trendPointOf(makeMessage({ id, orbits: 1 }))) };
}

describe("the clock", () => {
  it("ticks every second and stops with its component", () => {
    vi.useFakeTimers({ now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const { result: clock, scope } = within(() => useClock());
    vi.advanceTimersByTime(3_000);
    expect(clock.now.value.wallMs).toBe(3_000);
    expect(clock.slept.value).toBeNull();
    scope.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("follows readers that update it every second, and its own timer when they stop", () => {
    vi.useFakeTimers({ now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const { result: clock } = within(() => useClock());
    const moments: number[] = [];
    watch(clock.now, ({ wallMs }) => moments.push(wallMs), { flush: "sync" });
    for (let second = 0; second < 3; second += 1) {
      vi.advanceTimersByTime(900 + 100 * second);
      clock.read();
    }
    expect(moments).toEqual([900, 1900, 3000]);
    vi.advanceTimersByTime(2_500);
    expect(moments.slice(3)).toEqual([4300, 5300]);
  });
});

describe("the clock after a sleep", () => {
  it("reports the time span in which the browser did not run", () => {
    vi.useFakeTimers({ now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const { result: clock } = within(() => useClock());
    vi.advanceTimersByTime(2_000);
    vi.setSystemTime(182_000);
    vi.advanceTimersByTime(1_000);
    expect(clock.slept.value).toEqual({ fromMs: 2_000, toMs: 183_000 });
  });
});

describe("messages that arrive together", () => {
  function page(visibilityState: string): { frame: () => void; asked: () => number } {
    const frames: (() => void)[] = [];
    vi.stubGlobal("document", { visibilityState });
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
    vi.stubGlobal("cancelAnimationFrame", () => undefined);
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.unstubAllGlobals();
      vi.useRealTimers();
    });
    return { frame: () => frames.pop()?.(), asked: () => frames.length };
  }

  it("are handled in the next frame, in order, once each", () => {
    const { frame, asked } = page("visible");
    const [batch, done] = [batchPerFrame(), [] as number[]];
    for (const n of [1, 2, 3]) batch.add(() => done.push(n));
    expect([done, asked()]).toEqual([[], 1]);
    frame();
    vi.advanceTimersByTime(1_000);
    expect(done).toEqual([1, 2, 3]);
  });

  it("are handled soon if no frame is drawn, and at once if the page is not visible", () => {
    page("visible");
    const [batch, done] = [batchPerFrame(), [] as string[]];
    batch.add(() => done.push("soon"));
    vi.advanceTimersByTime(100);
    page("hidden");
    batch.add(() => done.push("at once"));
    expect(done).toEqual(["soon", "at once"]);
  });

  it("are dropped when their component is unmounted", () => {
    const { frame } = page("visible");
    const [batch, done] = [batchPerFrame(), [] as number[]];
    batch.add(() => done.push(1));
    batch.stop();
    frame();
    expect(done).toEqual([]);
  });
});

describe("plots of an update", () => {
  /** Frames of a screen, and a clock that the test advances. */
  function frames(): { next: () => void; asked: () => number; spend: (ms: number) => void } {
    const waiting: (() => void)[] = [];
    let nowMs = 0;
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => waiting.push(run));
    vi.spyOn(performance, "now").mockImplementation(() => nowMs);
    onTestFinished(() => {
      vi.unstubAllGlobals();
      vi.restoreAllMocks();
    });
    return {
      next: () => waiting.shift()?.(),
      asked: () => waiting.length,
      spend: (ms) => void (nowMs += ms),
    };
  }

  it("are drawn over several frames, in order and once each", () => {
    const { next, asked, spend } = frames();
    const drawn: string[] = [];
    const plots = ["a", "b", "c"].map((name) => () => {
      drawn.push(name);
      spend(1.2);
    });
    for (const plot of [...plots, ...plots]) drawInTurn(plot);
    expect([drawn, asked()]).toEqual([[], 1]);
    next();
    expect([drawn, asked()]).toEqual([["a", "b"], 1]);
    next();
    expect([drawn, asked()]).toEqual([["a", "b", "c"], 0]);
  });

  it("are drawn even if one of them fails", () => {
    const { next, asked } = frames();
    const drawn: string[] = [];
    drawInTurn(() => {
      throw new Error("no canvas");
    });
    drawInTurn(() => drawn.push("b"));
    expect(next).toThrow("no canvas");
    next();
    expect([drawn, asked()]).toEqual([["b"], 0]);
  });
});

describe("pause", () => {
  it("keeps the state of its start, counts later windows, and returns to the live state", () => {
    const live = shallowRef(stateOf(1));
    const at = shallowRef<number | null>(null);
    const { result: pause } = within(() =>
      usePause(
        live,
        computed(() => at.value),
        (id) => (at.value = id),
      ),
    );
    live.value = stateOf(1, 2);
    expect(pause.shown.value).toBe(live.value);
    pause.toggle();
    const frozen = live.value;
    live.value = stateOf(1, 2, 3, 4);
    expect([pause.paused.value, pause.behind.value]).toEqual([true, 2]);
    expect(pause.shown.value).toBe(frozen);
    pause.toggle();
    expect([pause.paused.value, pause.behind.value]).toEqual([false, 0]);
    expect(pause.shown.value).toBe(live.value);
  });

  it("is in the URL, so a reload shows the windows up to its start", () => {
    const live = shallowRef<LiveState>(emptyState);
    const { result: pause } = within(() =>
      usePause(
        live,
        computed(() => 2),
        () => undefined,
      ),
    );
    expect(pause.paused.value).toBe(true);
    live.value = stateOf(1, 2, 3, 4);
    expect(pause.shown.value.trend.map(({ msg_ID }) => msg_ID)).toEqual([1, 2]);
    expect([pause.behind.value, pause.shown.value.totals]).toEqual([2, null]);
  });
});

describe("the connection to the bridge", () => {
  /** A socket whose server side is played by the test. */
  class FakeSocket extends EventEmitter {
    auth: () => HandshakeAuth = () => ({ protocol: 0 });
    readonly disconnect = vi.fn();
    readonly connect = vi.fn();
    answer: () => Promise<unknown> = () => Promise.reject(new Error("no answer"));
    timeout = (): { emitWithAck: () => Promise<unknown> } => ({ emitWithAck: () => this.answer() });
    open = (auth: () => HandshakeAuth): PageSocket => {
      this.auth = auth;
      return this as unknown as PageSocket;
    };
  }

  function start(): {
    socket: FakeSocket;
    history: WindowHistory;
    use: ReturnType<typeof within<ReturnType<typeof useLiveWindows>>>;
  } {
    const socket = new FakeSocket();
    return { socket, history: new WindowHistory(50, 0), use: within(() => useLiveWindows(socket.open)) };
  }

  it("sends its cursor when it reconnects", () => {
    const { socket, history } = start();
    expect(socket.auth()).toEqual({ protocol: socketProtocol });
    const { totals, cursor } = history;
    const empty = {
      protocol: socketProtocol,
      epoch: "e",
      cursor,
      status: null,
      totals,
      trend: [],
      windows: [],
      quality: null,
      alarms: [],
      references: [],
      run: { current: null, since_ms: 0, next_number: 1 },
    };
    socket.emit("snapshot", empty);
    socket.emit("window", history.put(makeMessage({ id: 1 })));
    expect(socket.auth()).toEqual({ protocol: socketProtocol, epoch: "e", cursor: 1 });
  });

  it("follows the server's clock, and records when it last received and refreshed data", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    onTestFinished(() => void vi.useRealTimers());
    const { socket, history, use } = start();
    socket.emit("status", makeStatus({ now_ms: 1_005_000 }));
    expect(use.result.serverClock.value).toMatchObject({ serverMs: 1_005_000, at: { wallMs: 1_000_000 } });
    expect(use.result.line.value).toMatchObject({ connected: true, heard: { wallMs: 1_000_000 } });
    expect(use.result.refreshedMs.value).toBeNull();
    socket.emit("window", history.put(makeMessage({ id: 1 })));
    expect(use.result.refreshedMs.value).toBe(1_005_000);
    socket.emit("disconnect");
    expect(use.result.line.value.connected).toBe(false);
  });

  it("keeps the newest version of each alarm by id", () => {
    const { socket, use } = start();
    const raised = makeAlarm({ id: "1", raised_ms: 10 });
    socket.emit("alarm", raised);
    socket.emit("alarm", makeAlarm({ id: "2", raised_ms: 20 }));
    socket.emit("alarm", { ...raised, cleared_ms: 30 });
    expect(use.result.alarms.value.map(({ id, cleared_ms }) => [id, cleared_ms])).toEqual([
      ["2", null],
      ["1", 30],
    ]);
  });

  it("resolves every request, even without an answer", async () => {
    const { socket, use } = start();
    socket.answer = () => Promise.resolve({ ok: true, value: [1] });
    expect(await use.result.ask("windows", [1])).toEqual({ ok: true, value: [1] });
    socket.answer = () => Promise.reject(new Error("timeout"));
    expect(await use.result.ask("stopRun")).toEqual({ ok: false, error: "the bridge did not answer" });
  });

  it("can be closed and opened again", () => {
    const { socket, use } = start();
    use.result.reconnect();
    expect(socket.disconnect).toHaveBeenCalledOnce();
    expect(socket.connect).toHaveBeenCalledOnce();
  });

  it("is closed with the page", () => {
    const { socket, use } = start();
    use.scope.stop();
    expect(socket.disconnect).toHaveBeenCalledOnce();
  });
});
