/** Age of the newest data by the server's clock; it grows every second without data, even when paused. */
import { computed, type ComputedRef } from "vue";
import type { QualityState } from "../../../pipeline/model/index.js";
import { dataLight } from "../live/freshness.js";
import type { Monitor } from "./useMonitor.js";

interface DataAge {
  /** Negative if the data's clock is ahead; null before the first window. */
  ageMs: ComputedRef<number | null>;
  /** End of the newest window. */
  endMs: ComputedRef<number | null>;
  light: ComputedRef<QualityState>;
}

export function useDataAge({ state, status, serverNow }: Monitor): DataAge {
  const endMs = computed(() => state.value.trend.at(-1)?.end_ms ?? null);
  const ageMs = computed(() => (endMs.value === null ? null : serverNow.value - endMs.value));
  const light = computed(() => dataLight(ageMs.value, status.value));
  return { ageMs, endMs, light };
}
