/** The states of the lights on the time axis of the hit rate, which ends with the newest window. */
import { effectScope, computed, shallowRef } from "vue";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  drawStrip,
  stripColours,
  stripHeight,
  stripRowAt,
} from "../../dashboard/src/components/draw-time-strip.js";
import { useLightHistory, type LightSource } from "../../dashboard/src/composables/useLightHistory.js";
import type { LightSpan } from "../../pipeline/model/index.js";
import { makeQuality } from "./support.js";

/** The rules judge a window a little after its end, when the axis ends with it. */
const axis = { fromMs: 1_000_000, toMs: 1_300_000 };
const changeMs = axis.toMs + 300;

/** A bridge whose light turned bad after the end of the axis; its answers end with the requested span. */
function lightsOf({ from_ms, to_ms }: { from_ms: number; to_ms: number }): LightSpan[] {
  const good: LightSpan = { from_ms, to_ms: Math.min(changeMs, to_ms), state: "good", reason: "" };
  return to_ms <= changeMs ? [good] : [good, { from_ms: changeMs, to_ms, state: "bad", reason: "no hits" }];
}

/** @param aheadMs error of the page's estimate of the bridge's clock */
function history(paused: boolean, aheadMs = 0) {
  const range = shallowRef(axis);
  const connection = shallowRef<"live" | "lost">("live");
  const serverNow = shallowRef(changeMs + 50 + aheadMs);
  const ask = vi.fn((_: string, span: { from_ms: number; to_ms: number }): Promise<unknown> =>
    Promise.resolve({
      ok: true,
      value: [{ light: "whole", spans: lightsOf({ ...span, to_ms: Math.min(span.to_ms, changeMs + 60) }) }],
    }),
  );
  const source = {
    ask,
    quality: shallowRef(makeQuality()),
    connection,
    serverNow,
    paused: shallowRef(paused),
  } as unknown as LightSource;
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  const lights = scope.run(() =>
    useLightHistory(
      source,
      computed(() => range.value),
    ),
  )!;
  const spans = () =>
    lights.value[0]?.spans.map(({ from_ms, to_ms, state }) => [state, from_ms, to_ms]) ?? [];
  return { ask, range, connection, spans };
}

describe("the states of the lights below the hit rate", () => {
  it("show a change after the newest window at once, and keep it when the axis moves", async () => {
    const { range, spans } = history(false);
    await vi.waitFor(() => expect(spans()).toHaveLength(2));
    expect(spans()[1]).toEqual(["bad", changeMs, changeMs]);
    range.value = { fromMs: axis.fromMs + 5000, toMs: axis.toMs + 5000 };
    expect(spans()[1]).toEqual(["bad", changeMs, axis.toMs + 5000]);
  });

  it("continue even if the clock of the page is slightly ahead", async () => {
    const { range, spans } = history(false, 400);
    await vi.waitFor(() => expect(spans()).toHaveLength(2));
    range.value = { fromMs: axis.fromMs + 5000, toMs: axis.toMs + 5000 };
    expect(spans()[1]).toEqual(["bad", changeMs, axis.toMs + 5000]);
  });

  it("end with the last answer when the connection is lost", async () => {
    const { range, connection, spans } = history(false);
    await vi.waitFor(() => expect(spans()).toHaveLength(2));
    connection.value = "lost";
    range.value = { fromMs: axis.fromMs + 60_000, toMs: axis.toMs + 60_000 };
    expect(spans()[1]).toEqual(["bad", changeMs, changeMs + 50]);
  });

  it("omit the current state while the plots are paused", async () => {
    const { spans } = history(true);
    await vi.waitFor(() => expect(spans()).toEqual([["good", axis.fromMs, changeMs]]));
  });

  it("are not requested beyond a paused axis, because that would make them coarser", async () => {
    const hourMs = 3600_000;
    const { ask } = history(true, hourMs);
    await vi.waitFor(() => expect(ask).toHaveBeenCalled());
    expect(ask.mock.calls[0]?.[1].to_ms).toBeLessThan(axis.toMs + hourMs / 10);
  });
});

describe("an alarm and a remark of the same time", () => {
  it("are drawn one above the other, and each is found in its own row", () => {
    const drawn: number[][] = [];
    const canvas = {
      beginPath: () => drawn.push([]),
      moveTo: (_: number, y: number) => drawn.at(-1)?.push(y),
      lineTo: (_: number, y: number) => drawn.at(-1)?.push(y),
      ...{ closePath: () => null, fill: () => null, fillRect: () => null, fillText: () => null },
    } as unknown as CanvasRenderingContext2D;
    const at = { fromMs: axis.fromMs, toMs: null, words: "" };
    const marks = [
      { ...at, kind: "alarm", state: "bad" },
      { ...at, kind: "remark", state: "none" },
    ] as const;
    drawStrip(canvas, { lights: [], marks, axis: { ...axis, left: 40, right: 400 } }, stripColours(false), 1);
    const [alarm = [], remark = []] = drawn;
    expect(Math.max(...alarm)).toBeLessThan(Math.min(...remark));
    expect(alarm.map(stripRowAt)).toEqual(alarm.map(() => "alarm"));
    expect(remark.map(stripRowAt)).toEqual(remark.map(() => "remark"));
    expect(stripRowAt(stripHeight({ lights: [] }))).toBe(0);
  });
});
