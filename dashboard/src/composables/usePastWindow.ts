/** The selected past window: from memory, or requested from the bridge. */
import { shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import type { LiveState } from "../live/state.js";
import type { Ask } from "./ask.js";

interface PastWindow {
  /** Null while it is requested, if the bridge no longer has it, and if none is selected. */
  message: Readonly<ShallowRef<WindowMessage | null>>;
  problem: Readonly<ShallowRef<string | null>>;
  /** Whether the bridge does not have the selected window. */
  isMissing: Readonly<ShallowRef<boolean>>;
}

/** Delay of requests after the last change of the selection, ms, for scrubbing. */
const restMs = 120;
/** Delay after which a failed request is repeated while the connection is live, ms. */
const retryMs = 5000;

export function usePastWindow(
  id: ComputedRef<number | null>,
  state: Readonly<ShallowRef<LiveState>>,
  ask: Ask,
  isLive: ComputedRef<boolean>,
): PastWindow {
  const message = shallowRef<WindowMessage | null>(null);
  const problem = shallowRef<string | null>(null);
  const isMissing = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function fetch(wanted: number): Promise<void> {
    const answer = await ask("windows", [wanted]);
    if (id.value !== wanted) return;
    if (answer.ok) message.value = answer.value[0] ?? null;
    isMissing.value = answer.ok && message.value === null;
    if (message.value !== null) problem.value = null;
    else problem.value = answer.ok ? `The bridge no longer has window ${wanted}` : answer.error;
    if (!answer.ok && isLive.value) timer = setTimeout(() => void fetch(wanted), retryMs);
  }

  function find(wanted: number | null): void {
    clearTimeout(timer);
    problem.value = null;
    isMissing.value = false;
    const held = state.value.windows.find(({ msg_ID }) => msg_ID === wanted) ?? null;
    // Until it arrives, show no window: never show one under the number of another.
    if (held !== null || message.value?.msg_ID !== wanted) message.value = held;
    if (held === null && wanted !== null && isLive.value)
      timer = setTimeout(() => void fetch(wanted), restMs);
  }

  watch([id, isLive], ([wanted]) => find(wanted), { immediate: true });
  return { message, problem, isMissing };
}
