/** The browser's clocks, read every second, and whether this browser slept in between. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import { presentMoment, sleptMs, type Moment } from "../live/moment.js";

export interface Sleep {
  /** When this browser stopped and when it went on, Unix epoch, ms. */
  fromMs: number;
  toMs: number;
}

export interface Clock {
  now: Readonly<ShallowRef<Moment>>;
  /** The last time that this browser slept; null when it did not. */
  slept: Readonly<ShallowRef<Sleep | null>>;
}

export function useClock(intervalMs = 1000): Clock {
  const now = shallowRef(presentMoment());
  const slept = shallowRef<Sleep | null>(null);
  let visible = isVisible();
  const timer = setInterval(() => {
    const [last, next] = [now.value, presentMoment()];
    if (sleptMs(last, next, visible) > 0) slept.value = { fromMs: last.wallMs, toMs: next.wallMs };
    visible = isVisible();
    now.value = next;
  }, intervalMs);
  onScopeDispose(() => clearInterval(timer));
  return { now, slept };
}

function isVisible(): boolean {
  return typeof document === "undefined" || document.visibilityState === "visible";
}
