/** Pause: the page shows the state of that moment while the live state goes on filling. */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from "vue";
import { windowsBehind, type LiveState } from "../live/state.js";

export interface Pause {
  paused: ComputedRef<boolean>;
  /** What to show. */
  shown: ComputedRef<LiveState>;
  /** Windows that came since the pause. */
  behind: ComputedRef<number>;
  toggle: () => void;
}

export function usePause(live: Readonly<ShallowRef<LiveState>>): Pause {
  const frozen = shallowRef<LiveState | null>(null);
  return {
    paused: computed(() => frozen.value !== null),
    shown: computed(() => frozen.value ?? live.value),
    behind: computed(() => (frozen.value === null ? 0 : windowsBehind(live.value, frozen.value))),
    toggle: () => (frozen.value = frozen.value === null ? live.value : null),
  };
}
