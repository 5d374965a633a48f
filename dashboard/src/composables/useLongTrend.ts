/**
 * Hits over time before the page was opened, from the bridge's long history, combined with the page's own. A zoomed
 * part of a long range, and the time of a past alarm, are read again, in more detail.
 */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from "vue";
import type { TrendPoint } from "../../../pipeline/model/index.js";
import type { Zoom } from "../charts/spec.js";
import { joined, rangeStartMs, trendFromColumns, withDetail } from "../live/long-trend.js";
import type { Monitor } from "./useMonitor.js";

const dayMs = 86_400_000;
const refreshMs = 60_000;
const points = 1500;

type Parts = Pick<Monitor, "shown" | "view" | "ask" | "connection" | "status" | "run" | "serverNow">;

export function useLongTrend(
  { shown, view, ask, connection, status, run, serverNow }: Parts,
  plot: string,
): ComputedRef<readonly TrendPoint[]> {
  const before = shallowRef<readonly TrendPoint[]>([]);
  const detail = shallowRef<readonly TrendPoint[]>([]);
  const zoom = computed<Zoom | null>(() => view.value.zoom[plot] ?? view.value.around);
  const range = computed(() => view.value.range);
  const isLive = computed(() => connection.value === "live");
  const runStartMs = computed(() => run.value?.current?.started_ms ?? null);
  const oldestMs = computed(() => status.value?.store?.oldest_trend_ms ?? null);

  async function refresh(): Promise<void> {
    const [asked, toMs] = [range.value, Math.ceil(serverNow.value)];
    const fromMs = Math.floor(rangeStartMs(asked, toMs, runStartMs.value) ?? oldestMs.value ?? toMs - dayMs);
    const ownMs = shown.value.trend[0]?.start_ms ?? Infinity;
    if (!isLive.value || ownMs <= fromMs || fromMs >= toMs) return;
    const answer = await ask("trend", { from_ms: fromMs, to_ms: toMs, points });
    if (answer.ok && asked === range.value)
      before.value = trendFromColumns(answer.value, status.value?.window_ms ?? 5_000);
  }

  async function refreshDetail(): Promise<void> {
    const asked = zoom.value;
    if (asked === null || !isLive.value) return;
    const [from_ms, to_ms] = [Math.max(0, Math.floor(asked[0])), Math.max(1, Math.ceil(asked[1]))];
    const answer = await ask("trend", { from_ms, to_ms, points });
    if (answer.ok && asked === zoom.value)
      detail.value = trendFromColumns(answer.value, status.value?.window_ms ?? 5_000);
  }

  watch(range, () => (before.value = []));
  watch(zoom, () => (detail.value = []));
  watch([zoom, isLive], () => void refreshDetail(), { immediate: true });
  watch([range, isLive, runStartMs, oldestMs], () => void refresh(), { immediate: true });
  const timer = setInterval(() => {
    void refresh();
    void refreshDetail();
  }, refreshMs);
  onScopeDispose(() => clearInterval(timer));
  return computed(() => joined(withDetail(before.value, detail.value), shown.value.trend));
}
