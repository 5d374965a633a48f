/** Steps through the windows one by one: through the known summaries, and further back by requests to the bridge. */
import { computed, type ComputedRef } from "vue";
import { trendPointOf, type PointsRequest, type TrendPoint } from "../../../pipeline/model/index.js";
import type { Monitor } from "./useMonitor.js";

export interface Scrub {
  /** Place of the shown window among the known ones, or of the last before it; -1 when it is older than all. */
  index: ComputedRef<number>;
  last: ComputedRef<number>;
  /** The shown window; null while nothing is known of it but its number. */
  point: ComputedRef<TrendPoint | null>;
  go: (index: number) => void;
  /** One window back or on. */
  step: (by: -1 | 1) => void;
  /** The window at a time, ms; nothing where there is none. */
  goTo: (ms: number) => void;
}

type Parts = Pick<Monitor, "known" | "selected" | "view" | "look" | "paused" | "status" | "ask">;

export function useScrub({ known, selected, view, look, paused, status, ask }: Parts): Scrub {
  const last = computed(() => Math.max(0, known.value.length - 1));
  // Numbers of windows grow with their time.
  const index = computed(() => {
    const id = view.value.window;
    return id === null ? last.value : known.value.findLastIndex(({ msg_ID }) => msg_ID <= id);
  });
  const point = computed(() => {
    const near = known.value[index.value] ?? null;
    if (isShown(near)) return near;
    return selected.value === null ? null : trendPointOf(selected.value);
  });
  const windowMs = computed(() => status.value?.window_ms ?? 5_000);

  function isShown(near: TrendPoint | null): boolean {
    return view.value.window === null || near?.msg_ID === view.value.window;
  }

  function go(to: number): void {
    const place = Math.min(last.value, Math.max(0, to));
    // On the newest window of a running page there is nothing to hold.
    const newest = place === last.value && !paused.value;
    look({ window: newest ? null : (known.value[place]?.msg_ID ?? null) });
  }

  function step(by: -1 | 1): void {
    const isKnown = isShown(known.value[index.value] ?? null);
    // Back from a window between two known ones is the first of these.
    const to = index.value + (by === -1 && !isKnown ? 0 : by);
    if (index.value >= 0 && to >= 0) return go(to);
    const ms = point.value?.start_ms ?? (view.value.window ?? 0) * windowMs.value;
    void lookNextTo({ direction: by === -1 ? "before" : "after", ms, limit: 1 });
  }

  async function lookNextTo(request: PointsRequest): Promise<void> {
    const from = view.value.window;
    const answer = await ask("points", request);
    const [next] = answer.ok ? answer.value : [];
    if (next !== undefined && view.value.window === from) look({ window: next.msg_ID });
  }

  async function lookAt(ms: number): Promise<void> {
    const from = view.value.window;
    const answer = await ask("points", { direction: "before", ms: Math.floor(ms) + 1, limit: 1 });
    if (!answer.ok || view.value.window !== from) return;
    const [near] = answer.value;
    // No window is kept from that time: its number makes the page report so.
    if (near === undefined) look({ window: Math.floor(ms / windowMs.value) });
    else if (ms < near.end_ms) look({ window: near.msg_ID });
  }

  function goTo(ms: number): void {
    const place = known.value.findIndex(({ start_ms, end_ms }) => ms >= start_ms && ms < end_ms);
    const [first] = known.value;
    if (place >= 0) go(place);
    else if (first !== undefined && ms < first.start_ms) void lookAt(ms);
  }

  return { index, last, point, go, step, goTo };
}
