/**
 * The states of the lights over a time range, up to now; requested from the bridge, and again when a light changes.
 */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from "vue";
import { lightsOfQuality, type LightHistory } from "../../../pipeline/model/index.js";
import type { Monitor } from "./useMonitor.js";

const points = 300;
const refreshMs = 30_000;

interface Range {
  fromMs: number;
  toMs: number;
}

export function useLightHistory(
  { ask, quality, connection, serverNow }: Monitor,
  range: ComputedRef<Range>,
): ComputedRef<readonly LightHistory[]> {
  const known = shallowRef<readonly LightHistory[]>([]);
  const askedMs = shallowRef(0);
  const isLive = computed(() => connection.value === "live");
  const states = computed(() =>
    quality.value === null
      ? ""
      : lightsOfQuality(quality.value)
          .map(([, { state }]) => state)
          .join(" "),
  );
  /** A range that only moves with time counts as the same. */
  const length = computed(() => Math.round((range.value.toMs - range.value.fromMs) / 60_000));
  let [asking, again] = [false, false];

  async function refresh(): Promise<void> {
    if (!isLive.value) return;
    if (asking) return void (again = true);
    asking = true;
    const { fromMs, toMs } = range.value;
    const from_ms = Math.max(0, Math.floor(fromMs));
    const answer = await ask("lights", { from_ms, to_ms: Math.max(from_ms + 1, Math.ceil(toMs)), points });
    asking = false;
    if (answer.ok) [known.value, askedMs.value] = [answer.value, toMs];
    if (!again) return;
    again = false;
    await refresh();
  }

  watch([states, length, isLive], () => void refresh(), { immediate: true });
  const timer = setInterval(() => void refresh(), refreshMs);
  onScopeDispose(() => clearInterval(timer));

  return computed(() => {
    // Without a connection, later states are not known.
    const toMs = isLive.value ? Math.min(range.value.toMs, serverNow.value) : askedMs.value;
    return known.value.map(({ light, spans }) => {
      const last = spans.at(-1);
      if (last === undefined || last.to_ms < askedMs.value - 1000 || last.to_ms >= toMs)
        return { light, spans };
      return { light, spans: [...spans.slice(0, -1), { ...last, to_ms: toMs }] };
    });
  });
}
