/** The lights at the time of the selected past window. */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from "vue";
import type { LightSpan } from "../../../pipeline/model/index.js";
import { lightsAt } from "../live/time-marks.js";
import type { Monitor } from "./useMonitor.js";

interface PastLights {
  /** Null while the first window is loading. */
  atMs: number | null;
  /** State by name of the light, null if the bridge did not record it. Null while it is requested. */
  lights: ReadonlyMap<string, LightSpan | null> | null;
}

/** A window is judged on arrival; if it arrived much later, its own time is used. */
const longestDelayWindows = 5;
/** Until this time has passed, the clocks of bridge and page may still disagree on the state, ms. */
const settleMs = 1000;
/** Delay after which a failed request is repeated, ms. */
const retryMs = 5000;

/**
 * Null while the newest window is shown, or one that the bridge does not have. From one past window to the next, the
 * lights of the last one remain, with their time, until those of the next one are known.
 */
export function usePastLights({
  view,
  isMissing,
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
  const isPast = computed(() => view.value.window !== null && !isMissing.value);
  let settledMs: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks until the answer is final: the lights at a time that has only just passed may still change. */
  async function look(ms: number): Promise<void> {
    const latest = Math.floor(serverNow.value) - settleMs;
    const from_ms = Math.max(0, Math.min(ms, latest));
    const answer = await ask("lights", { from_ms, to_ms: from_ms + 1, points: 1 });
    if (atMs.value !== ms || connection.value !== "live") return;
    if (answer.ok) found.value = { atMs: ms, lights: lightsAt(answer.value, from_ms) };
    clearTimeout(timer);
    if (answer.ok && ms <= latest) settledMs = ms;
    else timer = setTimeout(() => void look(ms), answer.ok ? settleMs : retryMs);
  }

  watch(
    [atMs, connection],
    ([ms]) => {
      clearTimeout(timer);
      if (ms !== null && connection.value === "live" && settledMs !== ms) void look(ms);
    },
    { immediate: true },
  );
  // Later, the lights of this window would be those of long ago.
  watch(isPast, () => ([found.value, settledMs] = [null, null]));
  onScopeDispose(() => clearTimeout(timer));
  return computed(() => {
    if (!isPast.value) return null;
    const isCurrent = found.value?.atMs === atMs.value;
    // Without a connection, the lights of the next window will not follow.
    return isCurrent || (found.value !== null && connection.value === "live")
      ? found.value
      : { atMs: atMs.value, lights: null };
  });
}
