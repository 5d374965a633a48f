/** The chosen past window: taken from those held, or requested. */
import { shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import type { LiveState } from "../live/state.js";
import type { Ask } from "./ask.js";

interface PastWindow {
  /** Null while it is requested, when it is no longer held, and when none is chosen. */
  message: Readonly<ShallowRef<WindowMessage | null>>;
  problem: Readonly<ShallowRef<string | null>>;
}

/** While a shifter scrubs, requests wait until the choice has not changed for this time, ms. */
const restMs = 120;

export function usePastWindow(
  id: ComputedRef<number | null>,
  state: Readonly<ShallowRef<LiveState>>,
  ask: Ask,
  isLive: ComputedRef<boolean>,
): PastWindow {
  const message = shallowRef<WindowMessage | null>(null);
  const problem = shallowRef<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function fetch(wanted: number): Promise<void> {
    const answer = await ask("windows", [wanted]);
    if (id.value !== wanted) return;
    if (answer.ok) message.value = answer.value[0] ?? null;
    if (message.value !== null) problem.value = null;
    else problem.value = answer.ok ? `The bridge does not hold window ${wanted}` : answer.error;
  }

  function find(wanted: number | null): void {
    clearTimeout(timer);
    problem.value = null;
    const held = state.value.windows.find(({ msg_ID }) => msg_ID === wanted) ?? null;
    // Never show one window under the number of another: until it comes, show none.
    if (held !== null || message.value?.msg_ID !== wanted) message.value = held;
    if (held === null && wanted !== null && isLive.value)
      timer = setTimeout(() => void fetch(wanted), restMs);
  }

  watch([id, isLive], ([wanted]) => find(wanted), { immediate: true });
  return { message, problem };
}
