/** Pause: the page shows the state of that moment while the live state is still updated. The address has its window. */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import { stateUpTo, windowsBehind, type LiveState } from "../live/state.js";

export interface Pause {
  paused: ComputedRef<boolean>;
  /** State to show. */
  shown: ComputedRef<LiveState>;
  /** Windows that came since the pause. */
  behind: ComputedRef<number>;
  toggle: () => void;
}

/**
 * @param at number of the newest window when the page was paused; null while it is not
 * @param set pauses at a window, or resumes
 */
export function usePause(
  live: Readonly<ShallowRef<LiveState>>,
  at: ComputedRef<number | null>,
  set: (at: number | null) => void,
): Pause {
  const frozen = shallowRef<LiveState | null>(null);
  // After a reload the windows come later than the address.
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
