/** The browser's clocks, read every second, and whether the browser slept in between. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import { presentMoment, sleptMs, type Moment } from "../live/moment.js";

interface Sleep {
  /** Start and end of a sleep of this browser, Unix epoch, ms. */
  fromMs: number;
  toMs: number;
}

export interface Clock {
  now: Readonly<ShallowRef<Moment>>;
  /** The last sleep of this browser; null without one. */
  slept: Readonly<ShallowRef<Sleep | null>>;
  /** Reads the clocks now, because the page changes anyway, and delays the next regular reading. */
  read: () => void;
}

export function useClock(intervalMs = 1000): Clock {
  const now = shallowRef(presentMoment());
  const slept = shallowRef<Sleep | null>(null);
  let visible = isVisible();
  let timer = setTimeout(() => readWithin(intervalMs), intervalMs);
  function readWithin(ms: number): void {
    const [last, next] = [now.value, presentMoment()];
    if (sleptMs(last, next, visible) > 0) slept.value = { fromMs: last.wallMs, toMs: next.wallMs };
    visible = isVisible();
    now.value = next;
    clearTimeout(timer);
    timer = setTimeout(() => readWithin(intervalMs), ms);
  }
  onScopeDispose(() => clearTimeout(timer));
  return { now, slept, read: () => readWithin(1.3 * intervalMs) };
}

function isVisible(): boolean {
  return typeof document === "undefined" || document.visibilityState === "visible";
}
