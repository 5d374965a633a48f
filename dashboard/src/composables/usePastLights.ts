/** The lights at the time of the selected past window. */
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import type { LightSpan } from "../../../pipeline/model/index.js";
import { lightsAt } from "../live/time-marks.js";
import type { Monitor } from "./useMonitor.js";

interface PastLights {
  atMs: number;
  /** State by name of the light; null if not known. */
  lights: ReadonlyMap<string, LightSpan | null>;
}

/** A window is judged on arrival; if it arrived much later, its own time is used. */
const longestDelayWindows = 5;

/** Null while the newest window is shown. */
export function usePastLights({
  selected,
  ask,
  connection,
  serverNow,
}: Monitor): ComputedRef<PastLights | null> {
  const found = shallowRef<PastLights | null>(null);
  const atMs = computed(() => {
    if (selected.value === null) return null;
    const { window, emitted_ms: emitted } = selected.value;
    const windowMs = window.end_ms - window.start_ms;
    const judged = Math.min(Math.max(emitted, window.end_ms), window.end_ms + longestDelayWindows * windowMs);
    return Math.round(judged + windowMs / 2);
  });
  watch(
    [atMs, connection],
    async ([ms]) => {
      if (ms === null || connection.value !== "live" || found.value?.atMs === ms) return;
      const from_ms = Math.max(0, Math.min(ms, Math.floor(serverNow.value) - 1000));
      const answer = await ask("lights", { from_ms, to_ms: from_ms + 1, points: 1 });
      if (answer.ok && atMs.value === ms) found.value = { atMs: ms, lights: lightsAt(answer.value, from_ms) };
    },
    { immediate: true },
  );
  return computed(() => {
    if (atMs.value === null) return null;
    return found.value?.atMs === atMs.value ? found.value : { atMs: atMs.value, lights: new Map() };
  });
}
