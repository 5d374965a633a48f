/** Steps through the windows one by one: known windows first, and older ones by requests to the bridge. */
import { computed, type ComputedRef } from "vue";
import { trendPointOf, type PointsRequest, type TrendPoint } from "../../../pipeline/model/index.js";
import { newestView } from "../view/view.js";
import type { Monitor } from "./useMonitor.js";

export interface Scrub {
  /** Index of the shown window among the known ones, or of the last one before it; -1 if it is older than all. */
  index: ComputedRef<number>;
  last: ComputedRef<number>;
  /** The shown window; null while only its number is known. */
  point: ComputedRef<TrendPoint | null>;
  go: (index: number) => void;
  /** Goes one window back or forward. */
  step: (by: -1 | 1) => void;
  /** Goes to the window at a time, ms, if one exists. */
  goTo: (ms: number) => void;
}

type Parts = Pick<Monitor, "known" | "selected" | "view" | "look" | "paused" | "status" | "ask">;

export function useScrub({ known, selected, view, look, paused, status, ask }: Parts): Scrub {
  const last = computed(() => Math.max(0, known.value.length - 1));
  // Window numbers increase with time.
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
    // The newest window of a page that is not paused is not selected, so that the page stays live.
    const newest = place === last.value && !paused.value;
    look(newest ? newestView : { window: known.value[place]?.msg_ID ?? null });
  }

  function step(by: -1 | 1): void {
    const isKnown = isShown(known.value[index.value] ?? null);
    // One step back from a window between two known ones leads to the earlier one.
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
    // No window of that time is stored: select its number anyway, so that the page reports this.
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
