/** Trend points of windows older than the page's, fetched from the bridge as the viewer goes back. */
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import { maxPageLength, type TrendPoint } from "../../../pipeline/model/index.js";
import type { LiveState } from "../live/state.js";
import type { Ask } from "./ask.js";

export interface Older {
  /** All known trend points, oldest first. */
  known: ComputedRef<readonly TrendPoint[]>;
  /** Fetches the next older points. */
  fetchOlder: () => Promise<void>;
}

interface Fetched {
  points: readonly TrendPoint[];
  /** Start of the window directly after the points. */
  upToMs: number;
}

/** Number of older points in memory: a day of 5 s windows. */
const mostOlder = 17_280;

export function useOlder(shown: ComputedRef<LiveState>, ask: Ask): Older {
  const fetched = shallowRef<Fetched | null>(null);
  let asking = false;

  const known = computed(() => {
    const [{ trend }, older] = [shown.value, fetched.value];
    // If the page's own windows now begin later, windows may be missing in between.
    return older !== null && older.upToMs === trend[0]?.start_ms ? [...older.points, ...trend] : trend;
  });

  // The page drops its oldest points as new windows arrive; those that follow the fetched points are appended to these.
  watch(
    shown,
    ({ trend: [first] }, { trend: before }) => {
      const older = fetched.value;
      if (older === null || first === undefined || before[0]?.start_ms !== older.upToMs) return;
      const dropped = before.findIndex(({ start_ms }) => start_ms === first.start_ms);
      if (dropped <= 0) return;
      const points = [...older.points, ...before.slice(0, dropped)].slice(-mostOlder);
      fetched.value = { points, upToMs: first.start_ms };
    },
    { flush: "sync" },
  );

  async function fetchOlder(): Promise<void> {
    const [oldest] = known.value;
    const upToMs = shown.value.trend[0]?.start_ms;
    if (asking || oldest === undefined || upToMs === undefined) return;
    asking = true;
    const answer = await ask("points", { direction: "before", ms: oldest.start_ms, limit: maxPageLength });
    asking = false;
    // Accept only windows directly before the oldest known one.
    if (!answer.ok || known.value[0] !== oldest || answer.value.length === 0) return;
    const before = known.value.slice(0, known.value.length - shown.value.trend.length);
    fetched.value = { points: [...answer.value, ...before], upToMs };
  }

  return { known, fetchOlder };
}
