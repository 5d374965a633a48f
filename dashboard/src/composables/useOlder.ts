/** Summaries of windows older than those of the page: fetched from the bridge as far back as the viewer looks. */
import { computed, shallowRef, type ComputedRef } from "vue";
import { maxPageLength, type TrendPoint } from "../../../pipeline/model/index.js";
import type { LiveState } from "../live/state.js";
import type { Ask } from "./ask.js";

export interface Older {
  /** All known window summaries, oldest first. */
  known: ComputedRef<readonly TrendPoint[]>;
  /** Fetches the next older ones. */
  fetchOlder: () => Promise<void>;
}

interface Fetched {
  points: readonly TrendPoint[];
  /** Start of the window that they come right before. */
  upToMs: number;
}

export function useOlder(shown: ComputedRef<LiveState>, ask: Ask): Older {
  const fetched = shallowRef<Fetched | null>(null);
  let asking = false;

  const known = computed(() => {
    const [{ trend }, older] = [shown.value, fetched.value];
    // When the page's own windows begin elsewhere by now, there may be a hole between them.
    return older !== null && older.upToMs === trend[0]?.start_ms ? [...older.points, ...trend] : trend;
  });

  async function fetchOlder(): Promise<void> {
    const [oldest] = known.value;
    const upToMs = shown.value.trend[0]?.start_ms;
    if (asking || oldest === undefined || upToMs === undefined) return;
    asking = true;
    const answer = await ask("points", { direction: "before", ms: oldest.start_ms, limit: maxPageLength });
    asking = false;
    // Only windows directly before the oldest known one.
    if (!answer.ok || known.value[0] !== oldest || answer.value.length === 0) return;
    const before = known.value.slice(0, known.value.length - shown.value.trend.length);
    fetched.value = { points: [...answer.value, ...before], upToMs };
  }

  return { known, fetchOlder };
}
