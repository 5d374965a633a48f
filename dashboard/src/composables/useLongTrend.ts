/** Hits against time further back than this page has been there: the bridge's long history before the page's own. */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from "vue";
import type { TrendPoint } from "../../../pipeline/model/index.js";
import { trendFromColumns } from "../live/long-trend.js";
import type { Monitor } from "./useMonitor.js";

const dayMs = 86_400_000;
const refreshMs = 60_000;
const points = 1500;

export function useLongTrend(monitor: Monitor): ComputedRef<readonly TrendPoint[]> {
  const { shown, view, ask, connection, status } = monitor;
  const before = shallowRef<TrendPoint[]>([]);
  const wanted = computed(() => {
    const { range } = view.value;
    if (connection.value !== "live" || range === "5" || range === "30") return null;
    return range === "all" ? dayMs : Number(range) * 60_000;
  });

  async function refresh(): Promise<void> {
    if (wanted.value === null) return;
    const toMs = monitor.serverNow.value;
    const fromMs = Math.floor(toMs - wanted.value);
    const answer = await ask("trend", { from_ms: fromMs, to_ms: Math.ceil(toMs), points });
    if (answer.ok) before.value = trendFromColumns(answer.value, status.value?.window_ms ?? 5_000);
  }

  watch(wanted, () => void refresh(), { immediate: true });
  const timer = setInterval(() => void refresh(), refreshMs);
  onScopeDispose(() => clearInterval(timer));
  return computed(() => {
    const own = shown.value.trend;
    const firstMs = own[0]?.start_ms ?? Infinity;
    const older = wanted.value === null ? [] : before.value.filter(({ start_ms }) => start_ms < firstMs);
    return older.length === 0 ? own : [...older, ...own];
  });
}
