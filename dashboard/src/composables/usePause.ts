/**
 * Pause: the page shows the state at the pause while the live state is still updated. The address contains the
 * window.
 */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import { stateUpTo, windowsBehind, type LiveState } from "../live/state.js";

export interface Pause {
  paused: ComputedRef<boolean>;
  /** State to show. */
  shown: ComputedRef<LiveState>;
  /** Number of windows since the pause. */
  behind: ComputedRef<number>;
  toggle: () => void;
}

/**
 * @param at newest window at the pause; null while not paused
 * @param set pauses at a window, or resumes
 */
export function usePause(
  live: Readonly<ShallowRef<LiveState>>,
  at: ComputedRef<number | null>,
  set: (at: number | null) => void,
): Pause {
  const frozen = shallowRef<LiveState | null>(null);
  // After a reload, windows arrive after the address is read.
  watch(
    [at, live],
    ([id]) => {
      if (id === null) frozen.value = null;
      else if (frozen.value === null && live.value.trend.length > 0) frozen.value = stateUpTo(live.value, id);
    },
    { immediate: true, flush: "sync" },
  );
  return {
    paused: computed(() => at.value !== null),
    shown: computed(() => frozen.value ?? live.value),
    behind: computed(() => (frozen.value === null ? 0 : windowsBehind(live.value, frozen.value))),
    toggle: () => set(at.value === null ? (live.value.trend.at(-1)?.msg_ID ?? 0) : null),
  };
}
