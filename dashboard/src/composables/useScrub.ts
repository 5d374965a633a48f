/** The way through the known windows, one by one. */
import { computed, type ComputedRef } from "vue";
import type { TrendPoint } from "../../../pipeline/model/index.js";
import type { Monitor } from "./useMonitor.js";

export interface Scrub {
  /** Place of the shown window among the known ones. */
  index: ComputedRef<number>;
  last: ComputedRef<number>;
  point: ComputedRef<TrendPoint | null>;
  go: (index: number) => void;
  step: (by: number) => void;
  /** The window at a time, ms; nothing where there is none. */
  goTo: (ms: number) => void;
}

export function useScrub({ shown, view, look, paused }: Monitor): Scrub {
  const trend = computed(() => shown.value.trend);
  const last = computed(() => Math.max(0, trend.value.length - 1));
  const index = computed(() => {
    const id = view.value.window;
    const place = id === null ? -1 : trend.value.findIndex(({ msg_ID }) => msg_ID === id);
    return place < 0 ? last.value : place;
  });
  function go(to: number): void {
    const place = Math.min(last.value, Math.max(0, to));
    // On the newest window of a running page there is nothing to hold on to.
    const newest = place === last.value && !paused.value;
    look({ window: newest ? null : (trend.value[place]?.msg_ID ?? null) });
  }
  return {
    index,
    last,
    point: computed(() => trend.value[index.value] ?? null),
    go,
    step: (by) => go(index.value + by),
    goTo(ms) {
      const place = trend.value.findIndex(({ start_ms, end_ms }) => ms >= start_ms && ms < end_ms);
      if (place >= 0) go(place);
    },
  };
}
