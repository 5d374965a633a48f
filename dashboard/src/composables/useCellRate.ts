/** The rate of one cell over time: from the windows on the page, and for earlier times from the bridge. */
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import type { CellTrend } from "../../../pipeline/model/index.js";
import type { Point } from "../charts/spec.js";
import type { HeldPicture } from "../live/state.js";
import type { Monitor } from "./useMonitor.js";

const hourMs = 3_600_000;
const points = 360;

export type CellPlace = readonly [chamber: number, cell: number];

export function useCellRate(monitor: Monitor, place: ComputedRef<CellPlace>): ComputedRef<Point[]> {
  const { shown, status, ask } = monitor;
  const before = shallowRef<Point[]>([]);
  watch(
    place,
    async (wanted) => {
      before.value = [];
      const to_ms = Math.ceil(monitor.serverNow.value);
      const span = { from_ms: to_ms - hourMs, to_ms, points };
      const answer = await ask("cellTrend", { chamber: wanted[0], cell: wanted[1], ...span });
      if (answer.ok && wanted === place.value) {
        before.value = pointsOf(answer.value, status.value?.window_ms ?? 5_000);
      }
    },
    { immediate: true },
  );
  return computed(() => {
    const own = withGaps(shown.value.pictures, place.value);
    const firstMs = own[0]?.x ?? Infinity;
    return [...before.value.filter(({ x }) => x < firstMs), ...own];
  });
}

function pointsOf({ bucket_ms, start_ms, windows, hits }: CellTrend, windowMs: number): Point[] {
  return start_ms.flatMap((start, i) => {
    const seconds = ((windows[i] ?? 1) * windowMs) / 1000;
    const point = { x: start + bucket_ms / 2, y: (hits[i] ?? 0) / seconds };
    const last = start_ms[i - 1];
    const gap = last !== undefined && start - last > bucket_ms;
    return gap ? [{ x: start - bucket_ms / 2, y: null }, point] : [point];
  });
}

function withGaps(pictures: readonly HeldPicture[], [chamber, cell]: CellPlace): Point[] {
  return pictures.flatMap(({ startMs, picture }, i) => {
    const { durationMs } = picture;
    const hits = picture.chambers[chamber]?.channels[cell] ?? 0;
    const point = { x: startMs + durationMs / 2, y: (1000 * hits) / durationMs };
    const last = pictures[i - 1];
    const gap = last !== undefined && startMs - last.startMs > 1.5 * durationMs;
    return gap ? [{ x: startMs - durationMs / 2, y: null }, point] : [point];
  });
}
