/**
 * The states of the lights over a time range, up to now; requested from the bridge, and again when a light changes.
 */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from "vue";
import { lightsOfQuality, type LightHistory } from "../../../pipeline/model/index.js";
import type { Monitor } from "./useMonitor.js";

const points = 300;
const refreshMs = 30_000;

/** States are requested up to this time after the end of the axis and after now, so that the newest changes are included. */
const aheadMs = 60_000;
/** Possible difference between the clock of the bridge and this page's estimate of it. */
const clockErrorMs = 1000;

export type LightSource = Pick<Monitor, "ask" | "quality" | "connection" | "serverNow" | "paused">;

interface Range {
  fromMs: number;
  toMs: number;
}

export function useLightHistory(
  { ask, quality, connection, serverNow, paused }: LightSource,
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
  /** Start of a range that ends in the past, such as that of a past alarm; null if it moves with time. */
  const pastFromMs = computed(() => {
    const { fromMs, toMs } = range.value;
    return serverNow.value - toMs > aheadMs ? fromMs : null;
  });
  let [asking, again] = [false, false];

  async function refresh(): Promise<void> {
    if (!isLive.value) return;
    if (asking) return void (again = true);
    asking = true;
    const { fromMs, toMs } = range.value;
    const from_ms = Math.max(0, Math.floor(fromMs));
    const nowMs = serverNow.value;
    // The axis of paused and past plots does not move: a longer span would only make the states coarser.
    const newestMs = paused.value || pastFromMs.value !== null ? toMs : Math.max(toMs, nowMs);
    const to_ms = Math.max(from_ms + 1, Math.ceil(newestMs + aheadMs));
    const answer = await ask("lights", { from_ms, to_ms, points });
    asking = false;
    if (answer.ok) [known.value, askedMs.value] = [answer.value, nowMs];
    if (!again) return;
    again = false;
    await refresh();
  }

  watch([states, length, pastFromMs, isLive, paused], () => void refresh(), { immediate: true });
  const timer = setInterval(() => void refresh(), refreshMs);
  onScopeDispose(() => clearInterval(timer));

  return computed(() => {
    const { toMs } = range.value;
    // Without a connection, later states are not known.
    const endMs = isLive.value ? toMs : Math.min(toMs, askedMs.value);
    return known.value.map(({ light, spans }) => {
      // A change after the end of the axis is the current state, which is not that of paused plots.
      const shown = paused.value ? spans.filter(({ from_ms }) => from_ms < toMs) : spans;
      const last = shown.length === spans.length ? shown.at(-1) : undefined;
      if (last === undefined || last.to_ms < askedMs.value - clockErrorMs) return { light, spans: shown };
      return { light, spans: [...shown.slice(0, -1), { ...last, to_ms: Math.max(last.from_ms, endMs) }] };
    });
  });
}
